package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.Wire;
import java.nio.charset.StandardCharsets;

/** The names and texts in a client's messages (PostgreSQL's manual, section "Message Formats"). */
final class RequestFields {
    private RequestFields() {}

    /**
     * Where the string that begins at {@code from} ends.
     *
     * @param message for the error
     * @throws ProtocolViolation if it does not end before {@code to}
     */
    static int end(ByteBuf in, int from, int to, String message) {
        int end = Wire.terminator(in, from, to);
        if (end < 0) {
            throw new ProtocolViolation(
                    "malformed " + message + " message, or a name longer than " + RequestLengths.NAMES + " bytes");
        }
        return end;
    }

    /** The string between these indexes. */
    static String text(ByteBuf in, int from, int to) {
        return from == to ? "" : in.toString(from, to - from, StandardCharsets.UTF_8);
    }

    /** Length of a Query's text, without its terminator. */
    static int queryLength(ByteBuf in, int body, int available) {
        if (available < 1 || in.getByte(body + available - 1) != 0) {
            throw new ProtocolViolation("malformed Query message");
        }
        return available - 1;
    }

    /** Whether a message of type Describe or Close is about a statement, or else a portal. */
    static boolean isOfStatement(ByteBuf in, int body, int available) {
        byte kind = available < 2 ? 0 : in.getByte(body);
        if (kind != 'S' && kind != 'P') {
            throw new ProtocolViolation("invalid subtype " + ProtocolViolation.tagName(kind) + " of Describe or Close");
        }
        return kind == 'S';
    }

    /**
     * Whether the statement at hand is the last one before the Sync, as far as what follows has come.
     *
     * @param next where the message behind its Parse or Bind begins
     * @param binds how many Binds may belong to it: 1 behind a Parse, else 0
     */
    static boolean isLastOfBatch(ByteBuf in, int next, int binds) {
        int left = binds;
        int at = next;
        while (at + 5 <= in.writerIndex()) {
            byte tag = in.getByte(at);
            if (tag == FrontendTag.SYNC) {
                return true;
            }
            boolean own =
                    tag == FrontendTag.DESCRIBE || tag == FrontendTag.EXECUTE || tag == FrontendTag.BIND && left-- > 0;
            long end = at + 1L + in.getInt(at + 1);
            if (!own || end <= at || end > in.writerIndex()) {
                return false;
            }
            at = (int) end;
        }
        return false;
    }
}
