package io.trunkline.failover;

import io.trunkline.pool.NodeAddress;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * One node at one moment.
 *
 * @param weight share of the load-balanced reads, 0 to 1; all nodes together 1
 * @param lagBytes how far its replay is behind the primary; empty if not known, 0 for the primary
 * @param reachable whether the last probe got an answer
 * @param statusSince when {@code status} became what it is
 */
public record NodeView(
        NodeAddress address,
        double weight,
        NodeStatus status,
        NodeRole role,
        OptionalLong lagBytes,
        boolean reachable,
        Instant statusSince) {
    public int id() {
        return address.node();
    }

    NodeView withProbe(NodeStatus nextStatus, NodeRole nextRole, OptionalLong lag, boolean isReachable, Instant now) {
        return new NodeView(
                address, weight, nextStatus, nextRole, lag, isReachable, nextStatus == status ? statusSince : now);
    }
}
