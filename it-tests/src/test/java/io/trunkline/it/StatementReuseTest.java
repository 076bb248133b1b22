package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** reuse_unnamed_statements, with pgjdbc at {@code prepareThreshold=0}: it parses each statement again, without a name. */
class StatementReuseTest {
    private static final String NAMES = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'trunkline%'";

    private static TestProxy proxy;

    @BeforeAll
    static void start() throws SQLException {
        proxy = TestProxy.start("reuse_unnamed_statements = on", "load_balance_mode = off");
        run("CREATE TABLE reused (a int, b text)", "INSERT INTO reused VALUES (1, 'one'), (2, 'two'), (3, 'three')");
    }

    @AfterAll
    static void stop() throws SQLException {
        run("DROP TABLE reused");
        proxy.close();
    }

    private static void run(String... statements) throws SQLException {
        try (Connection connection = proxy.connect();
                Statement statement = connection.createStatement()) {
            for (String text : statements) {
                statement.execute(text);
            }
        }
    }

    private static String wordOf(Connection connection, int a) throws SQLException {
        try (PreparedStatement read = connection.prepareStatement("SELECT b, a FROM reused WHERE a = ?")) {
            read.setInt(1, a);
            try (ResultSet rows = read.executeQuery()) {
                return rows.next() ? rows.getString(1) : "none";
            }
        }
    }

    private static long kept(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(NAMES)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    @Test
    void theSameStatementIsKeptOnTheServerAndAnsweredForEachParameter() throws SQLException {
        try (Connection connection = proxy.connect("prepareThreshold=0&preferQueryMode=extendedForPrepared")) {
            for (int i = 0; i < 20; i++) {
                assertThat(wordOf(connection, 1 + i % 4))
                        .isEqualTo(List.of("one", "two", "three", "none").get(i % 4));
            }
            assertThat(kept(connection)).isEqualTo(1);
        }
        try (Connection next = proxy.connect("prepareThreshold=0&preferQueryMode=extendedForPrepared")) {
            assertThat(kept(next)).as("what the next session finds").isZero();
        }
    }

    @Test
    void manyDifferentStatementsTakeABoundedNumberOfNames() throws SQLException {
        try (Connection connection = proxy.connect("prepareThreshold=0&preferQueryMode=extendedForPrepared")) {
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 100; i++) {
                    try (PreparedStatement read = connection.prepareStatement("SELECT ?::int + " + i)) {
                        read.setInt(1, round);
                        ResultSet rows = read.executeQuery();
                        rows.next();
                        assertThat(rows.getInt(1)).isEqualTo(round + i);
                    }
                }
            }
            assertThat(kept(connection)).isBetween(1L, 64L);
        }
    }

    @Test
    void anErrorInATransactionIsTheClientsAndTheSessionGoesOn() throws SQLException {
        try (Connection connection = proxy.connect("prepareThreshold=0&preferQueryMode=extendedForPrepared")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 10; i++) {
                assertThat(wordOf(connection, 2)).isEqualTo("two");
                try (PreparedStatement broken = connection.prepareStatement("SELECT 1 / ?::int")) {
                    broken.setInt(1, 0);
                    assertThatThrownBy(broken::executeQuery)
                            .isInstanceOfSatisfying(
                                    SQLException.class,
                                    failure -> assertThat(failure.getSQLState()).isEqualTo("22012"));
                }
                connection.rollback();
            }
        }
    }

    @Test
    void afterATableHasChangedTheStatementIsParsedAnew() throws SQLException {
        run("CREATE TABLE changing (a int)", "INSERT INTO changing VALUES (1)");
        try (Connection connection = proxy.connect("prepareThreshold=0&preferQueryMode=extendedForPrepared")) {
            for (int i = 0; i < 5; i++) {
                assertThat(columns(connection)).isEqualTo(1);
            }
            run("ALTER TABLE changing ADD COLUMN b int");
            // outside of a transaction pgjdbc tries again by itself
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> columns(connection))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            failure -> assertThat(failure.getSQLState()).isEqualTo("0A000"));
            connection.rollback();
            for (int i = 0; i < 5; i++) {
                assertThat(columns(connection)).isEqualTo(2);
            }
        }
        run("DROP TABLE changing");
    }

    private static int columns(Connection connection) throws SQLException {
        try (PreparedStatement read = connection.prepareStatement("SELECT * FROM changing WHERE a > ?")) {
            read.setInt(1, 0);
            try (ResultSet rows = read.executeQuery()) {
                return rows.getMetaData().getColumnCount();
            }
        }
    }
}
