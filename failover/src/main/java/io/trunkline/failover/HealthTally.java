package io.trunkline.failover;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Counts the health checks of one node. A check is one attempt with all its repetitions, until it is clear whether the
 * server lives. Written on the coordinator's thread, read by any.
 */
public final class HealthTally {
    /**
     * What was counted since the start.
     *
     * @param checks all of them, also those that were skipped as the node was out of service
     * @param retries repetitions in all checks together
     * @param mostRetries in one check
     * @param time of all checks together, without those that were skipped
     */
    public record Counts(
            long checks,
            long succeeded,
            long failed,
            long skipped,
            long retries,
            long mostRetries,
            Duration longest,
            Duration shortest,
            Duration time,
            Optional<Instant> last,
            Optional<Instant> lastSuccess,
            Optional<Instant> lastSkip,
            Optional<Instant> lastFailure) {}

    private final CoordinatorLoop loop;
    private long checks;
    private long succeeded;
    private long failed;
    private long skipped;
    private long retries;
    private long mostRetries;
    private long longestMillis;
    private long shortestMillis;
    private long totalMillis;
    private @Nullable Instant last;
    private @Nullable Instant lastSuccess;
    private @Nullable Instant lastSkip;
    private @Nullable Instant lastFailure;

    private boolean underWay;
    private long begunAt;
    private long retriesNow;

    HealthTally(CoordinatorLoop loop) {
        this.loop = loop;
    }

    public synchronized Counts counts() {
        return new Counts(
                checks,
                succeeded,
                failed,
                skipped,
                retries,
                mostRetries,
                Duration.ofMillis(longestMillis),
                Duration.ofMillis(shortestMillis),
                Duration.ofMillis(totalMillis),
                Optional.ofNullable(last),
                Optional.ofNullable(lastSuccess),
                Optional.ofNullable(lastSkip),
                Optional.ofNullable(lastFailure));
    }

    /** An attempt begins: the first of a check, or one more. */
    synchronized void attempt() {
        if (underWay) {
            retries++;
            retriesNow++;
            mostRetries = Math.max(mostRetries, retriesNow);
        } else {
            underWay = true;
            begunAt = loop.nowMillis();
            retriesNow = 0;
            checks++;
            last = loop.now();
        }
    }

    /** The server lives. */
    synchronized void succeeded() {
        if (ended()) {
            succeeded++;
            lastSuccess = loop.now();
        }
    }

    /** It has failed. */
    synchronized void failed() {
        if (ended()) {
            failed++;
            lastFailure = loop.now();
        }
    }

    /** It was not looked after, or what was found does not matter any more, as the node is out of service. */
    synchronized void skipped() {
        if (!underWay) {
            checks++;
            last = loop.now();
        }
        underWay = false;
        skipped++;
        lastSkip = loop.now();
    }

    private boolean ended() {
        if (!underWay) {
            return false;
        }
        underWay = false;
        long millis = loop.nowMillis() - begunAt;
        boolean isFirst = succeeded + failed == 0;
        longestMillis = Math.max(longestMillis, millis);
        shortestMillis = isFirst ? millis : Math.min(shortestMillis, millis);
        totalMillis += millis;
        return true;
    }
}
