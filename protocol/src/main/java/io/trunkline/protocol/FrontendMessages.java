package io.trunkline.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writers of the messages that Trunkline sends to a backend in its own name. All write at the writer index. */
public final class FrontendMessages {
    private FrontendMessages() {}

    /** A Query; {@code sql} goes out in UTF-8. */
    public static void query(ByteBuf out, String sql) {
        query(out, sql.getBytes(StandardCharsets.UTF_8));
    }

    /** A Query whose text is encoded already. */
    public static void query(ByteBuf out, byte[] sql) {
        out.writeByte(FrontendTag.QUERY)
                .writeInt(5 + sql.length)
                .writeBytes(sql)
                .writeByte(0);
    }

    /**
     * Parse, Bind, Execute and Sync of a statement without a name: its parameters are values and never part of its text.
     *
     * @param parameters as texts, whose types the server finds out
     */
    public static void extendedQuery(ByteBuf out, String sql, List<String> parameters) {
        int parse = begin(out, FrontendTag.PARSE);
        out.writeByte(0);
        Wire.writeCString(out, sql);
        out.writeShort(0);
        end(out, parse);
        int bind = begin(out, FrontendTag.BIND);
        out.writeByte(0).writeByte(0).writeShort(0).writeShort(parameters.size());
        for (String parameter : parameters) {
            byte[] value = parameter.getBytes(StandardCharsets.UTF_8);
            out.writeInt(value.length).writeBytes(value);
        }
        out.writeShort(0);
        end(out, bind);
        int execute = begin(out, FrontendTag.EXECUTE);
        out.writeByte(0).writeInt(0);
        end(out, execute);
        sync(out);
    }

    /**
     * Parse, Bind and Execute of a statement without parameters, and Close of what that has made, under a name of its own.
     *
     * @param name of the statement and the portal, without a terminator
     */
    public static void extendedCommand(ByteBuf out, byte[] name, byte[] sql) {
        int parse = begin(out, FrontendTag.PARSE);
        out.writeBytes(name).writeByte(0).writeBytes(sql).writeByte(0).writeShort(0);
        end(out, parse);
        int bind = begin(out, FrontendTag.BIND);
        out.writeBytes(name).writeByte(0).writeBytes(name).writeByte(0);
        out.writeShort(0).writeShort(0).writeShort(0);
        end(out, bind);
        int execute = begin(out, FrontendTag.EXECUTE);
        out.writeBytes(name).writeByte(0).writeInt(0);
        end(out, execute);
        closePortal(out, name);
        closeStatement(out, name);
    }

    private static int begin(ByteBuf out, byte tag) {
        int length = out.writeByte(tag).writerIndex();
        out.writeInt(0);
        return length;
    }

    private static void end(ByteBuf out, int length) {
        out.setInt(length, out.writerIndex() - length);
    }

    /** A message with a body that is there already. */
    public static void message(ByteBuf out, byte tag, byte[] body) {
        out.writeByte(tag).writeInt(4 + body.length).writeBytes(body);
    }

    /** Close of a prepared statement. */
    public static void closeStatement(ByteBuf out, byte[] name) {
        about(out, FrontendTag.CLOSE, 'S', name);
    }

    /** Close of a portal. */
    public static void closePortal(ByteBuf out, byte[] name) {
        about(out, FrontendTag.CLOSE, 'P', name);
    }

    /** Describe of a prepared statement. */
    public static void describeStatement(ByteBuf out, byte[] name) {
        about(out, FrontendTag.DESCRIBE, 'S', name);
    }

    private static void about(ByteBuf out, byte tag, char kind, byte[] name) {
        out.writeByte(tag)
                .writeInt(6 + name.length)
                .writeByte(kind)
                .writeBytes(name)
                .writeByte(0);
    }

    public static void sync(ByteBuf out) {
        out.writeByte(FrontendTag.SYNC).writeInt(4);
    }

    public static void flush(ByteBuf out) {
        out.writeByte(FrontendTag.FLUSH).writeInt(4);
    }

    public static void terminate(ByteBuf out) {
        out.writeByte(FrontendTag.TERMINATE).writeInt(4);
    }

    /** PasswordMessage, SASLInitialResponse or SASLResponse, by its body. */
    public static void authenticationResponse(ByteBuf out, byte[] body) {
        message(out, FrontendTag.PASSWORD, body);
    }

    public static void sslRequest(ByteBuf out) {
        out.writeInt(8).writeInt(ProtocolVersion.SSL_REQUEST);
    }

    public static void cancelRequest(ByteBuf out, int pid, byte[] key) {
        out.writeInt(12 + key.length)
                .writeInt(ProtocolVersion.CANCEL_REQUEST)
                .writeInt(pid)
                .writeBytes(key);
    }
}
