package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The SHOW POOL and PGPOOL commands, as administrators and their programs use them. */
class ShowCommandsTest {
    private static final int PROCESSES = 6;
    private static final int POOLS = 2;

    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start("num_init_children = " + PROCESSES, "max_pool = " + POOLS, "health_check_period0 = 1");
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    private static List<List<String>> rows(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            List<List<String>> rows = new ArrayList<>();
            int columns = found.getMetaData().getColumnCount();
            while (found.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    assertThat(found.getMetaData().getColumnTypeName(i)).isEqualTo("text");
                    row.add(found.getString(i));
                }
                rows.add(row);
            }
            return rows;
        }
    }

    private static List<String> column(Connection connection, String sql, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (found.next()) {
                values.add(found.getString(name));
            }
            return values;
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SHOW POOL_NODES",
                "SHOW POOL_PROCESSES",
                "SHOW POOL_POOLS",
                "SHOW POOL_VERSION",
                "SHOW POOL_CACHE",
                "SHOW POOL_STATUS",
                "SHOW POOL_HEALTH_CHECK_STATS",
                "SHOW POOL_BACKEND_STATS",
                "SHOW POOL_SESSIONS",
                "PGPOOL SHOW ALL",
                "PGPOOL SHOW port",
                "PGPOOL SHOW backend"
            })
    void everyCommandIsAnsweredByBothProtocols(String command) throws SQLException {
        List<List<String>> extended;
        List<List<String>> simple;
        try (Connection connection = proxy.connect("prepareThreshold=1")) {
            rows(connection, command);
            extended = rows(connection, command);
        }
        try (Connection connection = proxy.connect("preferQueryMode=simple")) {
            simple = rows(connection, command);
        }
        assertThat(extended).isNotEmpty().hasSameSizeAs(simple);
        assertThat(extended.get(0)).hasSameSizeAs(simple.get(0));
        assertThat(External.psql(proxy, command + ";").succeeded().out()).isNotEmpty();
    }

    @Test
    void theStatusOfTheTransactionIsTold() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.run("BEGIN");
            assertThat(lastStatus(client, "SHOW POOL_PROCESSES")).isEqualTo('T');
            assertThat(lastStatus(client, "PGPOOL SET client_idle_limit TO 1000"))
                    .isEqualTo('T');
            assertThat(lastStatus(client, "PGPOOL SET port TO 1"))
                    .as("an error of ours fails no transaction")
                    .isEqualTo('T');
            client.run("SELECT 1/0");
            assertThat(lastStatus(client, "SHOW POOL_NODES"))
                    .as("also in a failed one")
                    .isEqualTo('E');
            client.run("ROLLBACK");
            assertThat(lastStatus(client, "PGPOOL SHOW client_idle_limit")).isEqualTo('I');
        }
    }

    private static char lastStatus(RawClient client, String sql) throws IOException {
        List<RawMessage> answer = client.run(sql);
        return (char) answer.get(answer.size() - 1).body()[0];
    }

    @Test
    void aTransactionOfADriverGoesOnAfterThem() throws SQLException {
        try (Connection connection = proxy.connect()) {
            connection.setAutoCommit(false);
            execute(connection, "CREATE TEMPORARY TABLE shown (a int)");
            rows(connection, "SHOW POOL_POOLS");
            assertThatThrownBy(() -> execute(connection, "PGPOOL SHOW nonsense"))
                    .hasMessageContaining("config variable \"nonsense\" not found");
            execute(connection, "INSERT INTO shown VALUES (1)");
            connection.commit();
            assertThat(rows(connection, "SELECT count(*)::text FROM shown")).containsExactly(List.of("1"));
        }
    }

    @Test
    void processesAreThePlacesForSessions() throws SQLException {
        try (Connection one = proxy.connect("ApplicationName=first");
                Connection other = proxy.connect()) {
            execute(other, "SELECT 42");
            assertThat(rows(one, "SHOW POOL_PROCESSES")).hasSize(PROCESSES);
            assertThat(column(one, "SHOW POOL_PROCESSES", "pool_pid")).doesNotHaveDuplicates();
            // the sessions of tests before may have to end yet
            Eventually.holds(() -> assertThat(column(one, "SHOW POOL_PROCESSES", "database"))
                    .filteredOn(database -> !database.isEmpty())
                    .hasSize(2)
                    .containsOnly(Cluster.USER));
            assertThat(column(one, "SHOW POOL_PROCESSES", "status"))
                    .filteredOn(status -> !status.equals("Wait for connection"))
                    .containsExactlyInAnyOrder("Execute command", "Idle");
            other.setAutoCommit(false);
            execute(other, "SELECT 43");
            assertThat(column(one, "SHOW POOL_PROCESSES", "status")).contains("Idle in transaction");

            int nodes = rows(one, "SHOW POOL_NODES").size();
            assertThat(rows(one, "SHOW POOL_POOLS")).hasSize(PROCESSES * POOLS * nodes);
            assertThat(column(one, "SHOW POOL_POOLS", "statement")).contains("select ?");
            Eventually.holds(() -> assertThat(openBackends(one)).isEqualTo(serverConnections()));
        }
    }

    private static long openBackends(Connection connection) throws SQLException {
        return column(connection, "SHOW POOL_POOLS", "pool_backendpid").stream()
                .filter(pid -> !pid.equals("0"))
                .count();
    }

    private static long serverConnections() {
        return IntStream.range(0, Cluster.shared().nodes().size())
                .map(node -> proxy.server().pool().open(node))
                .sum();
    }

    @Test
    void ownSessionsAreShownWithWhatTheyDo() throws SQLException {
        try (Connection connection = proxy.connect("ApplicationName=watched")) {
            execute(connection, "DO $$ BEGIN CREATE TEMPORARY TABLE pinning (secret text); END $$");
            execute(connection, "INSERT INTO pinning VALUES ('hidden')");
            try (Statement statement = connection.createStatement();
                    ResultSet sessions = statement.executeQuery("SHOW POOL_SESSIONS")) {
                // those of tests before may have to end yet
                assertThat(moveTo(sessions, "application_name", "watched")).isTrue();
                assertThat(sessions.getString("statement")).isEqualTo("insert into pinning values (?)");
                assertThat(sessions.getInt("pinned_to")).isEqualTo(Cluster.PRIMARY);
                assertThat(sessions.getLong("bytes_from_client")).isPositive();
            }
        }
    }

    private static boolean moveTo(ResultSet rows, String column, String value) throws SQLException {
        while (rows.next()) {
            if (rows.getString(column).equals(value)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void statementsAreCountedByNodeAndKind() throws SQLException {
        try (Connection connection = proxy.connect()) {
            String stats = "SHOW POOL_BACKEND_STATS";
            long inserts =
                    Long.parseLong(column(connection, stats, "insert_cnt").get(Cluster.PRIMARY));
            long errors = Long.parseLong(column(connection, stats, "error_cnt").get(Cluster.PRIMARY));
            execute(connection, "CREATE TEMPORARY TABLE counted (a int)");
            execute(connection, "INSERT INTO counted VALUES (1)");
            execute(connection, "INSERT INTO counted VALUES (2)");
            assertThatThrownBy(() -> execute(connection, "INSERT INTO counted VALUES (1/0)"))
                    .isInstanceOf(SQLException.class);
            assertThat(column(connection, stats, "insert_cnt").get(Cluster.PRIMARY))
                    .isEqualTo(Long.toString(inserts + 3));
            assertThat(column(connection, stats, "error_cnt").get(Cluster.PRIMARY))
                    .isEqualTo(Long.toString(errors + 1));
        }
    }

    @Test
    void healthChecksAreCounted() throws SQLException {
        try (Connection connection = proxy.connect()) {
            Eventually.holds(() -> assertThat(column(connection, "SHOW POOL_HEALTH_CHECK_STATS", "success_count")
                            .get(0))
                    .isNotEqualTo("0"));
            assertThat(column(connection, "SHOW POOL_HEALTH_CHECK_STATS", "last_successful_health_check")
                            .get(0))
                    .isNotEmpty();
        }
    }

    @Test
    void anIdleLimitOfTheSessionsOwnHolds() throws SQLException {
        try (Connection patient = proxy.connect();
                Connection hasty = proxy.connect()) {
            execute(hasty, "PGPOOL SET client_idle_limit TO 3");
            assertThat(rows(hasty, "PGPOOL SHOW client_idle_limit")).containsExactly(List.of("3s"));
            assertThat(rows(patient, "PGPOOL SHOW client_idle_limit")).containsExactly(List.of("0"));
            Eventually.isTrue("the session is ended", () -> {
                List<String> databases = column(patient, "SHOW POOL_PROCESSES", "database");
                return databases.stream()
                                .filter(database -> !database.isEmpty())
                                .count()
                        == 1;
            });
            assertThatThrownBy(() -> rows(hasty, "SELECT 1")).isInstanceOf(SQLException.class);
            execute(patient, "SELECT 1");
        }
    }

    @Test
    void otherUsersSeeTheirOwnOnceSomebodyIsNamed() throws SQLException {
        try (TestProxy guarded = TestProxy.start("stats_users = '" + Cluster.USER + "'", "num_init_children = 4");
                Connection watcher = guarded.connect();
                Connection other = guarded.connectAs(Cluster.MD5_USER, Cluster.PASSWORD)) {
            execute(other, "PGPOOL SET log_statement = on");
            assertThat(column(watcher, "SHOW POOL_PROCESSES", "username")).contains(Cluster.USER, Cluster.MD5_USER);
            assertThat(column(watcher, "SHOW POOL_SESSIONS", "username")).contains(Cluster.USER, Cluster.MD5_USER);
            assertThat(column(other, "SHOW POOL_PROCESSES", "username"))
                    .hasSize(4)
                    .containsOnly("", Cluster.MD5_USER);
            assertThat(column(other, "SHOW POOL_POOLS", "username")).containsOnly("", Cluster.MD5_USER);
            assertThat(column(other, "SHOW POOL_SESSIONS", "username")).containsOnly(Cluster.MD5_USER);
        }
    }

    @Test
    void onceAnAdminIsNamedOthersDoNotChangeWhatIsLogged() throws SQLException {
        try (TestProxy guarded = TestProxy.start(
                        "admin_users = '" + Cluster.USER + "'", "stats_users = '" + Cluster.MD5_USER + "'");
                Connection admin = guarded.connect();
                Connection other = guarded.connectAs(Cluster.MD5_USER, Cluster.PASSWORD)) {
            execute(admin, "PGPOOL SET log_statement = on");
            assertThat(rows(admin, "PGPOOL SHOW log_statement")).containsExactly(List.of("on"));
            assertThatThrownBy(() -> execute(other, "PGPOOL SET log_statement = on"))
                    .hasMessageContaining("permission denied to set parameter \"log_statement\"");
            assertThat(column(other, "SHOW POOL_SESSIONS", "username")).contains(Cluster.USER, Cluster.MD5_USER);
        }
    }

    @Test
    void theReadNodeIsShownBeforeTheFirstRead() throws SQLException {
        try (Connection connection = proxy.connect()) {
            assertThat(column(connection, "SHOW POOL_NODES", "load_balance_node")
                            .get(TestProxy.READ_NODE))
                    .isEqualTo("true");
        }
    }

    @Test
    void anOlderReleaseHasItsOwnColumns() throws SQLException {
        try (TestProxy old = TestProxy.start("pgpool_compat_version = 4.1");
                Connection connection = old.connect()) {
            assertThat(rows(connection, "SHOW POOL_NODES").get(0)).hasSize(12);
            assertThat(rows(connection, "SHOW POOL_PROCESSES").get(0)).hasSize(6);
            assertThat(rows(connection, "SHOW POOL_POOLS").get(0)).hasSize(12);
            assertThat(rows(connection, "SHOW POOL_VERSION").get(0).get(0)).startsWith("4.1.17 (karasukiboshi)");
        }
    }
}
