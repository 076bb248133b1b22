package io.trunkline.failover.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ClusteringMode;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.NodeAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RecoveryPreconditionsTest {
    private static ClusterView view(int primary, NodeStatus... statuses) {
        List<NodeView> nodes = new ArrayList<>();
        for (int id = 0; id < statuses.length; id++) {
            nodes.add(new NodeView(
                    new NodeAddress(id, "db" + id, 5432, 0),
                    1,
                    statuses[id],
                    NodeRole.STANDBY,
                    OptionalLong.empty(),
                    Optional.empty(),
                    true,
                    Instant.EPOCH));
        }
        return new ClusterView(1, nodes, primary);
    }

    private static Optional<String> refusal(ClusterView view, ClusteringMode mode, int node) {
        return RecoveryPreconditions.refusal(view, mode, node).map(RecoveryOutcome::text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -1 | process recovery request failed: node id -1 is not valid
            4  | process recovery request failed: node id 4 is not valid
            3  | process recovery request failed: node id 3 is not valid
            0  | process recovery request failed: primary server cannot be recovered by online recovery.
            1  | node recovery failed, node id: 1 is alive
            """)
    void nodesThatAreNotToBeRecoveredAreRefused(int node, String why) {
        ClusterView view = view(0, NodeStatus.UP, NodeStatus.WAITING, NodeStatus.DOWN, NodeStatus.UNUSED);
        assertThat(refusal(view, ClusteringMode.STREAMING_REPLICATION, node)).contains(why);
    }

    @Test
    void aStandbyThatIsDownCanBeRecovered() {
        ClusterView view = view(0, NodeStatus.UP, NodeStatus.DOWN);
        assertThat(refusal(view, ClusteringMode.STREAMING_REPLICATION, 1)).isEmpty();
    }

    @Test
    void withoutAPrimaryThereIsNothingToRecoverFrom() {
        ClusterView view = view(ClusterView.NO_PRIMARY, NodeStatus.UP, NodeStatus.DOWN);
        assertThat(refusal(view, ClusteringMode.STREAMING_REPLICATION, 1))
                .contains("node recovery failed, unable to connect to main node: -1: no primary is known");
    }

    @ParameterizedTest
    @EnumSource(names = "STREAMING_REPLICATION", mode = EnumSource.Mode.EXCLUDE)
    void otherModesHaveNoRecovery(ClusteringMode mode) {
        assertThat(refusal(view(0, NodeStatus.UP, NodeStatus.DOWN), mode, 1))
                .contains("process recovery request failed: recovery request is only allowed in replication and"
                        + " streaming replication modes.");
    }
}
