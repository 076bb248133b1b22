package io.trunkline.proxy.metrics;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.CoordinatorCounters;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.AddressResolver;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.BackendPool;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.Transport;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A proxy that does nothing, with two event loops, a primary, a gap, and a standby that is down. */
final class MetricsSources {
    static final int PRIMARY = 0;
    static final int STANDBY = 2;

    private MetricsSources() {}

    static Metrics.Source idleProxy() {
        return source(List.of(new LoopMetrics(3), new LoopMetrics(3)), new CommandCounts());
    }

    static Metrics.Source source(List<LoopMetrics> loops, CommandCounts commands) {
        BackendPool pool = new BackendPool(
                new BackendOpener(Transport.best(), new AddressResolver(Runnable::run)),
                new PoolSettings(true, 10, 0, 0, 0, 0, 0, List.of()));
        ClusterView cluster = new ClusterView(
                1,
                List.of(
                        node(PRIMARY, NodeStatus.UP, NodeRole.PRIMARY, OptionalLong.empty()),
                        node(1, NodeStatus.UNUSED, NodeRole.UNKNOWN, OptionalLong.empty()),
                        node(STANDBY, NodeStatus.DOWN, NodeRole.STANDBY, OptionalLong.of(1234))),
                PRIMARY);
        return new Metrics.Source(
                "1.2",
                Instant.now().minusSeconds(60),
                loops,
                () -> 7,
                () -> 3,
                pool,
                () -> 1,
                () -> 2,
                () -> cluster,
                new CoordinatorCounters(3),
                commands);
    }

    private static NodeView node(int id, NodeStatus status, NodeRole role, OptionalLong lag) {
        return new NodeView(
                new NodeAddress(id, "localhost", 5432, 0), 1, status, role, lag, Optional.empty(), true, Instant.EPOCH);
    }
}
