package io.trunkline.failover.probe;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Positions in the write-ahead log as servers write them: {@code 16/B374D848}, two halves in hex (manual, "pg_lsn Type"). */
final class WalPosition {
    private static final Pattern TEXT = Pattern.compile("([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})");

    private WalPosition() {}

    /** In bytes, without a sign; empty for what is no position. */
    static OptionalLong parse(@Nullable String text) {
        Matcher matcher = TEXT.matcher(text == null ? "" : text);
        return matcher.matches()
                ? OptionalLong.of(Long.parseLong(matcher.group(1), 16) << 32 | Long.parseLong(matcher.group(2), 16))
                : OptionalLong.empty();
    }

    /** That which is further; empty if both are. */
    static OptionalLong furthest(OptionalLong one, OptionalLong other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        return Long.compareUnsigned(one.getAsLong(), other.getAsLong()) >= 0 ? one : other;
    }
}
