package io.trunkline.failover;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Positions in the write-ahead log, in bytes and without a sign; as servers write them, {@code 16/B374D848}, two halves in
 * hex (manual, "pg_lsn Type").
 */
public final class WalPosition {
    private static final Pattern TEXT = Pattern.compile("([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})");
    private static final int HALF = 32;
    private static final long LOW = 0xFFFF_FFFFL;

    private WalPosition() {}

    /** Empty for what is no position. */
    public static OptionalLong parse(@Nullable String text) {
        Matcher matcher = TEXT.matcher(text == null ? "" : text);
        return matcher.matches()
                ? OptionalLong.of(Long.parseLong(matcher.group(1), 16) << HALF | Long.parseLong(matcher.group(2), 16))
                : OptionalLong.empty();
    }

    /** @throws NumberFormatException if it is none */
    public static long of(String text) {
        return parse(text).orElseThrow(() -> new NumberFormatException("no position in the write-ahead log: " + text));
    }

    public static String text(long position) {
        return (Long.toHexString(position >>> HALF) + "/" + Long.toHexString(position & LOW)).toUpperCase(Locale.ROOT);
    }

    /** That which is further; empty if both are. */
    public static OptionalLong furthest(OptionalLong one, OptionalLong other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        return Long.compareUnsigned(one.getAsLong(), other.getAsLong()) >= 0 ? one : other;
    }
}
