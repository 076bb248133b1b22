package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.BatchUpdateException;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What pgjdbc does of its own accord, and on which node it is done: portals, savepoints, batches, calls. */
class JdbcHabitsTest {
    private static final String READ = "SELECT port, x FROM here, generate_series(1, 100) x";
    private static final int HERE_READ = Integer.parseInt(Cluster.port(TestProxy.READ_NODE));
    private static final int HERE_WRITE = Integer.parseInt(Cluster.port(Cluster.PRIMARY));

    private static TestProxy proxy;

    @BeforeAll
    static void start() throws SQLException {
        proxy = TestProxy.start();
        execute("CREATE TABLE habits (id int PRIMARY KEY, word text)");
        execute("CREATE FUNCTION habits_sum(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 + $2'");
        execute("CREATE FUNCTION habits_put(int) RETURNS int LANGUAGE sql"
                + " AS 'INSERT INTO habits VALUES ($1) RETURNING id'");
        execute("CREATE PROCEDURE habits_store(INOUT id int) LANGUAGE plpgsql"
                + " AS 'BEGIN INSERT INTO habits VALUES (id); id := id + 1; END'");
        Cluster.awaitStandbys();
    }

    @AfterAll
    static void stop() throws SQLException {
        execute("DROP TABLE habits");
        execute("DROP FUNCTION habits_sum, habits_put");
        execute("DROP PROCEDURE habits_store");
        proxy.close();
    }

    @BeforeEach
    void know() {
        proxy.knowing("here", "habits");
        // also whether this driver's transactions may be on several nodes
        Eventually.holds(() -> {
            try (Connection connection = proxy.connect()) {
                connection.setAutoCommit(false);
                assertThat(number(connection, "SELECT port FROM here")).isEqualTo(HERE_READ);
                connection.rollback();
            }
        });
    }

    @AfterEach
    void empty() throws SQLException {
        execute("DELETE FROM habits");
    }

    // ---- portals

    @ParameterizedTest
    @ValueSource(strings = {"", "prepareThreshold=1", "prepareThreshold=-1&binaryTransfer=true", "autosave=always"})
    void portalOnTheStandbyIsReadOnWhileTheTransactionWrites(String options) throws SQLException {
        try (Connection connection = proxy.connect(options);
                PreparedStatement read = connection.prepareStatement(READ);
                PreparedStatement insert = connection.prepareStatement("INSERT INTO habits VALUES (?, ?)")) {
            connection.setAutoCommit(false);
            for (int round = 0; round < 3; round++) {
                read.setFetchSize(7);
                List<Integer> seen = new ArrayList<>();
                try (ResultSet rows = read.executeQuery()) {
                    while (rows.next()) {
                        assertThat(rows.getInt(1)).isEqualTo(HERE_READ);
                        seen.add(rows.getInt(2));
                        if (seen.size() % 20 == 0) {
                            insert.setInt(1, 1000 * round + seen.size());
                            insert.setString(2, "w");
                            assertThat(insert.executeUpdate()).isEqualTo(1);
                        }
                    }
                }
                assertThat(seen).isEqualTo(oneTo(100));
                assertThat(number(connection, "SELECT count(*) FROM habits")).isEqualTo(5);
                connection.rollback();
            }
        }
    }

    @Test
    void twoPortalsOnTwoNodesAreReadInTurns() throws SQLException {
        try (Connection connection = proxy.connect();
                Statement first = connection.createStatement();
                Statement second = connection.createStatement()) {
            connection.setAutoCommit(false);
            first.setFetchSize(10);
            second.setFetchSize(10);
            try (ResultSet onStandby = first.executeQuery(READ)) {
                execute(connection, "INSERT INTO habits VALUES (1)");
                try (ResultSet onPrimary = second.executeQuery(READ)) {
                    for (int i = 1; i <= 100; i++) {
                        assertThat(onStandby.next() && onPrimary.next()).isTrue();
                        assertThat(onStandby.getInt(1)).isEqualTo(HERE_READ);
                        assertThat(onPrimary.getInt(1)).isEqualTo(HERE_WRITE);
                        assertThat(onStandby.getInt(2)).isEqualTo(i);
                        assertThat(onPrimary.getInt(2)).isEqualTo(i);
                    }
                    assertThat(onStandby.next() || onPrimary.next()).isFalse();
                }
            }
            connection.commit();
        }
        try (Connection connection = proxy.connect()) {
            assertThat(number(connection, "SELECT count(*), nextval('counter') FROM habits"))
                    .isEqualTo(1);
        }
    }

