package io.trunkline.failover.state;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What is kept of the cluster over a restart.
 *
 * @param epoch of the view that was saved; 0 if none is known
 * @param primary id of the last primary, {@link ClusterView#NO_PRIMARY} if none is known
 * @param timeline of that primary
 * @param systemIdentifier of its database system
 * @param nodes by id, without gaps
 */
public record SavedState(
        long epoch, int primary, OptionalInt timeline, OptionalLong systemIdentifier, List<Node> nodes) {
    public SavedState {
        nodes = List.copyOf(nodes);
    }

    /**
     * One node.
     *
     * @param since when it got this status, if known
     * @param detachedByAdministrator whether it is down because somebody asked for that, so nothing but a request attaches it
     */
    public record Node(NodeStatus status, Optional<Instant> since, boolean detachedByAdministrator) {
        /** Of which nothing is known: it is to be tried. */
        static final Node UNKNOWN = new Node(NodeStatus.WAITING, Optional.empty(), false);
    }
}
