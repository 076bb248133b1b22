package io.trunkline.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

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

    /** A message with a body that is there already. */
    public static void message(ByteBuf out, byte tag, byte[] body) {
        out.writeByte(tag).writeInt(4 + body.length).writeBytes(body);
    }

    /** Close of a prepared statement. */
    public static void closeStatement(ByteBuf out, byte[] name) {
        aboutStatement(out, FrontendTag.CLOSE, name);
    }

    /** Describe of a prepared statement. */
    public static void describeStatement(ByteBuf out, byte[] name) {
        aboutStatement(out, FrontendTag.DESCRIBE, name);
    }

    private static void aboutStatement(ByteBuf out, byte tag, byte[] name) {
        out.writeByte(tag)
                .writeInt(6 + name.length)
                .writeByte('S')
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

    public static void cancelRequest(ByteBuf out, int pid, byte[] key) {
        out.writeInt(12 + key.length)
                .writeInt(ProtocolVersion.CANCEL_REQUEST)
                .writeInt(pid)
                .writeBytes(key);
    }
}
