package io.trunkline.failover.recovery;

import java.util.Locale;

/** Positions in the write-ahead log, in bytes; written as two halves in hex (manual, "pg_lsn Type"). */
final class WalPosition {
    private static final int HEX = 16;
    private static final int HALF = 32;
    private static final long LOW = 0xFFFF_FFFFL;

    private WalPosition() {}

    /** @throws NumberFormatException if it is none */
    static long parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1) {
            throw new NumberFormatException("no position in the write-ahead log: " + text);
        }
        return (long) Integer.parseUnsignedInt(text.substring(0, slash), HEX) << HALF
                | Integer.parseUnsignedInt(text.substring(slash + 1).strip(), HEX) & LOW;
    }

    static String text(long position) {
        return Long.toHexString(position >>> HALF).toUpperCase(Locale.ROOT) + "/"
                + Long.toHexString(position & LOW).toUpperCase(Locale.ROOT);
    }
}
