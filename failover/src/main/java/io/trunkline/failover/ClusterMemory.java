package io.trunkline.failover;

import io.trunkline.pool.NodeAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What is known of the cluster from before: which nodes there are, and how they were when Trunkline ran last.
 *
 * @param nodes by id, without gaps
 * @param primary the last one, -1 if there was none
 * @param timeline the highest that a primary was on, 0 if not known
 * @param systemIdentifier of the database system that this is about; empty if not known
 */
public record ClusterMemory(List<Former> nodes, int primary, int timeline, OptionalLong systemIdentifier) {
    public ClusterMemory {
        nodes = List.copyOf(nodes);
    }

    /**
     * A node as it was.
     *
     * @param status {@link NodeStatus#WAITING} for one that is in service or new
     * @param detachedByHand whether an administrator has taken it out of service
     */
    public record Former(NodeAddress address, NodeStatus status, boolean detachedByHand) {}

    static ClusterMemory of(ClusterState state) {
        List<Former> nodes = new ArrayList<>();
        for (Node node : state.nodes()) {
            nodes.add(new Former(node.address, node.status(), node.detachedByHand));
        }
        return new ClusterMemory(nodes, state.lastPrimary(), state.timeline(), state.systemIdentifier());
    }

    ClusterState state(CoordinatorLoop loop, CoordinatorSettings settings) {
        Map<Integer, CoordinatorSettings.Slot> slots = new HashMap<>();
        settings.slots().forEach(slot -> slots.put(slot.id(), slot));
        List<Node> built = new ArrayList<>();
        for (Former former : nodes) {
            CoordinatorSettings.Slot slot = slots.get(former.address().node());
            Node node = new Node(
                    former.address(),
                    slot == null
                            ? CoordinatorSettings.Slot.unused(former.address().node())
                            : slot,
                    slot == null ? NodeStatus.UNUSED : former.status(),
                    loop.now());
            node.detachedByHand = former.detachedByHand();
            built.add(node);
        }
        ClusterState state = new ClusterState(loop, built);
        state.remember(primary, timeline, systemIdentifier);
        return state;
    }
}
