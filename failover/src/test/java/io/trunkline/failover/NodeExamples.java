package io.trunkline.failover;

import io.trunkline.pool.NodeAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Nodes that have told something of themselves. */
final class NodeExamples {
    private NodeExamples() {}

    static Node named(int id, String applicationName) {
        return node(id, applicationName, false);
    }

    static Node node(int id, String applicationName, boolean alwaysPrimary) {
        CoordinatorSettings.Slot slot = new CoordinatorSettings.Slot(
                id, 1, true, alwaysPrimary, applicationName, "", Duration.ZERO, 0, Duration.ZERO);
        return new Node(new NodeAddress(id, "db" + id, 5432, 0), slot, NodeStatus.UP, Instant.EPOCH);
    }

    static Node primary(int id, int timeline, long system) {
        return telling(named(id, ""), false, timeline, 1_000, system);
    }

    static Node standby(int id, int timeline, long received) {
        return telling(named(id, ""), true, timeline, received, 1);
    }

    static Node telling(Node node, boolean inRecovery, int timeline, long received, long system) {
        node.report = new NodeReport(
                inRecovery,
                OptionalLong.of(system),
                timeline == 0 ? OptionalInt.empty() : OptionalInt.of(timeline),
                OptionalLong.of(received),
                OptionalLong.of(received),
                Optional.empty(),
                List.of(),
                "");
        return node;
    }

    static ClusterState state(List<Node> nodes, int timelineSeen) {
        ClusterState state = new ClusterState(new VirtualLoop(0), nodes, ClusterMemory.NONE);
        state.sawTimeline(timelineSeen);
        state.sawSystem(1);
        return state;
    }
}
