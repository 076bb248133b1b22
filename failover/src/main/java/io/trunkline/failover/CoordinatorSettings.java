package io.trunkline.failover;

import java.time.Duration;
import java.util.List;

/**
 * What the configuration says to the coordinator; replaced as a whole by a reload.
 *
 * @param knowsStandbys whether the mode has a primary and standbys; else the first node in service takes everything
 * @param canAsk whether nodes can be asked for their role, as there is a user for that
 * @param hasRecovery whether the mode has online recovery
 * @param rolePeriod sr_check_period, zero = only at the start and when there is a reason
 * @param hintsCount failover_on_backend_error: whether a node is taken out of service that sessions have trouble with, and
 *     a check finds absent
 * @param shutdownCounts failover_on_backend_shutdown: the same, where the server has said that it is being shut down
 * @param searchLimit search_primary_node_timeout, zero = for ever
 * @param mostAdvanced failover_candidate: whether the standby that has received most is proposed, or that with the lowest id
 * @param needsSynchronous whether a promotion waits until a synchronous standby is sure to be among those that answer
 * @param detachFalsePrimary detach_false_primary
 * @param autoFailback auto_failback, {@code autoFailbackInterval} apart at least
 * @param failbackAtChecks whether that is looked into only when a health check of the node would be due, as in a Pgpool-II
 *     before 4.7
 * @param commandLimit failover_command_timeout, zero = none
 * @param followLimit follow_primary_command_timeout, zero = none
 * @param followDetachesAll follow_primary_detach_all
 * @param readGrace how long after a promotion a standby may serve reads that has not been seen to follow yet
 * @param notReadyGrace how long a node may say that it is starting up or shutting down
 * @param drainLimit how long a switchover waits for open transactions
 * @param endsStragglers whether it ends them then, rather than itself
 * @param delayLog when the delay of standbys is logged
 */
public record CoordinatorSettings(
        List<Slot> slots,
        boolean knowsStandbys,
        boolean canAsk,
        boolean hasRecovery,
        Duration rolePeriod,
        boolean hintsCount,
        boolean shutdownCounts,
        Duration searchLimit,
        boolean mostAdvanced,
        boolean needsSynchronous,
        boolean detachFalsePrimary,
        boolean autoFailback,
        Duration autoFailbackInterval,
        boolean failbackAtChecks,
        String failoverCommand,
        String failbackCommand,
        String followPrimaryCommand,
        Duration commandLimit,
        Duration followLimit,
        boolean followDetachesAll,
        Duration readGrace,
        Duration notReadyGrace,
        Duration drainLimit,
        boolean endsStragglers,
        DelayLog delayLog) {
    public CoordinatorSettings {
        slots = List.copyOf(slots);
    }

    /**
     * A node's own.
     *
     * @param mayFail false with DISALLOW_TO_FAILOVER
     * @param alwaysPrimary ALWAYS_PRIMARY
     * @param applicationName of its WAL receiver, empty if not configured
     * @param checkPeriod health_check_period, zero = it is only checked when there is a reason
     * @param checkRetries further attempts before it counts as failed, {@code checkRetryDelay} apart
     */
    public record Slot(
            int id,
            double weight,
            boolean mayFail,
            boolean alwaysPrimary,
            String applicationName,
            String dataDirectory,
            Duration checkPeriod,
            int checkRetries,
            Duration checkRetryDelay) {
        static Slot unused(int id) {
            return new Slot(id, 0, true, false, "", "", Duration.ZERO, 0, Duration.ZERO);
        }
    }
}
