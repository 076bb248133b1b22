package io.trunkline.proxy.admin;

import io.trunkline.config.BackendParameters;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.ReplicationParameters;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.StatementFacts;
import io.trunkline.proxy.metrics.ErrorSeverity;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.StatementGroup;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** The nodes as administrators see them. Safe for any thread, and never blocks. */
public final class NodeSource {
    private final Supplier<ClusterView> cluster;
    private final Supplier<PgpoolConfig> config;
    private final List<LoopMetrics> loops;

    public NodeSource(Supplier<ClusterView> cluster, Supplier<PgpoolConfig> config, List<LoopMetrics> loops) {
        this.cluster = cluster;
        this.config = config;
        this.loops = loops;
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
                node.reachable() ? serverRole(node.role()) : NodeFacts.Role.UNKNOWN,
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

    private static NodeFacts.Role serverRole(NodeRole role) {
        return switch (role) {
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
