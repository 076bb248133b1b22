package io.trunkline.failover;

import io.trunkline.pool.NodeAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One node at one moment.
 *
 * @param weight share of the load-balanced reads, 0 to 1; all nodes together 1
 * @param lagBytes how far its replay is behind the primary; empty if not known, 0 for the primary
 * @param lagTime the same as a time; empty if not known, which it always is where the check measures bytes only
 * @param reachable whether the last probe got an answer
 * @param replication what the primary says of the connection to it
 * @param statusSince when it came into service or went out of it
 * @param readable whether it may serve reads: not while it has not been seen to follow a new primary
 * @param draining of a node that is out of service: whether what is open on it may be finished; else it is cut off
 * @param detachedByAdministrator of a node that is out of service: whether somebody has asked for that, so that it does
 *     not come back by itself
 * @param missedRival whether it was a second primary when it was heard last, does not answer, and is in service all the
 *     same, since DISALLOW_TO_FAILOVER keeps it there
 */
public record NodeView(
        NodeAddress address,
        double weight,
        NodeStatus status,
        NodeRole role,
        OptionalLong lagBytes,
        Optional<Duration> lagTime,
        Replication replication,
        boolean reachable,
        Instant statusSince,
        boolean readable,
        boolean draining,
        boolean detachedByAdministrator,
        boolean missedRival) {
    /**
     * A row of the primary's {@code pg_stat_replication}, found by the application_name that is configured for the node.
     *
     * @param state {@code streaming} and others; empty if there is no such row
     * @param syncState {@code sync}, {@code quorum}, {@code potential}, {@code async}; or empty
     */
    public record Replication(String state, String syncState) {
        public static final Replication NONE = new Replication("", "");
    }

    /** A node of which there is nothing special to say. */
    public NodeView(
            NodeAddress address,
            double weight,
            NodeStatus status,
            NodeRole role,
            OptionalLong lagBytes,
            Optional<Duration> lagTime,
            boolean reachable,
            Instant statusSince) {
        this(
                address,
                weight,
                status,
                role,
                lagBytes,
                lagTime,
                Replication.NONE,
                reachable,
                statusSince,
                true,
                false,
                false,
                false);
    }

    public int id() {
        return address.node();
    }

    /** Whether it can serve a read now: it is in service, follows the primary, and the last probe of it got an answer. */
    public boolean isUsable() {
        return status.isInService() && reachable && readable;
    }
}