    @Test
    void portalOutlivesASavepointThatIsRolledBack() throws SQLException {
        try (Connection connection = proxy.connect();
                Statement read = connection.createStatement()) {
            connection.setAutoCommit(false);
            read.setFetchSize(10);
            try (ResultSet rows = read.executeQuery(READ)) {
                assertThat(rows.next()).isTrue();
                Savepoint savepoint = connection.setSavepoint();
                execute(connection, "INSERT INTO habits VALUES (1)");
                assertThatThrownBy(() -> execute(connection, "INSERT INTO habits VALUES (1)"))
                        .hasMessageContaining("duplicate key");
                connection.rollback(savepoint);
                int count = 1;
                while (rows.next()) {
                    assertThat(rows.getInt(2)).isEqualTo(++count);
                }
                assertThat(count).isEqualTo(100);
            }
            assertThat(number(connection, "SELECT count(*), nextval('counter') FROM habits"))
                    .isZero();
            connection.commit();
        }
    }

    @Test
    void portalOfARolledBackTransactionIsNotReadOn() throws SQLException {
        try (Connection connection = proxy.connect();
                Statement read = connection.createStatement()) {
            connection.setAutoCommit(false);
            read.setFetchSize(10);
            try (ResultSet rows = read.executeQuery(READ)) {
                connection.rollback();
                assertThatThrownBy(() -> {
                            while (rows.next()) {
                                assertThat(rows.getInt(2)).isLessThanOrEqualTo(10);
                            }
                        })
                        .isInstanceOf(SQLException.class);
            }
            connection.rollback();
            assertThat(number(connection, "SELECT port FROM here")).isEqualTo(HERE_READ);
        }
    }

    @Test
    void resultThatIsHeldOverTheCommitKeepsItsRows() throws SQLException {
        try (Connection connection = proxy.connect();
                Statement read = connection.createStatement(
                        ResultSet.TYPE_SCROLL_INSENSITIVE,
                        ResultSet.CONCUR_READ_ONLY,
                        ResultSet.HOLD_CURSORS_OVER_COMMIT)) {
            connection.setAutoCommit(false);
            read.setFetchSize(10);
            try (ResultSet rows = read.executeQuery(READ)) {
                assertThat(rows.next()).isTrue();
                execute(connection, "INSERT INTO habits VALUES (1)");
                connection.commit();
                assertThat(rows.last()).isTrue();
                assertThat(rows.getInt(1)).isEqualTo(HERE_READ);
                assertThat(rows.getInt(2)).isEqualTo(100);
            }
        }
    }

    // ---- prepared statements and savepoints

    @ParameterizedTest
    @ValueSource(ints = {1, 5, -1})
    void statementIsPreparedOnTheServerWithoutChangingItsNode(int threshold) throws SQLException {
        try (Connection connection = proxy.connect("prepareThreshold=" + threshold);
                PreparedStatement read = connection.prepareStatement("SELECT port, ?::int FROM here")) {
            for (int i = 0; i < 12; i++) {
                connection.setAutoCommit(true);
                assertThat(row(read, i)).containsExactly(HERE_READ, i);
                connection.setAutoCommit(false);
                assertThat(row(read, i)).containsExactly(HERE_READ, i);
                execute(connection, "INSERT INTO habits VALUES (" + i + ")");
                assertThat(row(read, i)).containsExactly(HERE_WRITE, i);
                connection.commit();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "&prepareThreshold=1", "&preferQueryMode=extendedForPrepared", "&cleanupSavepoints=true"})
    void savepointsOfAutosaveLeaveReadsOnTheStandbyUntilAWrite(String options) throws SQLException {
        try (Connection connection = proxy.connect("autosave=always" + options);
                PreparedStatement read = connection.prepareStatement("SELECT port, ?::int FROM here")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 8; i++) {
                assertThat(row(read, i)).containsExactly(HERE_READ, i);
            }
            assertThatThrownBy(() -> number(connection, "SELECT port / 0 FROM here"))
                    .hasMessageContaining("division by zero");
            assertThat(row(read, 8)).containsExactly(HERE_READ, 8);
            execute(connection, "INSERT INTO habits VALUES (1)");
            assertThatThrownBy(() -> execute(connection, "INSERT INTO habits VALUES (1)"))
                    .hasMessageContaining("duplicate key");
            assertThat(row(read, 9)).containsExactly(HERE_WRITE, 9);
            assertThat(number(connection, "SELECT count(*) FROM habits")).isEqualTo(1);
            connection.commit();
        }
    }

