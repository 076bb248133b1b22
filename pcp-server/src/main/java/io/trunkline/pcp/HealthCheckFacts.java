package io.trunkline.pcp;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What has come of the health checks of a node since the start. A check is one attempt and the further ones after it
 * until it is clear whether the node lives.
 *
 * @param checks all of them, those that were skipped too
 * @param skipped those that did not take place, as the node was out of service
 * @param retries further attempts, in all checks together
 * @param mostRetries in one check
 * @param time all checks together
 */
public record HealthCheckFacts(
        NodeFacts node,
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
        Optional<Instant> lastFailure) {
    /** How many checks the averages are over. */
    public long made() {
        return checks - skipped;
    }
}
