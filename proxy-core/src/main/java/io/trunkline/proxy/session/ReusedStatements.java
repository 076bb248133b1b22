package io.trunkline.proxy.session;

import io.trunkline.protocol.ReplyQueue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Statements that one backend has been given under names of ours: those that a client parses again and again without a
 * name, so that the server need not parse them each time, and, on a backend that serves several sessions in turn, those
 * that its clients have named, whose names would clash.
 *
 * <p>There is a bounded number of names a backend; the statement that was not used for longest gives its name up. What
 * else than text and parameter types a server's parser looks at, its plan cache watches by itself (search_path, the
 * tables), or it is part of the {@link Key}, or such statements are not taken ({@link #isFit}).
 *
 * <p>Event loop only.
 */
final class ReusedStatements {
    /** How the names of ours begin, and go on with a number where a client has taken such names. */
    private static final String NAMES = "trunkline";

    /** Names a backend that serves one session. */
    static final int SLOTS = 64;

    /** Longest Parse message of an unnamed statement that is taken, in bytes. */
    static final int MAX_LENGTH = 4096;

    private static final int CANDIDATES = 64;

    /** What makes two Parse messages the same statement. */
    static final class Key {
        private final byte[] parse;
        private final int from;
        private final String parsedWith;
        private final int hash;

        /**
         * @param parse the body of a Parse message
         * @param parsedWith differs where the text may mean something else
         */
        Key(byte[] parse, String parsedWith) {
            this.parse = parse;
            this.from = nameLength(parse);
            this.parsedWith = parsedWith;
            int bytes = 1;
            for (int i = from; i < parse.length; i++) {
                bytes = 31 * bytes + parse[i];
            }
            this.hash = bytes ^ parsedWith.hashCode();
        }

        /** Of the text and the types, with the zero byte before them. */
        byte[] parse() {
            return parse;
        }

        int from() {
            return from;
        }

        private static int nameLength(byte[] parse) {
            int length = 0;
            while (parse[length] != 0) {
                length++;
            }
            return length;
        }

        @Override
        public boolean equals(Object other) {
            return this == other
                    || other instanceof Key that
                            && hash == that.hash
                            && parsedWith.equals(that.parsedWith)
                            && Arrays.equals(parse, from, parse.length, that.parse, that.from, that.parse.length);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /**
     * The name that a statement has on the backend. Learns the end of requests about it: if one fails, the statement is
     * parsed anew, as it may be to blame.
     */
    final class Slot implements ReplyQueue.Observer {
        final byte[] name;
        private @Nullable Key key;

        /** Whether the server has said that it has it. */
        private boolean confirmed;

        /** The batch in which it was sent last. */
        private int batch;

        private Slot(byte[] name) {
            this.name = name;
        }

        /**
         * Whether a request of this batch may rely on it: the server has it, or will skip the request with the Parse. What
         * was sent in an earlier batch may have failed with that.
         */
        boolean isSure(int inBatch) {
            return confirmed || batch == inBatch;
        }

        void sent(int inBatch) {
            batch = inBatch;
            confirmed = false;
        }

        @Override
        public void ended(boolean ok) {
            confirmed = ok;
            failed |= !ok;
            if (!ok && key != null && slots.remove(key, this)) {
                key = null;
                // whoever holds on to this one sees that it is gone
                free.addLast(new Slot(name));
            }
        }

        /** Whether the backend is not relied on any more to have the statement under this name. */
        boolean isGone() {
            return key == null;
        }
    }

    private final int limit;

    /** The eldest use first. */
    private final Map<Key, Slot> slots = new LinkedHashMap<>(16, 0.75f, true);

    private final ArrayDeque<Slot> free = new ArrayDeque<>(0);

    /** Hashes of statements that have come once. */
    private int @Nullable [] seen;

    private String prefix = NAMES + '_';
    private int givenWay;
    private int made;

    /** A request about one of the statements has failed, or has been skipped after another one. */
    private boolean failed;

    ReusedStatements(int limit) {
        this.limit = limit;
    }

    /**
     * Whether a statement reads the same under every setting: ASCII without any constant in quotes, as
     * {@code 'today'::date} is read when a statement is parsed.
     *
     * @param parse the body of its Parse message: no name, the text, the types of its parameters
     */
    static boolean isFit(byte[] parse) {
        if (parse.length > MAX_LENGTH || parse.length < 2 || "siudw".indexOf(parse[1] | 0x20) < 0) {
            return false;
        }
        for (int i = 1; i < parse.length && parse[i] != 0; i++) {
            byte b = parse[i];
            boolean quotes = b == '\'' || b == '$' && (parse[i + 1] < '0' || parse[i + 1] > '9');
            if (b < 0 || quotes) {
                return false;
            }
        }
        return true;
    }

    /** The name that the backend knows the statement by; null if it does not. */
    @Nullable
    Slot find(Key key) {
        return slots.get(key);
    }

    /** Whether the statement has come before, as far as that is remembered. */
    boolean hasComeBefore(Key key) {
        if (seen == null) {
            seen = new int[CANDIDATES];
        }
        int place = key.hash & CANDIDATES - 1;
        boolean before = seen[place] == key.hash;
        seen[place] = key.hash;
        return before;
    }

    /** The name under which the statement is to be parsed now, once what had it before has been closed. */
    Slot give(Key key) {
        Slot slot = free.pollFirst();
        if (slot == null && made < limit) {
            slot = new Slot((prefix + made++).getBytes(StandardCharsets.US_ASCII));
        } else if (slot == null) {
            Slot unused = Objects.requireNonNull(
                    slots.remove(slots.keySet().iterator().next()));
            unused.key = null;
            slot = new Slot(unused.name);
        }
        slot.key = key;
        slots.put(key, slot);
        return slot;
    }

    /** Whether a request about one of them has failed, or been skipped, since this was asked last. */
    boolean takeFailed() {
        boolean since = failed;
        failed = false;
        return since;
    }

    /** Whether a name may be one of ours, or may have been: what was given up is still on the server. */
    boolean isLike(String name) {
        return name.startsWith(NAMES);
    }

    /**
     * Whether a client, another Trunkline perhaps, uses a name that may be one of ours: others are given from now on, so that neither
     * meets the other's statements. They stay short, as servers tell names apart by their first 63 bytes.
     */
    boolean givesWayTo(String name) {
        if (!name.startsWith(prefix)) {
            return false;
        }
        clear();
        prefix = NAMES + ++givenWay + '_';
        return true;
    }

    /** What the backend has under those names is gone, or not to be relied on. */
    void clear() {
        slots.clear();
        free.clear();
        made = 0;
    }
}