    // ---- batches

    @ParameterizedTest
    @ValueSource(strings = {"", "reWriteBatchedInserts=true", "prepareThreshold=1", "autosave=always"})
    void batchWithAnErrorInTheMiddleKeepsNothingInATransaction(String options) throws SQLException {
        try (Connection connection = proxy.connect(options);
                PreparedStatement insert = connection.prepareStatement("INSERT INTO habits VALUES (?, ?)")) {
            connection.setAutoCommit(false);
            assertThat(number(connection, "SELECT port FROM here")).isEqualTo(HERE_READ);
            for (int i = 0; i < 200; i++) {
                insert.setInt(1, i == 150 ? 7 : i);
                insert.setString(2, "w" + i);
                insert.addBatch();
            }
            assertThatThrownBy(insert::executeBatch)
                    .isInstanceOfSatisfying(
                            BatchUpdateException.class,
                            failure -> assertThat(failure.getSQLState()).isEqualTo("23505"));
            connection.rollback();
            assertThat(number(connection, "SELECT count(*), nextval('counter') FROM habits"))
                    .isZero();
            connection.rollback();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "reWriteBatchedInserts=true", "prepareThreshold=1"})
    void batchOfDifferentStatementsCountsEach(String options) throws SQLException {
        try (Connection connection = proxy.connect(options);
                Statement batch = connection.createStatement()) {
            for (int i = 0; i < 60; i++) {
                batch.addBatch("INSERT INTO habits VALUES (" + i + ", 'w')");
            }
            batch.addBatch("UPDATE habits SET word = 'changed' WHERE id < 10");
            batch.addBatch("DELETE FROM habits WHERE id >= 50");
            int[] counts = batch.executeBatch();

            assertThat(counts).hasSize(62);
            assertThat(Arrays.copyOf(counts, 60)).containsOnly(1);
            assertThat(counts[60]).isEqualTo(10);
            assertThat(counts[61]).isEqualTo(10);
            assertThat(number(connection, "SELECT count(*), nextval('counter') FROM habits WHERE word = 'changed'"))
                    .isEqualTo(10);
        }
    }

    // ---- calls

    @Test
    void functionsAndProceduresAreCalled() throws SQLException {
        try (Connection connection = proxy.connect("escapeSyntaxCallMode=callIfNoReturn")) {
            for (int i = 0; i < 8; i++) {
                try (CallableStatement sum = connection.prepareCall("{? = call habits_sum(?, ?)}")) {
                    sum.registerOutParameter(1, Types.INTEGER);
                    sum.setInt(2, i);
                    sum.setInt(3, 2);
                    sum.execute();
                    assertThat(sum.getInt(1)).isEqualTo(i + 2);
                }
                try (CallableStatement put = connection.prepareCall("{? = call habits_put(?)}")) {
                    put.registerOutParameter(1, Types.INTEGER);
                    put.setInt(2, i);
                    put.execute();
                    assertThat(put.getInt(1)).isEqualTo(i);
                }
            }
            try (CallableStatement store = connection.prepareCall("{call habits_store(?)}")) {
                store.registerOutParameter(1, Types.INTEGER);
                store.setInt(1, 100);
                store.execute();
                assertThat(store.getInt(1)).isEqualTo(101);
            }
            assertThat(number(connection, "SELECT count(*) FROM habits, (SELECT nextval('counter')) c"))
                    .isEqualTo(9);
        }
    }

    private static List<Integer> oneTo(int last) {
        return IntStream.rangeClosed(1, last).boxed().toList();
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = proxy.connect()) {
            execute(connection, sql);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getInt(1);
        }
    }

    private static List<Integer> row(PreparedStatement statement, int parameter) throws SQLException {
        statement.setInt(1, parameter);
        try (ResultSet rows = statement.executeQuery()) {
            assertThat(rows.next()).isTrue();
            return List.of(rows.getInt(1), rows.getInt(2));
        }
    }
}
