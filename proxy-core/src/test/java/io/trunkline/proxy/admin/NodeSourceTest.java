package io.trunkline.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.CompatVersion;
import io.trunkline.config.ConfigReading;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pcp.layout.NodeLayout;
import io.trunkline.pool.NodeAddress;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.StatementGroup;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** The nodes, as SHOW POOL_NODES has them. */
final class NodeSourceTest {
    private static final Instant SINCE = Instant.parse("2026-11-21T10:00:00Z");
    private static final String SINCE_TEXT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")
            .withZone(ZoneId.systemDefault())
            .format(SINCE);

    private final LoopMetrics loop = new LoopMetrics(4);

    private static NodeView node(
            int id,
            NodeStatus status,
            NodeRole role,
            NodeView.Replication replication,
            boolean reachable,
            boolean byHand) {
        return new NodeView(
                new NodeAddress(id, "db" + id, 5432, 0),
                0.25,
                status,
                role,
                OptionalLong.of(id * 100L),
                Optional.of(Duration.ofMillis(id * 1_500L)),
                replication,
                reachable,
                SINCE,
                true,
                false,
                byHand,
                false);
    }

    private static ClusterView cluster() {
        NodeView.Replication none = NodeView.Replication.NONE;
        return new ClusterView(
                7,
                List.of(
                        node(0, NodeStatus.UP, NodeRole.PRIMARY, none, true, false),
                        node(
                                1,
                                NodeStatus.QUARANTINE,
                                NodeRole.STANDBY,
                                new NodeView.Replication("streaming", "sync"),
                                true,
                                false),
                        node(2, NodeStatus.DOWN, NodeRole.STANDBY, none, false, false),
                        node(3, NodeStatus.DOWN, NodeRole.STANDBY, none, true, true)),
                0);
    }

    private List<List<String>> rows(String... settings) {
        ConfigReading reading = PgpoolConfig.parse(
                "test.conf", "backend_hostname0 = 'db0'\nbackend_port0 = 5432\n" + String.join("\n", settings) + "\n");
        PgpoolConfig config = reading.config().orElseThrow(() -> new AssertionError(reading.diagnostics()));
        NodeSource nodes = new NodeSource(NodeSourceTest::cluster, () -> config, List.of(loop));
        return new NodeLayout(CompatVersion.V4_7).show(nodes.nodes(), 1).rows();
    }

    @Test
    void eachNodeHasARowWithWhatIsKnownOfItAndOfItsServer() {
        loop.sent(1, StatementGroup.SELECT);

        assertThat(rows())
                .containsExactly(
                        row("0 db0 5432 up up 0.250000 primary primary 0 false 0 - -"),
                        row("1 db1 5432 quarantine up 0.250000 standby standby 1 true 100 streaming sync"),
                        row("2 db2 5432 down down 0.250000 standby unknown 0 false 200 - -"),
                        row("3 db3 5432 down unknown 0.250000 standby unknown 0 false 300 - -"));
    }

    @Test
    void theDelayIsATimeWhereTheThresholdIsOne() {
        assertThat(rows("delay_threshold_by_time = 1000"))
                .extracting(row -> row.get(10))
                .containsExactly("0", "1.500000 second", "3.000000 seconds", "4.500000 seconds");
    }

    @Test
    void withoutStandbysOneNodeIsTheMainOne() {
        assertThat(rows("backend_clustering_mode = 'raw'"))
                .extracting(row -> row.get(6) + " " + row.get(7))
                .containsExactly("main main", "replica replica", "replica replica", "replica replica");
    }

    private static List<String> row(String text) {
        return List.of((text + " " + SINCE_TEXT.replace(' ', '~')).split(" ")).stream()
                .map(value -> value.equals("-") ? "" : value.replace('~', ' '))
                .toList();
    }
}
