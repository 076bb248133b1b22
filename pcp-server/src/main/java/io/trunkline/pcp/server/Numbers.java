package io.trunkline.pcp.server;

import java.util.OptionalInt;

/** Numbers as requests have them, in decimal digits. */
final class Numbers {
    private Numbers() {}

    /** Empty for what is no number: unlike in Pgpool-II it does not pass for node 0. */
    static OptionalInt parse(String text) {
        try {
            return OptionalInt.of(Integer.parseInt(text.strip()));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }
}
