package io.trunkline.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;

/** Writers of the messages that Trunkline sends to a client in its own name. All write at the writer index. */
public final class BackendMessages {
    /** The oid of type text, which every column of our own results has. */
    private static final int TEXT_OID = 25;

    private BackendMessages() {}

    /** An Authentication message, by its body: a code, and what belongs to it. */
    public static void authentication(ByteBuf out, byte[] body) {
        out.writeByte(BackendTag.AUTHENTICATION).writeInt(4 + body.length).writeBytes(body);
    }

    public static void parameterStatus(ByteBuf out, String name, String value) {
        int start = begin(out, BackendTag.PARAMETER_STATUS);
        Wire.writeCString(out, name);
        Wire.writeCString(out, value);
        end(out, start);
    }

    /** @param key 4 bytes in protocol 3.0, 4 to 256 since 3.2 */
    public static void backendKeyData(ByteBuf out, int pid, byte[] key) {
        out.writeByte(BackendTag.BACKEND_KEY_DATA)
                .writeInt(8 + key.length)
                .writeInt(pid)
                .writeBytes(key);
    }

    /** NegotiateProtocolVersion: the newest version that we speak, and the options that we do not know. */
    public static void negotiateProtocolVersion(ByteBuf out, int newest, Collection<String> unknownOptions) {
        int start = begin(out, BackendTag.NEGOTIATE_PROTOCOL_VERSION);
        out.writeInt(newest).writeInt(unknownOptions.size());
        unknownOptions.forEach(option -> Wire.writeCString(out, option));
        end(out, start);
    }

    public static void readyForQuery(ByteBuf out, byte transactionStatus) {
        out.writeByte(BackendTag.READY_FOR_QUERY).writeInt(5).writeByte(transactionStatus);
    }

    public static void commandComplete(ByteBuf out, String commandTag) {
        int start = begin(out, BackendTag.COMMAND_COMPLETE);
        Wire.writeCString(out, commandTag);
        end(out, start);
    }

    /** A message that has no body, such as ParseComplete. */
    public static void bare(ByteBuf out, byte tag) {
        out.writeByte(tag).writeInt(4);
    }

    /** ParameterDescription of a statement without parameters. */
    public static void noParameters(ByteBuf out) {
        out.writeByte(BackendTag.PARAMETER_DESCRIPTION).writeInt(6).writeShort(0);
    }

    /** RowDescription of columns of type text. */
    public static void rowDescription(ByteBuf out, List<String> columns) {
        int start = begin(out, BackendTag.ROW_DESCRIPTION);
        out.writeShort(columns.size());
        for (String column : columns) {
            Wire.writeCString(out, column);
            out.writeInt(0)
                    .writeShort(0)
                    .writeInt(TEXT_OID)
                    .writeShort(-1)
                    .writeInt(-1)
                    .writeShort(0);
        }
        end(out, start);
    }

    /** DataRow of texts; text and binary format of type text are the same bytes. */
    public static void dataRow(ByteBuf out, List<String> values) {
        int start = begin(out, BackendTag.DATA_ROW);
        out.writeShort(values.size());
        for (String value : values) {
            byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            out.writeInt(bytes.length).writeBytes(bytes);
        }
        end(out, start);
    }

    private static int begin(ByteBuf out, byte tag) {
        int start = out.writeByte(tag).writerIndex();
        out.writeInt(0);
        return start;
    }

    private static void end(ByteBuf out, int start) {
        out.setInt(start, out.writerIndex() - start);
    }

    public static void parseComplete(ByteBuf out) {
        out.writeByte(BackendTag.PARSE_COMPLETE).writeInt(4);
    }
}
