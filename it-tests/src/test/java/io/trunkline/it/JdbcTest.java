package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.io.StringWriter;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;
import org.postgresql.largeobject.LargeObject;
import org.postgresql.largeobject.LargeObjectManager;

class JdbcTest {
    private static TestProxy proxy;

    @BeforeAll
    static void start() throws SQLException {
        proxy = TestProxy.start().knowing("here");
        try (Connection connection = proxy.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE jdbc_rows (id serial PRIMARY KEY, word text)");
        }
    }

    @AfterAll
    static void stop() throws SQLException {
        try (Connection connection = proxy.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE jdbc_rows");
        }
        proxy.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "preferQueryMode=simple",
                "preferQueryMode=extended",
                "preferQueryMode=extendedForPrepared",
                "preferQueryMode=extendedCacheEverything&prepareThreshold=1",
                "prepareThreshold=1",
                "prepareThreshold=-1",
                "binaryTransfer=true&prepareThreshold=1",
                "autosave=always",
                "autosave=conservative&prepareThreshold=1",
                "assumeMinServerVersion=15&loadBalanceHosts=true"
            })
    void readsAndWritesInAndOutsideOfTransactions(String options) throws SQLException {
        proxy.knowing("here");
        try (Connection connection = proxy.connect(options);
                PreparedStatement read = connection.prepareStatement("SELECT ?::int + 1, port FROM here");
                PreparedStatement write =
                        connection.prepareStatement("SELECT ?::int + 1, port, nextval('counter') FROM here")) {
            for (int i = 0; i < 10; i++) {
                assertThat(row(read, i)).containsExactly(i + 1, portOf(TestProxy.READ_NODE));
                assertThat(row(write, i)).containsExactly(i + 1, portOf(Cluster.PRIMARY));
            }
            connection.setAutoCommit(false);
            assertThat(row(read, 0)).containsExactly(1, portOf(TestProxy.READ_NODE));
            for (int i = 0; i < 10; i++) {
                assertThat(row(write, i)).containsExactly(i + 1, portOf(Cluster.PRIMARY));
                assertThat(row(read, i)).containsExactly(i + 1, portOf(Cluster.PRIMARY));
            }
            connection.rollback();
            connection.setAutoCommit(true);
            assertThat(row(read, 1)).containsExactly(2, portOf(TestProxy.READ_NODE));
        }
    }

    @Test
    void readOnlyTransactionRunsOnTheStandby() throws SQLException {
        try (Connection connection = proxy.connect("readOnlyMode=transaction")) {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            try (PreparedStatement read = connection.prepareStatement("SELECT ?::int, port FROM here")) {
                assertThat(row(read, 1)).containsExactly(1, portOf(TestProxy.READ_NODE));
                assertThat(row(read, 2)).containsExactly(2, portOf(TestProxy.READ_NODE));
            }
            connection.commit();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "reWriteBatchedInserts=true", "prepareThreshold=1"})
    void batchesCountTheirRows(String options) throws SQLException {
        try (Connection connection = proxy.connect(options);
                PreparedStatement insert = connection.prepareStatement("INSERT INTO jdbc_rows (word) VALUES (?)")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 1000; i++) {
                insert.setString(1, "w" + i);
                insert.addBatch();
            }
            assertThat(insert.executeBatch()).hasSize(1000);
            try (Statement count = connection.createStatement();
                    ResultSet rows = count.executeQuery("SELECT count(*) FROM jdbc_rows")) {
                rows.next();
                assertThat(rows.getInt(1)).isEqualTo(1000);
            }
            connection.rollback();
        }
    }

    @Test
    void failedBatchTellsWhichAndTheSessionGoesOn() throws SQLException {
        try (Connection connection = proxy.connect();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO jdbc_rows (id) VALUES (?::int)")) {
            for (int i = 0; i < 300; i++) {
                insert.setString(1, i == 200 ? "x" : "-" + (i + 1));
                insert.addBatch();
            }
            assertThatThrownBy(insert::executeBatch)
                    .isInstanceOf(BatchUpdateException.class)
                    .hasMessageContaining("invalid input syntax");
            assertThat(connection.isValid(5)).isTrue();
        }
    }

    @Test
    void autosaveKeepsTheTransactionUsable() throws SQLException {
        try (Connection connection = proxy.connect("autosave=always&prepareThreshold=1");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("INSERT INTO jdbc_rows (word) VALUES ('kept')");
            assertThatThrownBy(() -> statement.execute("SELECT 1/0")).hasMessageContaining("division by zero");
            try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM jdbc_rows WHERE word = 'kept'")) {
                rows.next();
                assertThat(rows.getInt(1)).isEqualTo(1);
            }
            connection.rollback();
        }
    }

    @Test
    void fetchSizeReadsAPortalInParts() throws SQLException {
        try (Connection connection = proxy.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.setFetchSize(7);
            List<Integer> seen = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery("SELECT x FROM generate_series(1, 100) x");
                    Statement between = connection.createStatement()) {
                while (rows.next()) {
                    seen.add(rows.getInt(1));
                    if (seen.size() % 10 == 0) {
                        between.execute("SELECT 1");
                    }
                }
            }
            assertThat(seen).hasSize(100).startsWith(1).endsWith(100);
        }
    }

    @Test
    void generatedKeysComeBack() throws SQLException {
        try (Connection connection = proxy.connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO jdbc_rows (word) VALUES ('a'), ('b')", Statement.RETURN_GENERATED_KEYS)) {
            assertThat(insert.executeUpdate()).isEqualTo(2);
            try (ResultSet keys = insert.getGeneratedKeys()) {
                keys.next();
                int first = keys.getInt("id");
                keys.next();
                assertThat(keys.getInt("id")).isEqualTo(first + 1);
            }
            try (Statement clean = connection.createStatement()) {
                clean.execute("DELETE FROM jdbc_rows");
            }
        }
    }

    @Test
    void copyManagerCopiesBothWays() throws Exception {
        StringBuilder data = new StringBuilder();
        for (int i = 1; i <= 5_000; i++) {
            data.append(i).append("\tword").append(i).append('\n');
        }
        try (Connection connection = proxy.connect()) {
            connection.setAutoCommit(false);
            CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
            assertThat(copy.copyIn("COPY jdbc_rows FROM STDIN", new StringReader(data.toString())))
                    .isEqualTo(5_000);
            StringWriter back = new StringWriter();
            copy.copyOut("COPY (SELECT * FROM jdbc_rows ORDER BY id) TO STDOUT", back);
            assertThat(back.toString()).isEqualTo(data.toString());
            assertThatThrownBy(() -> copy.copyIn("COPY jdbc_rows FROM STDIN", new StringReader("x\ty\n")))
                    .hasMessageContaining("invalid input syntax");
            connection.rollback();
        }
    }

    @Test
    void largeObjectsWork() throws SQLException {
        byte[] content = new byte[300_000];
        new java.util.Random(1).nextBytes(content);
        try (Connection connection = proxy.connect()) {
            connection.setAutoCommit(false);
            LargeObjectManager objects = connection.unwrap(PGConnection.class).getLargeObjectAPI();
            long oid = objects.createLO();
            try (LargeObject object = objects.open(oid, LargeObjectManager.READWRITE)) {
                object.write(content);
                object.seek(0);
                assertThat(object.read(content.length)).isEqualTo(content);
            }
            objects.delete(oid);
            connection.commit();
        }
    }

    @Test
    void cancelEndsTheStatementAndNotTheSession() throws Exception {
        try (Connection connection = proxy.connect();
                Statement sleeping = connection.createStatement()) {
            CompletableFuture<Throwable> failed = CompletableFuture.supplyAsync(() -> {
                try {
                    sleeping.execute("SELECT pg_sleep(60) /* jdbc cancel */");
                    return new AssertionError("not cancelled");
                } catch (SQLException expected) {
                    return expected;
                }
            });
            Eventually.holds(() -> assertThat(
                            Cluster.backends(Cluster.PRIMARY, "query LIKE '%jdbc cancel%' AND state = 'active'"))
                    .isEqualTo(1));
            sleeping.cancel();

            assertThat(((SQLException) failed.get()).getSQLState()).isEqualTo("57014");
            assertThat(connection.isValid(5)).isTrue();
        }
    }

    @Test
    void queryTimeoutCancels() throws SQLException {
        try (Connection connection = proxy.connect();
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertThatThrownBy(() -> statement.execute("SELECT pg_sleep(60)"))
                    .hasMessageContaining("canceling statement due to user request");
            statement.setQueryTimeout(0);
            assertThat(statement.execute("SELECT 1")).isTrue();
        }
    }

    @Test
    void notificationsArrive() throws SQLException {
        try (Connection listening = proxy.connect();
                Connection notifying = proxy.connect();
                Statement listen = listening.createStatement();
                Statement notify = notifying.createStatement()) {
            listen.execute("LISTEN jdbc_channel");
            notify.execute("NOTIFY jdbc_channel, 'hello'");
            PGNotification[] got = listening.unwrap(PGConnection.class).getNotifications(10_000);

            assertThat(got).extracting(PGNotification::getParameter).containsExactly("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"primary", "preferPrimary", "any"})
    void serverTypeIsTakenForAPrimary(String type) throws SQLException {
        try (Connection connection = proxy.connect("targetServerType=" + type)) {
            assertThat(connection.isValid(5)).isTrue();
        }
    }

    @Test
    void serverTypeSecondaryDoesNotTakeUsForAStandby() {
        assertThatThrownBy(() -> proxy.connect("targetServerType=secondary").close())
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("secondary");
    }

    @Test
    void severalHostsInTheUrlWork() throws SQLException {
        int nobody = io.trunkline.localcluster.FreePorts.find(1).get(0);
        String url = "jdbc:postgresql://127.0.0.1:" + nobody + ",127.0.0.1:" + proxy.port()
                + "/app?user=app&targetServerType=primary";
        try (Connection connection = DriverManager.getConnection(url)) {
            assertThat(connection.isValid(5)).isTrue();
        }
    }

    @Test
    void showPoolNodesComesByTheExtendedProtocol() throws SQLException {
        try (Connection connection = proxy.connect("prepareThreshold=1");
                PreparedStatement show = connection.prepareStatement("SHOW POOL_NODES")) {
            for (int i = 0; i < 3; i++) {
                List<String> roles = new ArrayList<>();
                try (ResultSet rows = show.executeQuery()) {
                    assertThat(rows.getMetaData().getColumnCount()).isEqualTo(14);
                    while (rows.next()) {
                        roles.add(rows.getString("role"));
                        assertThat(rows.getString("port")).isEqualTo(Cluster.port(rows.getInt("node_id")));
                    }
                }
                assertThat(roles).containsExactly("primary", "standby", "standby");
                try (Statement statement = connection.createStatement();
                        ResultSet one = statement.executeQuery("SELECT 1")) {
                    assertThat(one.next()).isTrue();
                }
            }
        }
    }

    @Test
    void metadataCallsWork() throws SQLException {
        try (Connection connection = proxy.connect()) {
            DatabaseMetaData metadata = connection.getMetaData();
            assertThat(column(metadata.getTables(null, "public", "jdbc_rows", null), "TABLE_NAME"))
                    .containsExactly("jdbc_rows");
            assertThat(column(metadata.getColumns(null, "public", "jdbc_rows", null), "COLUMN_NAME"))
                    .containsExactly("id", "word");
            assertThat(column(metadata.getPrimaryKeys(null, "public", "jdbc_rows"), "COLUMN_NAME"))
                    .containsExactly("id");
            assertThat(column(metadata.getIndexInfo(null, "public", "jdbc_rows", false, false), "INDEX_NAME"))
                    .containsExactly("jdbc_rows_pkey");
            assertThat(column(metadata.getTypeInfo(), "TYPE_NAME")).contains("int4", "text");
            assertThat(metadata.getDatabaseMajorVersion())
                    .isEqualTo(Cluster.installation().major());
        }
    }

    private static List<String> column(ResultSet rows, String name) throws SQLException {
        List<String> values = new ArrayList<>();
        try (rows) {
            while (rows.next()) {
                values.add(rows.getString(name));
            }
        }
        return values;
    }

    private static int portOf(int node) {
        return Integer.parseInt(Cluster.port(node));
    }

    private static List<Integer> row(PreparedStatement statement, int parameter) throws SQLException {
        statement.setInt(1, parameter);
        try (ResultSet rows = statement.executeQuery()) {
            assertThat(rows.next()).isTrue();
            return List.of(rows.getInt(1), rows.getInt(2));
        }
    }
}
