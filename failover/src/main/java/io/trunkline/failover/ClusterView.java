package io.trunkline.failover;

import java.util.List;
import java.util.Optional;

/**
 * The cluster at one moment, as sessions route by it. Immutable; every change makes a new one with a higher epoch.
 *
 * @param epoch grows with every change
 * @param nodes by id, without gaps; ids that are not configured have the status {@link NodeStatus#UNUSED}
 * @param primary id of the node that takes writes, -1 while none is known
 * @param writes what becomes of statements that need the primary
 */
public record ClusterView(long epoch, List<NodeView> nodes, int primary, Writes writes) {
    public static final int NO_PRIMARY = -1;

    /** What becomes of statements that need the primary. */
    public enum Writes {
        /** They go to it. */
        SERVED("served"),
        /** A switchover is under way: transactions that are open go on there, new ones wait. */
        HELD("held"),
        /** A failover is under way: they wait, for {@code primary_wait_timeout} at most. */
        AWAITED("awaited"),
        /** No primary was found, and nobody is looking for one with a chance of success: they wait as long, and fail. */
        NOT_SERVED("not served");

        private final String text;

        Writes(String text) {
            this.text = text;
        }

        /** In a word or two, for people. */
        public String text() {
            return text;
        }
    }

    public ClusterView {
        nodes = List.copyOf(nodes);
    }

    /** A cluster in which nothing is under way. */
    public ClusterView(long epoch, List<NodeView> nodes, int primary) {
        this(epoch, nodes, primary, primary == NO_PRIMARY ? Writes.NOT_SERVED : Writes.SERVED);
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

    /** Whether there was a second primary that does not answer and may not be taken out of service: writes may be on it. */
    public boolean missesRival() {
        return hasPrimary() && nodes.stream().anyMatch(node -> node.missedRival() && node.id() != primary);
    }
}
