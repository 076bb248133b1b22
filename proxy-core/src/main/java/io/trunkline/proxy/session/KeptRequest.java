package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.Wire;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A Query, or a batch of the extended protocol up to its Sync, that was sent to a backend and could still be run again
 * elsewhere, or there: its bytes, and what it has changed of the session's statements. A link in {@link SecondTry}'s list.
 */
final class KeptRequest {
    private static final int USUAL = 256;

    /** One with more room than this is not used again. */
    private static final int SMALL = 2048;

    private record Change(
            PreparedStatement statement,
            boolean parsed,
            @Nullable Change before) {}

    /** The number of its first entry in the backend's queue of replies. */
    long start;

    /** The number behind its last entry; -1 while the client has not sent its Sync. */
    long end = -1;

    /** The first prepared statement that it uses; null for a Query. */
    @Nullable
    PreparedStatement statement;

    /** Whether it must not run again unless it has failed before anything of it was executed. */
    boolean onlyUnexecuted;

    /** Whether the client asks in it for what statements are like. */
    boolean asks;

    @Nullable
    KeptRequest next;

    private byte[] bytes = new byte[USUAL];
    private int length;

    /** The statement that it made, if it changed nothing before that; most batches change nothing else. */
    private @Nullable PreparedStatement firstMade;

    /** What it changed after that, the last change first. */
    private @Nullable Change lastChange;

    /** @param whole length of the whole message */
    void beginQuery(long number, ByteBuf in, int from, int whole) {
        start = number;
        append(in, from, whole);
        end = number + 1;
    }

    void beginBatch(long number) {
        start = number;
    }

    /** Whether it takes no more memory than most. */
    boolean isSmall() {
        return bytes.length <= SMALL;
    }

    /** Forgets everything. */
    void clear() {
        end = -1;
        statement = null;
        onlyUnexecuted = false;
        asks = false;
        next = null;
        length = 0;
        firstMade = null;
        lastChange = null;
    }

    int length() {
        return length;
    }

    boolean isQuery() {
        return bytes[0] == 'Q';
    }

    boolean isAnsweredBy(long answered) {
        return end >= 0 && end <= answered;
    }

    void append(ByteBuf in, int from, int count) {
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
        }
        Wire.copy(in, from, bytes, length, count);
        length += count;
    }

    void parsed(PreparedStatement made) {
        if (firstMade == null && lastChange == null) {
            firstMade = made;
        } else {
            lastChange = new Change(made, true, lastChange);
        }
    }

    void closed(PreparedStatement gone) {
        lastChange = new Change(gone, false, lastChange);
    }

    /** Makes the session's statements what they were before; on the backend they are as the backend has made them. */
    void undo(PreparedStatements statements) {
        for (Change change = lastChange; change != null; change = change.before()) {
            if (change.parsed()) {
                statements.remove(change.statement());
            } else {
                statements.add(change.statement());
            }
        }
        if (firstMade != null) {
            statements.remove(firstMade);
        }
    }

    void writeTo(ByteBuf out) {
        out.writeBytes(bytes, 0, length);
    }

    /** The text of the statement that it runs, or the first of them; empty if that is not at hand. */
    byte[] text() {
        if (isQuery()) {
            return Arrays.copyOfRange(bytes, 5, Math.max(5, length - 1));
        }
        return statement == null ? new byte[0] : statement.textBytes();
    }
}
