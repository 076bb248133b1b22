package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * pg_dump, with several connections that share a snapshot, sees the state of one moment, while clients write, one standby is
 * far behind, and another falls behind again and again. That the workers are on the node that exported the snapshot is told by
 * the servers' own logs.
 */
class ParallelDumpTest {
    private static final Pattern COPY = Pattern.compile("COPY (\\S+) \\(.*\\) FROM stdin;");
    private static final int DUMPS = 5;
    private static final int LAGGING = 2;

    private static LoginRole role;
    private static ServerLogs logs;

    @TempDir
    private Path directory;

    private TestProxy proxy;
    private Replay stumbling;
    private Replay paused;

    @BeforeAll
    static void create() {
        role = LoginRole.create("dumper");
        Bank.create(role);
        logs = new ServerLogs(Cluster.shared(), role.name());
    }

    @AfterAll
    static void drop() {
        Bank.drop();
        role.drop();
    }

    /** Reads of others go to any node, and to a new one with each statement. */
    @BeforeEach
    void start() {
        proxy = TestProxy.start("backend_weight0 = 1", "backend_weight2 = 1", "statement_level_load_balance = on");
        stumbling = Replay.stumbling(TestProxy.READ_NODE, 150);
        paused = Replay.paused(LAGGING);
    }

    @AfterEach
    void stop() {
        stumbling.close();
        paused.close();
        proxy.close();
        Cluster.awaitStandbys();
    }

    @Test
    void dumpsTakenUnderLoadAreOfOneMoment() {
        try (Bank bank = Bank.open(proxy, Connection.TRANSACTION_READ_COMMITTED)) {
            int before = -1;
            for (int i = 0; i < DUMPS; i++) {
                bank.awaitTransfers(20);
                int transfers = Bank.assertBalanced(dump("dump" + i, "-j", "4"));
                assertThat(transfers).isGreaterThan(before);
                before = transfers;
            }
        }
    }

    @Test
    void roleThatOnlyReadsDumpsOneMoment() {
        role.set("default_transaction_read_only", "on");
        try (Bank bank = Bank.open(proxy, Connection.TRANSACTION_READ_COMMITTED)) {
            bank.awaitTransfers(20);
            assertThat(Bank.assertBalanced(dump("dump", "-j", "4"))).isGreaterThanOrEqualTo(20);
        } finally {
            role.reset("default_transaction_read_only");
        }
    }

    @Test
    void serializableDeferrableDumpIsOfOneMoment() {
        try (Bank bank = Bank.open(proxy, Connection.TRANSACTION_SERIALIZABLE)) {
            bank.awaitTransfers(20);
            assertThat(Bank.assertBalanced(dump("dump", "-j", "4", "--serializable-deferrable")))
                    .isGreaterThanOrEqualTo(20);
        }
    }

    @ParameterizedTest
    @Tag("slow")
    @ValueSource(
            strings = {
                "user_redirect_preference_list = 'dumper:1'",
                "user_redirect_preference_list = 'dumper:standby'",
                "disable_load_balance_on_write = 'off'"
            })
    void dumpIsOfOneMomentWhereReadsAreToLeaveThePrimary(String setting) {
        try (TestProxy away = TestProxy.start(setting);
                Bank bank = Bank.open(away, Connection.TRANSACTION_READ_COMMITTED)) {
            bank.awaitTransfers(20);
            assertThat(Bank.assertBalanced(dump(away, "dump", "-j", "4"))).isGreaterThanOrEqualTo(20);
        }
    }

    @Test
    @Tag("slow")
    void dumpByOneConnectionIsOfOneMoment() {
        try (Bank bank = Bank.open(proxy, Connection.TRANSACTION_READ_COMMITTED)) {
            bank.awaitTransfers(20);
            assertThat(Bank.assertBalanced(dump("dump"))).isGreaterThanOrEqualTo(20);
        }
    }

    @Test
    void dumpWithASnapshotOfAnotherSessionHasWhatThatSees() throws SQLException {
        try (Bank bank = Bank.open(proxy, Connection.TRANSACTION_READ_COMMITTED);
                Connection connection = proxy.connect();
                Statement statement = connection.createStatement()) {
            bank.awaitTransfers(20);
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            String snapshot = first(statement, "SELECT pg_export_snapshot()");
            bank.awaitTransfers(20);
            int seen = Integer.parseInt(first(statement, "SELECT count(*) FROM bank.transfers"));
            int dumped = Bank.assertBalanced(dump("dump", "-j", "4", "--snapshot=" + snapshot));
            connection.commit();

            assertThat(dumped).isEqualTo(seen);
        }
    }

