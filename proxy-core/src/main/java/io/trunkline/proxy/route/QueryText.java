package io.trunkline.proxy.route;

import io.netty.buffer.ByteBuf;
import io.trunkline.sql.Statement;
import java.nio.charset.StandardCharsets;

/** The bytes of the query string at hand. Reused from string to string. */
final class QueryText {
    private byte[] bytes = new byte[1024];
    private int length;

    void load(ByteBuf in, int from, int newLength) {
        if (newLength > bytes.length) {
            bytes = new byte[Math.max(newLength, 2 * bytes.length)];
        }
        in.getBytes(from, bytes, 0, newLength);
        length = newLength;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** A statement byte for byte: it is in the client's encoding, and goes out as it came. */
    String of(Statement statement) {
        return new String(bytes, statement.start(), statement.end() - statement.start(), StandardCharsets.ISO_8859_1);
    }

    /** Whether the statement begins with this letter, in either case. */
    boolean startsWith(Statement statement, char upper) {
        return (bytes[statement.start()] & ~0x20) == upper;
    }
}
