package io.trunkline.failover;

import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When the delay of a standby is logged ({@code log_standby_delay}), in the words of Pgpool-II.
 *
 * @param bytes delay_threshold
 * @param time delay_threshold_by_time, used instead if it is not zero
 */
public record DelayLog(When when, long bytes, Duration time) {
    private static final Logger log = LoggerFactory.getLogger(DelayLog.class);
    private static final double NANOS = 1e9;

    /** The values of the parameter. */
    public enum When {
        ALWAYS,
        IF_OVER_THRESHOLD,
        NONE
    }

    void tell(Node standby, int primary) {
        if (!time.isZero()) {
            standby.lagTime
                    .filter(lag -> isTold(lag.compareTo(time) > 0, lag.isZero()))
                    .ifPresent(lag -> log.info(
                            "Replication of node: {} is behind {} second(s) from the primary server (node: {})",
                            standby.id(),
                            String.format(Locale.ROOT, "%.6f", lag.toNanos() / NANOS),
                            primary));
        } else if (standby.lagBytes.isPresent()) {
            long lag = standby.lagBytes.getAsLong();
            if (isTold(bytes > 0 && lag > bytes, lag == 0)) {
                log.info(
                        "Replication of node: {} is behind {} bytes from the primary server (node: {})",
                        standby.id(),
                        lag,
                        primary);
            }
        }
    }

    private boolean isTold(boolean isOver, boolean isNone) {
        return when == When.ALWAYS ? !isNone : when == When.IF_OVER_THRESHOLD && isOver;
    }
}
