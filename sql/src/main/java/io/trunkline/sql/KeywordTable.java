package io.trunkline.sql;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** Finds the key word that a run of bytes spells, without allocating. */
final class KeywordTable {
    private static final int SIZE = 2048;
    private static final Keyword[] WORDS = new Keyword[SIZE];
    private static final byte[][] SPELLINGS = new byte[SIZE][];
    private static final byte[] FREE = {};
    private static final int LONGEST;

    static {
        int longest = 0;
        Arrays.fill(SPELLINGS, FREE);
        Arrays.fill(WORDS, Keyword.NONE);
        for (Keyword word : Keyword.values()) {
            if (word != Keyword.NONE) {
                byte[] spelling = word.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
                int slot = hash(spelling, 0, spelling.length);
                while (SPELLINGS[slot] != FREE) {
                    slot = (slot + 1) & (SIZE - 1);
                }
                WORDS[slot] = word;
                SPELLINGS[slot] = spelling;
                longest = Math.max(longest, spelling.length);
            }
        }
        LONGEST = longest;
    }

    private KeywordTable() {}

    /** The key word that {@code text[from, to)} spells in any case, or {@link Keyword#NONE}. */
    static Keyword find(byte[] text, int from, int to) {
        if (to - from > LONGEST || to - from < 2) {
            return Keyword.NONE;
        }
        int slot = hash(text, from, to);
        byte[] spelling = SPELLINGS[slot];
        while (spelling != FREE) {
            if (matches(spelling, text, from, to)) {
                return WORDS[slot];
            }
            slot = (slot + 1) & (SIZE - 1);
            spelling = SPELLINGS[slot];
        }
        return Keyword.NONE;
    }

    static byte lower(byte c) {
        return c >= 'A' && c <= 'Z' ? (byte) (c + 32) : c;
    }

    private static boolean matches(byte[] spelling, byte[] text, int from, int to) {
        if (spelling.length != to - from) {
            return false;
        }
        for (int i = 0; i < spelling.length; i++) {
            if (lower(text[from + i]) != spelling[i]) {
                return false;
            }
        }
        return true;
    }

    /** Length, first two and last two letters tell the key words apart well enough. */
    private static int hash(byte[] text, int from, int to) {
        int h = (text[from] | 0x20) * 31 + (text[from + 1] | 0x20);
        h = h * 31 + (text[to - 1] | 0x20);
        h = h * 31 + (text[to - 2] | 0x20);
        h = h * 31 + (text[(from + to) >>> 1] | 0x20);
        h += (to - from) * 0x9E37;
        return (h ^ h >>> 11) & (SIZE - 1);
    }
}
