package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The names of statements and portals that have come lately, so that one that comes again costs no memory. Bounded: a new
 * name takes the place of the one with the same hash. Event loop only.
 */
final class KnownNames {
    private static final int SLOTS = 256;
    private static final int LONGEST = 64;

    private final @Nullable String[] slots = new String[SLOTS];

    /** The string between these indexes, which is in UTF-8. */
    String text(ByteBuf in, int from, int to) {
        int length = to - from;
        if (length == 0) {
            return "";
        }
        if (length > LONGEST) {
            return RequestFields.text(in, from, to);
        }
        int hash = length;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + in.getByte(i);
        }
        int slot = (hash ^ hash >>> 15) & SLOTS - 1;
        String known = slots[slot];
        if (known != null && isSame(known, in, from, length)) {
            return known;
        }
        String text = RequestFields.text(in, from, to);
        slots[slot] = text;
        return text;
    }

    /** Only what is ASCII has as many characters as bytes, with the same values. */
    private static boolean isSame(String known, ByteBuf in, int from, int length) {
        if (known.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (known.charAt(i) != in.getByte(from + i)) {
                return false;
            }
        }
        return true;
    }
}
