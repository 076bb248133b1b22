package io.trunkline.proxy;

import io.trunkline.config.BackendParameters;
import io.trunkline.config.ReplicationParameters;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.session.LocalCommands;
import io.trunkline.proxy.session.LocalResult;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Answers SHOW POOL_NODES and SHOW POOL_VERSION in the columns of Pgpool-II 4.7 (its manual, "SQL type commands"). */
final class ShowCommands implements LocalCommands {
    static final List<String> NODE_COLUMNS = List.of(
            "node_id",
            "hostname",
            "port",
            "status",
            "pg_status",
            "lb_weight",
            "role",
            "pg_role",
            "select_cnt",
            "load_balance_node",
            "replication_delay",
            "replication_state",
            "replication_sync_state",
            "last_status_change");

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

    private static final double NANOS = 1e9;

    private final ProxyServer server;

    ShowCommands(ProxyServer server) {
        this.server = server;
    }

    @Override
    public LocalResult answer(String command, int readNode) {
        return switch (command) {
            case "pool_nodes" -> nodes(readNode);
            case "pool_version" -> LocalResult.table(List.of("pool_version"), List.of(List.of(Version.POOL_VERSION)));
            default ->
                LocalResult.error(ServerMessage.error(
                        SqlState.FEATURE_NOT_SUPPORTED, "SHOW " + command + " is not known to Trunkline"));
        };
    }

    private LocalResult nodes(int readNode) {
        ClusterView cluster = server.cluster();
        List<List<String>> rows = new ArrayList<>();
        for (NodeView node : cluster.nodes()) {
            if (node.status() != NodeStatus.UNUSED) {
                rows.add(row(node, cluster, readNode));
            }
        }
        return LocalResult.table(NODE_COLUMNS, rows);
    }

    private List<String> row(NodeView node, ClusterView cluster, int readNode) {
        boolean isPrimary = cluster.primary() == node.id();
        boolean hasStandbys =
                server.config().get(BackendParameters.BACKEND_CLUSTERING_MODE).hasStandbys();
        String role =
                hasStandbys ? (isPrimary ? NodeRole.PRIMARY : NodeRole.STANDBY).text() : isPrimary ? "main" : "replica";
        NodeRole seen = node.reachable() ? node.role() : NodeRole.UNKNOWN;
        return List.of(
                Integer.toString(node.id()),
                node.address().host(),
                Integer.toString(node.address().port()),
                node.status().text(),
                serverStatus(node),
                String.format(Locale.ROOT, "%f", node.weight()),
                role,
                hasStandbys ? (node.detachedByAdministrator() ? NodeRole.UNKNOWN : seen).text() : role,
                Long.toString(reads(node.id())),
                Boolean.toString(node.id() == readNode),
                delay(node, isPrimary),
                node.replication().state(),
                node.replication().syncState(),
                TIME.format(node.statusSince()));
    }

    /** Nobody asks a server that an administrator has detached. */
    private static String serverStatus(NodeView node) {
        return node.detachedByAdministrator() ? NodeRole.UNKNOWN.text() : node.reachable() ? "up" : "down";
    }

    /** In bytes; where delay_threshold_by_time is in force, in seconds. */
    private String delay(NodeView node, boolean isPrimary) {
        boolean byTime = !server.config()
                .get(ReplicationParameters.DELAY_THRESHOLD_BY_TIME)
                .isZero();
        if (!byTime || isPrimary) {
            return Long.toString(isPrimary ? 0 : node.lagBytes().orElse(0));
        }
        double seconds = node.lagTime().orElse(Duration.ZERO).toNanos() / NANOS;
        return String.format(Locale.ROOT, seconds < 2 ? "%.6f second" : "%.6f seconds", seconds);
    }

    private long reads(int node) {
        return server.loopMetrics().stream()
                .mapToLong(loop -> loop.statements(node, Destination.READ))
                .sum();
    }
}