    @Test
    void readersThatShareASnapshotSeeOneMoment() throws SQLException {
        try (Bank bank = Bank.open(proxy, Connection.TRANSACTION_READ_COMMITTED);
                Connection exporting = proxy.connect();
                Statement exporter = exporting.createStatement()) {
            for (int round = 0; round < 10; round++) {
                bank.awaitTransfers(5);
                exporter.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
                String snapshot = first(exporter, "SELECT pg_export_snapshot()");
                bank.awaitTransfers(5);
                int seen = Bank.assertBalancedSums(exporter);
                for (int i = 0; i < 3; i++) {
                    try (Connection importing = proxy.connect();
                            Statement importer = importing.createStatement()) {
                        // something of a node's that it would read from otherwise
                        first(importer, "SELECT count(*) FROM bank.transfers");
                        importer.execute("BEGIN");
                        importer.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
                        importer.execute("SET TRANSACTION SNAPSHOT '" + snapshot + "'");
                        assertThat(Bank.assertBalancedSums(importer)).isEqualTo(seen);
                        assertThat(first(importer, "SELECT port FROM here")).isEqualTo(Cluster.port(Cluster.PRIMARY));
                        importer.execute("COMMIT");
                    }
                }
                exporter.execute("COMMIT");
            }
        }
    }

    @Test
    void repeatableReadOnTheStandbySeesOneMoment() throws SQLException {
        try (TestProxy away = TestProxy.start()
                        .knowing("here", "bank.transfers", "bank.entries")
                        .knowing(Bank.accountTables().toArray(String[]::new));
                Bank bank = Bank.open(away, Connection.TRANSACTION_READ_COMMITTED);
                Connection connection = away.connect();
                Statement statement = connection.createStatement()) {
            bank.awaitTransfers(5);
            for (int round = 0; round < 50; round++) {
                statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
                assertThat(first(statement, "SELECT port FROM here")).isEqualTo(Cluster.port(TestProxy.READ_NODE));
                Bank.assertBalancedSums(statement);
                assertThat(first(statement, "SELECT port FROM here")).isEqualTo(Cluster.port(TestProxy.READ_NODE));
                statement.execute("COMMIT");
            }
            bank.awaitTransfers(5);
        }
    }

    private static String first(Statement statement, String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private Map<String, List<String[]>> dump(String name, String... options) {
        return dump(proxy, name, options);
    }

    /** Dumps the bank through a proxy, which has to use one node for all; the rows of each table. */
    private Map<String, List<String[]>> dump(TestProxy through, String name, String... options) {
        Path to = directory.resolve(name);
        List<String> command = new ArrayList<>(List.of(External.postgresProgram("pg_dump"), "-Fd", "-n", "bank"));
        command.addAll(List.of("-h", "127.0.0.1", "-p", Integer.toString(through.port()), "-U", role.name()));
        command.addAll(List.of("-f", to.toString()));
        command.addAll(List.of(options));
        command.add(Cluster.USER);
        logs.forget();
        External.Ended ended = External.run(Map.of(), "", command).succeeded();

        assertThat(ended.err()).isEmpty();
        for (String table : Bank.accountTables()) {
            assertThat(logs.nodesThatRan("COPY " + table + " (id, balance) TO stdout;"))
                    .isEqualTo(Set.of(Cluster.PRIMARY));
        }
        assertThat(logs.nodesThatRan("COPY bank.entries (transfer, account, amount) TO stdout;"))
                .isEqualTo(Set.of(Cluster.PRIMARY));
        String pgRestore = External.postgresProgram("pg_restore");
        return rows(External.run(Map.of(), "", List.of(pgRestore, "-a", "-f", "-", to.toString()))
                .succeeded()
                .out());
    }

    private static Map<String, List<String[]>> rows(String script) {
        Map<String, List<String[]>> tables = new HashMap<>();
        List<String[]> current = null;
        for (String line : script.split("\n")) {
            Matcher copy = COPY.matcher(line);
            if (copy.matches()) {
                current = new ArrayList<>();
                tables.put(copy.group(1), current);
            } else if (line.equals("\\.")) {
                current = null;
            } else if (current != null) {
                current.add(line.split("\t"));
            }
        }
        return tables;
    }
}
