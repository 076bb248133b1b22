package io.trunkline.proxy.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.NodeAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ClusterTextTest {
    private static final NodeAddress FIRST = new NodeAddress(0, "db-1.example", 5432, 10_000);
    private static final NodeAddress SECOND = new NodeAddress(1, "/run/a b", 5433, 0);

    private static NodeView primary() {
        return new NodeView(
                FIRST,
                0.25,
                NodeStatus.UP,
                NodeRole.PRIMARY,
                OptionalLong.of(0),
                Optional.empty(),
                true,
                Instant.ofEpochMilli(1_790_000_000_123L));
    }

    private static NodeView standby() {
        return new NodeView(
                SECOND,
                0.75,
                NodeStatus.DOWN,
                NodeRole.STANDBY,
                OptionalLong.empty(),
                Optional.of(Duration.ofNanos(1_500_000_001)),
                new NodeView.Replication("streaming", "-"),
                false,
                Instant.ofEpochMilli(1),
                false,
                true,
                true,
                true);
    }

    private static final ClusterView VIEW =
            new ClusterView(4_711, List.of(primary(), standby()), 0, ClusterView.Writes.HELD);

    @Test
    void viewComesAsItWasSent() {
        String line = ClusterText.encode(VIEW);

        assertThat(line).doesNotContain("\n");
        assertThat(ClusterText.decode(line, List.of(FIRST, SECOND))).isEqualTo(VIEW);
    }

    @Test
    void nodeThatIsNewIsNotUsed() {
        NodeAddress added = new NodeAddress(2, "db-3.example", 5432, 0);
        NodeView up = new NodeView(
                added,
                1,
                NodeStatus.UP,
                NodeRole.PRIMARY,
                OptionalLong.of(0),
                Optional.empty(),
                true,
                Instant.ofEpochMilli(1));
        ClusterView view = new ClusterView(1, List.of(primary(), standby(), up), 2);

        ClusterView seen = ClusterText.decode(ClusterText.encode(view), List.of(FIRST, SECOND));

        assertThat(seen.nodes().subList(0, 2)).containsExactly(primary(), standby());
        assertThat(seen.node(2)).returns(added, NodeView::address).returns(NodeStatus.DOWN, NodeView::status);
        assertThat(seen.hasPrimary()).isFalse();
        assertThat(seen.writes()).isEqualTo(ClusterView.Writes.NOT_SERVED);
    }

    @Test
    void nodeThatIsAnotherServerByNowIsNotUsed() {
        NodeAddress other = new NodeAddress(0, "db-9.example", 5432, 10_000);
        ClusterView seen = ClusterText.decode(ClusterText.encode(VIEW), List.of(other, SECOND));

        assertThat(seen.node(0))
                .returns(other, NodeView::address)
                .returns(NodeStatus.DOWN, NodeView::status)
                .returns(true, NodeView::draining);
        assertThat(seen.hasPrimary()).isFalse();
        assertThat(seen.writes()).isEqualTo(ClusterView.Writes.NOT_SERVED);
        assertThat(seen.node(1)).isEqualTo(standby());
    }

    @Test
    void nodeThatIsThereNoMoreIsNotUsed() {
        ClusterView fewer = new ClusterView(1, List.of(primary()), 0);

        assertThat(ClusterText.decode(ClusterText.encode(fewer), List.of(FIRST, SECOND))
                        .node(1))
                .returns(NodeStatus.DOWN, NodeView::status);
    }

    @Test
    void lineThatIsCutOffIsRefused() {
        String line = ClusterText.encode(VIEW);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClusterText.decode(line.substring(0, line.lastIndexOf(' ')), List.of()));
    }
}
