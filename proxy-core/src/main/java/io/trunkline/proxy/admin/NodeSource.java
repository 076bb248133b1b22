package io.trunkline.proxy.admin;

import io.trunkline.config.AdministrationParameters;
import io.trunkline.config.BackendParameters;
import io.trunkline.config.CompatVersion;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.ReplicationParameters;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.StatementFacts;
import io.trunkline.proxy.metrics.ErrorSeverity;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.StatementGroup;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** The nodes as administrators see them. Safe for any thread, and never blocks. */
public final class NodeSource {
    /** How long one that asks for the nodes as they are now waits while a failover is under way. */
    private static final long LOOK_MILLIS = 2_000;

    /** Pgpool-II has who connects during a failover wait for its end, and scripts rely on that. */
    private static final long FAILOVER_MILLIS = 30_000;

    private final Supplier<ClusterView> cluster;
    private final Supplier<PgpoolConfig> config;
    private final List<LoopMetrics> loops;
    private final LongFunction<CompletableFuture<Void>> look;

    /** @param look looks at every node, for so many milliseconds at most */
    public NodeSource(
            Supplier<ClusterView> cluster,
            Supplier<PgpoolConfig> config,
            List<LoopMetrics> loops,
            LongFunction<CompletableFuture<Void>> look) {
        this.cluster = cluster;
        this.config = config;
        this.loops = loops;
        this.look = look;
    }

    /** Without a look at the nodes. */
    public NodeSource(Supplier<ClusterView> cluster, Supplier<PgpoolConfig> config, List<LoopMetrics> loops) {
        this(cluster, config, loops, limit -> CompletableFuture.completedFuture(null));
    }

    /** The nodes when all have been looked at: as Pgpool-II, which asks each of them for this. */
    public CompletableFuture<List<NodeFacts>> looked() {
        return look.apply(isOlder() ? FAILOVER_MILLIS : LOOK_MILLIS).thenApply(done -> nodes());
    }

    private boolean isOlder() {
        return !config.get().get(AdministrationParameters.PGPOOL_COMPAT_VERSION).isAtLeast(CompatVersion.V4_7);
    }

    /** By id without gaps, unused ids included. */
    public List<NodeFacts> nodes() {
        return nodes(cluster.get());
    }

    /** The same for a view that the caller goes by. */
    public List<NodeFacts> nodes(ClusterView view) {
        PgpoolConfig now = config.get();
        boolean hasStandbys = now.get(BackendParameters.BACKEND_CLUSTERING_MODE).hasStandbys();
        boolean isLagTime =
                !now.get(ReplicationParameters.DELAY_THRESHOLD_BY_TIME).isZero();
        return view.nodes().stream()
                .map(node -> facts(node, node.id() == view.primary(), hasStandbys, isLagTime))
                .toList();
    }

    private NodeFacts facts(NodeView node, boolean isPrimary, boolean hasStandbys, boolean isLagTime) {
        boolean isUsed = node.status() != NodeStatus.UNUSED;
        return new NodeFacts(
                node.id(),
                isUsed ? node.address().host() : "",
                isUsed ? node.address().port() : 0,
                node.weight(),
                status(node.status()),
                role(isPrimary, hasStandbys),
                node.reachable(),
                hasStandbys ? serverRole(node) : role(isPrimary, false),
                selects(node.id()),
                isPrimary ? OptionalLong.of(0) : node.lagBytes(),
                node.lagTime(),
                isLagTime,
                node.replication().state(),
                node.replication().syncState(),
                node.statusSince(),
                node.readable(),
                node.draining(),
                node.detachedByAdministrator());
    }

    private static NodeFacts.Status status(NodeStatus status) {
        return switch (status) {
            case UNUSED -> NodeFacts.Status.UNUSED;
            case WAITING -> NodeFacts.Status.WAITING;
            case UP -> NodeFacts.Status.UP;
            case DOWN -> NodeFacts.Status.DOWN;
            case QUARANTINE -> NodeFacts.Status.QUARANTINE;
        };
    }

    private static NodeFacts.Role role(boolean isPrimary, boolean hasStandbys) {
        if (hasStandbys) {
            return isPrimary ? NodeFacts.Role.PRIMARY : NodeFacts.Role.STANDBY;
        }
        return isPrimary ? NodeFacts.Role.MAIN : NodeFacts.Role.REPLICA;
    }

    private NodeFacts.Role serverRole(NodeView node) {
        boolean isNotAsked =
                config.get().get(ReplicationParameters.SR_CHECK_PERIOD).isZero();
        if (!node.reachable() || isNotAsked && isOlder()) {
            return NodeFacts.Role.UNKNOWN;
        }
        return switch (node.role()) {
            case PRIMARY -> NodeFacts.Role.PRIMARY;
            case STANDBY -> NodeFacts.Role.STANDBY;
            case UNKNOWN -> NodeFacts.Role.UNKNOWN;
        };
    }

    /** What each node was sent, unused ids included. */
    public List<StatementFacts> statements() {
        return nodes().stream()
                .map(node -> new StatementFacts(
                        node,
                        node.selects(),
                        sent(node, StatementGroup.INSERT),
                        sent(node, StatementGroup.UPDATE),
                        sent(node, StatementGroup.DELETE),
                        sent(node, StatementGroup.DDL),
                        sent(node, StatementGroup.OTHER),
                        errors(node, ErrorSeverity.PANIC),
                        errors(node, ErrorSeverity.FATAL),
                        errors(node, ErrorSeverity.ERROR)))
                .toList();
    }

    private long sent(NodeFacts node, StatementGroup group) {
        return loops.stream().mapToLong(loop -> loop.sentOf(node.id(), group)).sum();
    }

    private long errors(NodeFacts node, ErrorSeverity severity) {
        return loops.stream()
                .mapToLong(loop -> loop.errors(node.id(), severity))
                .sum();
    }

    private long selects(int node) {
        return loops.stream()
                .mapToLong(loop -> loop.sentOf(node, StatementGroup.SELECT))
                .sum();
    }
}
