package io.trunkline.pcp.layout;

import io.trunkline.config.CompatVersion;
import io.trunkline.pcp.ProcessFacts;
import io.trunkline.pcp.ProcessFacts.Client;
import io.trunkline.pcp.ProcessFacts.Connection;
import io.trunkline.pcp.ProcessList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * SHOW POOL_PROCESSES and SHOW POOL_POOLS; PCP's process info are the rows of the latter.
 *
 * <p>A process has a row in SHOW POOL_POOLS for each pool and node, also where it has no connection.
 */
public final class ProcessLayout {
    private final boolean hasStatus;
    private final boolean hasReadNode;
    private final boolean hasClient;

    public ProcessLayout(CompatVersion version) {
        this.hasStatus = version.isAtLeast(CompatVersion.V4_3);
        this.hasReadNode = version.isAtLeast(CompatVersion.V4_5);
        this.hasClient = version.isAtLeast(CompatVersion.V4_7);
    }

    /** SHOW POOL_PROCESSES. */
    public Table processes(ProcessList list) {
        List<String> columns = hasStatus
                ? List.of(
                        "pool_pid",
                        "start_time",
                        "client_connection_count",
                        "database",
                        "username",
                        "backend_connection_time",
                        "pool_counter",
                        "status")
                : List.of("pool_pid", "start_time", "database", "username", "create_time", "pool_counter");
        return new Table(
                columns, list.processes().stream().map(this::processRow).toList());
    }

    private List<String> processRow(ProcessFacts process) {
        Optional<Client> client = process.client();
        Optional<Connection> connection =
                process.connections().stream().filter(Connection::inUse).min(Comparator.comparingInt(Connection::node));
        List<String> row = new ArrayList<>(start(process));
        row.add(client.map(Client::database).orElse(""));
        row.add(client.map(Client::user).orElse(""));
        row.add(Texts.time(connection.map(Connection::connectedAt)));
        row.add(connection.map(one -> Texts.number(one.uses())).orElse(""));
        if (hasStatus) {
            row.add(process.status().text());
        }
        return row;
    }

    private List<String> start(ProcessFacts process) {
        String pid = Texts.number(process.pid());
        String startedAt = Texts.time(process.startedAt());
        return hasStatus ? List.of(pid, startedAt, Texts.number(process.clients())) : List.of(pid, startedAt);
    }

    /** SHOW POOL_POOLS. */
    public Table pools(ProcessList list) {
        return new Table(
                poolColumns(),
                list.processes().stream()
                        .flatMap(process -> poolRows(list, process).stream())
                        .toList());
    }

    private List<String> poolColumns() {
        List<String> columns = new ArrayList<>(List.of("pool_pid", "start_time"));
        if (hasStatus) {
            columns.add("client_connection_count");
        }
        columns.addAll(List.of("pool_id", "backend_id", "database", "username"));
        columns.addAll(
                hasStatus
                        ? List.of(
                                "backend_connection_time",
                                "client_connection_time",
                                "client_disconnection_time",
                                "client_idle_duration")
                        : List.of("create_time"));
        columns.addAll(List.of("majorversion", "minorversion", "pool_counter", "pool_backendpid", "pool_connected"));
        if (hasStatus) {
            columns.add("status");
        }
        if (hasReadNode) {
            columns.add("load_balance_node");
        }
        if (hasClient) {
            columns.addAll(List.of("client_host", "client_port", "statement"));
        }
        return columns;
    }

    /** The rows of one process: pool by pool, in each node by node. PCP sends the same texts, in the same order. */
    public List<List<String>> poolRows(ProcessList list, ProcessFacts process) {
        @Nullable Connection[] byPlace = new Connection[list.pools() * list.nodes()];
        for (Connection connection : process.connections()) {
            byPlace[connection.pool() * list.nodes() + connection.node()] = connection;
        }
        List<List<String>> rows = new ArrayList<>(byPlace.length);
        for (int place = 0; place < byPlace.length; place++) {
            rows.add(poolRow(list, process, place / list.nodes(), place % list.nodes(), byPlace[place]));
        }
        return rows;
    }

    private List<String> poolRow(
            ProcessList list, ProcessFacts process, int pool, int node, @Nullable Connection connection) {
        Optional<Client> client = connection != null && connection.inUse() ? process.client() : Optional.empty();
        List<String> row = new ArrayList<>(start(process));
        row.add(Texts.number(pool));
        row.add(Texts.number(node));
        row.add(connection == null ? "" : connection.database());
        row.add(connection == null ? "" : connection.user());
        row.add(connection == null ? "" : Texts.time(connection.connectedAt()));
        if (hasStatus) {
            row.add(Texts.time(client.map(Client::connectedAt)));
            row.add(connection == null ? "" : Texts.time(connection.disconnectedAt()));
            row.add(idle(list.idleLimit(), client));
        }
        row.add(connection == null ? "0" : Texts.number(connection.major()));
        row.add(connection == null ? "0" : Texts.number(connection.minor()));
        row.add(connection == null ? "0" : Texts.number(connection.uses()));
        row.add(connection == null ? "0" : Texts.number(connection.serverPid()));
        row.add(Texts.flag(client.isPresent()));
        if (hasStatus) {
            row.add(process.status().text());
        }
        if (hasReadNode) {
            row.add(Texts.flag(connection != null && connection.readsHere()));
        }
        if (hasClient) {
            row.add(client.map(Client::host).orElse(""));
            row.add(client.map(Client::port).orElse(""));
            row.add(client.map(Client::statement).orElse(""));
        }
        return row;
    }

    private static String idle(Duration limit, Optional<Client> client) {
        long idle = client.map(one -> one.idle().toSeconds()).orElse(0L);
        if (limit.isZero() || client.isEmpty()) {
            return Texts.number(idle);
        }
        long left = Math.max(0, limit.toSeconds() - idle);
        return idle + " (" + left / 60 + ":" + (left % 60 < 10 ? "0" : "") + left % 60 + " before client disconnected)";
    }
}
