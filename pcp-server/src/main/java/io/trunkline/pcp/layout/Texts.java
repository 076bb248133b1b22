package io.trunkline.pcp.layout;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/** Values as Pgpool-II writes them. */
final class Texts {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

    private static final double NANOS = 1e9;

    private Texts() {}

    static String time(Instant time) {
        return TIME.format(time);
    }

    /** Empty for what has never been. */
    static String time(Optional<Instant> time) {
        return time.map(TIME::format).orElse("");
    }

    /** With six decimals. */
    static String decimal(double value) {
        return String.format(Locale.ROOT, "%f", value);
    }

    /** A mean; 0 where there is nothing to divide by, for which Pgpool-II writes {@code -nan}. */
    static String mean(double sum, long count) {
        return decimal(count == 0 ? 0 : sum / count);
    }

    static String seconds(Duration time) {
        double seconds = time.toNanos() / NANOS;
        return String.format(Locale.ROOT, seconds < 2 ? "%.6f second" : "%.6f seconds", seconds);
    }

    static String number(long number) {
        return Long.toString(number);
    }

    static String flag(boolean flag) {
        return flag ? "1" : "0";
    }
}
