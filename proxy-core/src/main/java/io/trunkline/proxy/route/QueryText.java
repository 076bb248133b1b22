package io.trunkline.proxy.route;

import io.netty.buffer.ByteBuf;
import io.trunkline.config.PatternList;
import io.trunkline.protocol.Wire;
import io.trunkline.sql.Statement;
import java.nio.charset.StandardCharsets;

/** The bytes of the query string at hand. Reused from string to string. */
final class QueryText {
    /** A longer string gets bytes of its own, which are dropped with the next one that is not as long. */
    private static final int KEPT = 64 * 1024;

    private byte[] bytes = new byte[1024];
    private int length;

    void load(ByteBuf in, int from, int newLength) {
        makeRoom(newLength);
        Wire.copy(in, from, bytes, 0, newLength);
    }

    void load(byte[] sql) {
        makeRoom(sql.length);
        System.arraycopy(sql, 0, bytes, 0, sql.length);
    }

    private void makeRoom(int newLength) {
        if (newLength > bytes.length || (bytes.length > KEPT && newLength <= KEPT)) {
            bytes = new byte[Math.max(newLength, Math.min(2 * bytes.length, KEPT))];
        }
        length = newLength;
    }

    /** Takes the first bytes away. */
    void skip(int count) {
        length -= count;
        System.arraycopy(bytes, count, bytes, 0, length);
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Whether it begins with white space, as PostgreSQL's lexer has it. */
    boolean beginsWithSpace() {
        return length > 0 && (bytes[0] == ' ' || (bytes[0] >= '\t' && bytes[0] <= '\r'));
    }

    /** A statement byte for byte: it is in the client's encoding, and goes out as it came. */
    String of(Statement statement) {
        return new String(bytes, statement.start(), statement.end() - statement.start(), StandardCharsets.ISO_8859_1);
    }

    /** Whether the statement begins with this letter, in either case. */
    boolean startsWith(Statement statement, char upper) {
        return (bytes[statement.start()] & ~0x20) == upper;
    }

    /** Whether one of the patterns matches the statement, or the whole string that it is in; in doubt it does. */
    boolean matches(Statement statement, PatternList patterns) {
        String whole = new String(bytes, 0, length, StandardCharsets.UTF_8);
        String bare = new String(bytes, statement.start(), statement.end() - statement.start(), StandardCharsets.UTF_8);
        try {
            return patterns.matches(bare) || patterns.matches(whole);
        } catch (StackOverflowError tooIntricate) {
            return true;
        }
    }
}
