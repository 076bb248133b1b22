package io.trunkline.proxy.session;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Statements that a client parses again and again without a name, and that one backend has been given under names of
 * ours, so that the server need not parse them each time.
 *
 * <p>A statement gets a name when its Parse comes a second time. There are {@link #SLOTS} names a backend; the statement
 * that was not used for longest gives its name up. Only what reads the same under every setting is taken: ASCII without
 * any constant in quotes, as {@code 'today'::date} is read when a statement is parsed. What else a server's parser looks
 * at (search_path, roles, the tables themselves) its plan cache watches by itself.
 *
 * <p>Event loop only.
 */
final class ReusedStatements {
    static final int SLOTS = 64;

    /** Longest Parse message that is taken, in bytes. */
    static final int MAX_LENGTH = 4096;

    private static final int CANDIDATES = 64;

    /** A Parse message's body, compared by its bytes. */
    private static final class Key {
        private byte[] parse;
        private int hash;

        Key(byte[] parse) {
            this.parse = parse;
            this.hash = Arrays.hashCode(parse);
        }

        /** This key, for another message; not for one that is in a map. */
        Key of(byte[] other) {
            parse = other;
            hash = Arrays.hashCode(other);
            return this;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key that && hash == that.hash && Arrays.equals(parse, that.parse);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** The eldest use first. */
    private final Map<Key, byte[]> names = new LinkedHashMap<>(16, 0.75f, true);

    private final Key asked = new Key(new byte[0]);

    /** Hashes of statements that have come once. */
    private final int[] seen = new int[CANDIDATES];

    private int given;

    /**
     * Whether a statement is one of those that are reused.
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
    byte @Nullable [] find(byte[] parse) {
        return names.get(asked.of(parse));
    }

    /** Whether the statement has come before, as far as that is remembered. */
    boolean hasComeBefore(byte[] parse) {
        int hash = Arrays.hashCode(parse);
        int place = hash & CANDIDATES - 1;
        boolean before = seen[place] == hash;
        seen[place] = hash;
        return before;
    }

    /** The name under which the statement is to be parsed now, once what had it before has been closed. */
    byte[] give(byte[] parse) {
        byte[] name;
        if (given < SLOTS) {
            name = ("trunkline_" + given++).getBytes(StandardCharsets.US_ASCII);
        } else {
            Map.Entry<Key, byte[]> eldest = names.entrySet().iterator().next();
            names.remove(eldest.getKey());
            name = eldest.getValue();
        }
        names.put(new Key(parse), name);
        return name;
    }

    /** What the backend has under those names is gone, or not to be relied on. */
    void clear() {
        names.clear();
        given = 0;
    }
}
