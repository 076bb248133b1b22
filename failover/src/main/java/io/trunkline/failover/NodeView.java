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
 * @param statusSince when {@code status} became what it is
 * @param readable whether it may serve reads: not while it has not been seen to follow a new primary
 * @param draining of a node that is out of service: whether what is open on it may be finished; else it is cut off
 */
public record NodeView(
        NodeAddress address,
        double weight,
        NodeStatus status,
        NodeRole role,
        OptionalLong lagBytes,
        Optional<Duration> lagTime,
        boolean reachable,
        Instant statusSince,
        boolean readable,
        boolean draining) {
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
        this(address, weight, status, role, lagBytes, lagTime, reachable, statusSince, true, false);
    }

    public int id() {
        return address.node();
    }

    /** Whether it can serve a read now: it is in service, follows the primary, and the last probe of it got an answer. */
    public boolean isUsable() {
        return status.isInService() && reachable && readable;
    }

    NodeView withProbe(NodeStatus nextStatus, NodeRole nextRole, OptionalLong lag, boolean isReachable, Instant now) {
        return new NodeView(
                address,
                weight,
                nextStatus,
                nextRole,
                lag,
                Optional.empty(),
                isReachable,
                nextStatus == status ? statusSince : now,
                readable,
                draining);
    }
}
