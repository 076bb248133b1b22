package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.StatementPlanner;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Statements that clients of a loop parse again and again without a name. Such a Parse need not be read anew, and the
 * statement that it makes is the same object each time, so that it costs no memory either.
 *
 * <p>A statement is kept when its Parse comes a second time, as long as no other takes its place: at most {@link #SLOTS}
 * of up to {@link #LONGEST} bytes. What it means depends on the rules of routing and on how the session's strings are
 * read; both are compared. Event loop only.
 */
final class UnnamedStatements {
    /** Longest Parse message that is kept, in bytes. */
    static final int LONGEST = 2048;

    private static final int SLOTS = 256;
    private static final int CANDIDATES = 1024;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();

    private record Known(
            PreparedStatement statement, long hash, RoutingRules rules, boolean standardStrings, boolean safeEncoding) {
        @SuppressWarnings(
                "ReferenceEquality") // rules are replaced as a whole; others that are equal cost a look at most
        boolean isReadBy(RoutingRules now, StatementPlanner.Dialect dialect) {
            return rules == now
                    && standardStrings == dialect.hasStandardStrings()
                    && safeEncoding == dialect.hasSafeEncoding();
        }
    }

    private final @Nullable Known[] known = new Known[SLOTS];

    /** Hashes of what has come once. */
    private final long[] seen = new long[CANDIDATES];

    /**
     * Looks a Parse message of an unnamed statement up.
     *
     * @param length of its body, all of which has come
     * @return null if it is not known
     */
    @Nullable
    PreparedStatement find(ByteBuf in, int body, int length, StatementPlanner.Dialect dialect, RoutingRules rules) {
        if (length > LONGEST) {
            return null;
        }
        long hash = hash(in, body, length);
        Known found = known[slot(hash, SLOTS)];
        return found != null
                        && found.hash() == hash
                        && found.isReadBy(rules, dialect)
                        && isSame(found.statement(), in, body, length)
                ? found.statement()
                : null;
    }

    /** Whether what a message makes that was not found is to be {@link #keep kept}: it has come before. */
    boolean isWorthKeeping(ByteBuf in, int body, int length) {
        if (length > LONGEST) {
            return false;
        }
        long hash = hash(in, body, length);
        int place = slot(hash, CANDIDATES);
        boolean before = seen[place] == hash;
        seen[place] = hash;
        return before;
    }

    /** Keeps a statement, which has its text, as these rules have it. */
    void keep(PreparedStatement statement, StatementPlanner.Dialect dialect, RoutingRules rules) {
        byte[] parse = Objects.requireNonNull(statement.parse);
        long hash = hash(Unpooled.wrappedBuffer(parse), 0, parse.length);
        known[slot(hash, SLOTS)] =
                new Known(statement, hash, rules, dialect.hasStandardStrings(), dialect.hasSafeEncoding());
    }

    private static int slot(long hash, int slots) {
        return (int) (hash >>> 40) & slots - 1;
    }

    private static long hash(ByteBuf in, int from, int length) {
        long hash = length;
        int at = from;
        int end = from + length;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            hash = (hash ^ in.getLong(at)) * SPREAD;
            hash ^= hash >>> 32;
        }
        for (; at < end; at++) {
            hash = (hash ^ in.getByte(at)) * SPREAD;
        }
        return hash ^ hash >>> 29;
    }

    private static boolean isSame(PreparedStatement statement, ByteBuf in, int from, int length) {
        byte[] parse = statement.parse;
        if (parse == null || parse.length != length) {
            return false;
        }
        int at = 0;
        for (; length - at >= Long.BYTES; at += Long.BYTES) {
            if ((long) LONGS.get(parse, at) != in.getLong(from + at)) {
                return false;
            }
        }
        for (; at < length; at++) {
            if (parse[at] != in.getByte(from + at)) {
                return false;
            }
        }
        return true;
    }
}
