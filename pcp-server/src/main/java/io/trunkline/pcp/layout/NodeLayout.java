package io.trunkline.pcp.layout;

import io.trunkline.config.CompatVersion;
import io.trunkline.pcp.NodeFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** SHOW POOL_NODES, and the node info of PCP (Pgpool-II's manual, "SHOW POOL_NODES", "pcp_node_info"). */
public final class NodeLayout {
    /** What PCP multiplies weights with. */
    private static final double WEIGHT_UNIT = Integer.MAX_VALUE;

    /** What every row about a node begins with but those of SHOW POOL_NODES. */
    private static final List<String> HEAD = List.of("node_id", "hostname", "port", "status", "role");

    private final CompatVersion version;

    public NodeLayout(CompatVersion version) {
        this.version = version;
    }

    /**
     * SHOW POOL_NODES.
     *
     * @param readNode where the reads of the asking session go, -1 = not chosen yet
     */
    public Table show(List<NodeFacts> nodes, int readNode) {
        return new Table(
                columns(),
                nodes.stream()
                        .filter(NodeFacts::isUsed)
                        .map(node -> row(node, readNode))
                        .toList());
    }

    /** The columns of a table with a row for each node, of which these are the last. */
    static List<String> columnsWith(String... last) {
        List<String> columns = new ArrayList<>(HEAD);
        columns.addAll(List.of(last));
        return List.copyOf(columns);
    }

    /** Such a row. */
    List<String> rowWith(NodeFacts node, String... last) {
        List<String> row = new ArrayList<>(List.of(
                Texts.number(node.id()),
                node.host(),
                Texts.number(node.port()),
                node.status().text(),
                role(node)));
        row.addAll(List.of(last));
        return row;
    }

    private boolean hasServerColumns() {
        return version.isAtLeast(CompatVersion.V4_3);
    }

    private List<String> columns() {
        List<String> columns = new ArrayList<>(List.of("node_id", "hostname", "port", "status"));
        if (hasServerColumns()) {
            columns.add("pg_status");
        }
        columns.addAll(List.of("lb_weight", "role"));
        if (hasServerColumns()) {
            columns.add("pg_role");
        }
        columns.addAll(List.of(
                "select_cnt",
                "load_balance_node",
                "replication_delay",
                "replication_state",
                "replication_sync_state",
                "last_status_change"));
        return columns;
    }

    private List<String> row(NodeFacts node, int readNode) {
        List<String> row = new ArrayList<>(List.of(
                Texts.number(node.id()),
                node.host(),
                Texts.number(node.port()),
                node.status().text()));
        if (hasServerColumns()) {
            row.add(serverStatus(node));
        }
        row.addAll(List.of(Texts.decimal(node.weight()), role(node)));
        if (hasServerColumns()) {
            row.add(serverRole(node).text());
        }
        row.addAll(List.of(
                Texts.number(node.selects()),
                Boolean.toString(node.id() == readNode),
                delay(node),
                node.replicationState(),
                node.syncState(),
                Texts.time(node.since())));
        return row;
    }

    /** As Pgpool-II calls it: {@code master} and {@code slave} were the words where nothing replicates, up to 4.1. */
    private String role(NodeFacts node) {
        if (version.isAtLeast(CompatVersion.V4_2)) {
            return node.role().text();
        }
        return switch (node.role()) {
            case MAIN -> "master";
            case REPLICA -> "slave";
            default -> node.role().text();
        };
    }

    private static String serverStatus(NodeFacts node) {
        return !node.isWatched() ? "unknown" : node.reachable() ? "up" : "down";
    }

    private static NodeFacts.Role serverRole(NodeFacts node) {
        if (node.role() == NodeFacts.Role.MAIN || node.role() == NodeFacts.Role.REPLICA) {
            return node.role();
        }
        return node.isWatched() ? node.serverRole() : NodeFacts.Role.UNKNOWN;
    }

    private boolean isLagTime(NodeFacts node) {
        return version.isAtLeast(CompatVersion.V4_4) && node.isLagTime();
    }

    private String delay(NodeFacts node) {
        if (node.isPrimary()) {
            return "0";
        }
        return isLagTime(node)
                ? Texts.seconds(node.lagTime().orElse(Duration.ZERO))
                : Texts.number(node.lagBytes().orElse(0));
    }

    /**
     * The strings of PCP's node info, in the order in which they are sent: host, port, number of the status, weight, and
     * what the release adds to them.
     */
    public List<String> pcp(NodeFacts node) {
        List<String> fields = new ArrayList<>(List.of(
                node.host(),
                Texts.number(node.port()),
                Texts.number(node.status().number())));
        if (hasServerColumns()) {
            fields.add(Texts.flag(node.status() == NodeFacts.Status.QUARANTINE));
            fields.add(serverStatus(node));
        }
        fields.add(Texts.decimal(node.weight() * WEIGHT_UNIT));
        fields.add(Texts.number(roleNumber(node)));
        if (hasServerColumns()) {
            fields.add(serverRole(node).text());
        }
        if (version.isAtLeast(CompatVersion.V4_4)) {
            fields.add(Texts.flag(node.isLagTime()));
        }
        fields.add(Texts.number(pcpDelay(node)));
        fields.add(node.replicationState());
        fields.add(node.syncState());
        fields.add(Texts.number(node.isUsed() ? node.since().getEpochSecond() : 0));
        return fields;
    }

    private static int roleNumber(NodeFacts node) {
        return switch (node.role()) {
            case MAIN -> 0;
            case REPLICA -> 1;
            case PRIMARY -> 2;
            case STANDBY, UNKNOWN -> 3;
        };
    }

    private long pcpDelay(NodeFacts node) {
        if (node.isPrimary()) {
            return 0;
        }
        return isLagTime(node)
                ? node.lagTime().map(time -> time.toNanos() / 1000).orElse(0L)
                : node.lagBytes().orElse(0);
    }
}
