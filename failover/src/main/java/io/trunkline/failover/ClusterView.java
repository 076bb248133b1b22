package io.trunkline.failover;

import java.util.List;
import java.util.Optional;

/**
 * The cluster at one moment, as sessions route by it. Immutable; every change makes a new one with a higher epoch.
 *
 * @param epoch grows with every change
 * @param nodes by id, without gaps; ids that are not configured have the status {@link NodeStatus#UNUSED}
 * @param primary id of the node that takes writes, -1 while none is known
 */
public record ClusterView(long epoch, List<NodeView> nodes, int primary) {
    public static final int NO_PRIMARY = -1;

    public ClusterView {
        nodes = List.copyOf(nodes);
    }

    public NodeView node(int id) {
        return nodes.get(id);
    }

    public Optional<NodeView> primaryNode() {
        return primary == NO_PRIMARY ? Optional.empty() : Optional.of(nodes.get(primary));
    }

    /** Whether a node takes writes now. */
    public boolean hasPrimary() {
        return primary != NO_PRIMARY;
    }
}
