package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.localcluster.LocalCluster;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Statements that a real standby refuses or cancels run on another node instead.
 *
 * <p>The function {@code bump()} says of itself that it only reads, which is not true; {@code nap()} takes its time on a
 * standby alone. Views hide both.
 */
class SecondTryTest {
    private static LocalCluster cluster;
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        cluster = Cluster.start(builder -> builder.nodes(2).configure("max_standby_streaming_delay = 0"));
        cluster.node(Cluster.PRIMARY)
                .query(
                        Cluster.USER,
                        "CREATE SEQUENCE bumps; CREATE TABLE lines (id int); INSERT INTO lines VALUES (1);"
                                + " CREATE FUNCTION bump(int) RETURNS bigint LANGUAGE plpgsql STABLE AS"
                                + " $$ BEGIN RETURN nextval('bumps'); END $$;"
                                + " CREATE FUNCTION nap() RETURNS boolean LANGUAGE plpgsql STABLE AS"
                                + " $$ BEGIN IF pg_is_in_recovery() THEN PERFORM pg_sleep(60); END IF; RETURN true; END $$;"
                                + " CREATE VIEW bumped AS SELECT inet_server_port() AS port, bump(1) AS bump;"
                                + " CREATE VIEW rested AS SELECT inet_server_port() AS port, nap() AS nap, id FROM lines;"
                                + " CREATE VIEW here AS SELECT inet_server_port() AS port, pg_backend_pid() AS pid;"
                                + " ALTER TABLE lines OWNER TO app; GRANT ALL ON bumps, bumped, rested, here TO app");
        cluster.awaitStreaming();
        proxy = TestProxy.start(cluster, List.of("worker_threads = 2"), List.of())
                .knowing("here", "bumped", "rested");
    }

    @AfterAll
    static void stop() {
        proxy.close();
        cluster.close();
    }

    private static String port(int node) {
        return Integer.toString(cluster.node(node).port());
    }

    private static long counted(Counter counter) {
        return proxy.server().loopMetrics().stream()
                .mapToLong((LoopMetrics loop) -> loop.value(counter))
                .sum();
    }

    @Test
    void aWriteThatLooksLikeAReadRunsOnThePrimary() throws IOException {
        long before = counted(Counter.REROUTED_READ_ONLY);
        try (RawClient client = proxy.raw()) {
            assertThat(client.ask("SELECT port FROM here")).isEqualTo(port(TestProxy.READ_NODE));
            assertThat(client.ask("SELECT port, bump FROM bumped")).isEqualTo(port(Cluster.PRIMARY));
            assertThat(client.ask("SELECT port FROM here")).isEqualTo(port(TestProxy.READ_NODE));
        }
        assertThat(counted(Counter.REROUTED_READ_ONLY)).isEqualTo(before + 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prepareThreshold=0",
                "prepareThreshold=1",
                "prepareThreshold=-1",
                "preferQueryMode=simple",
                "preferQueryMode=extendedForPrepared",
                "prepareThreshold=1&binaryTransfer=false"
            })
    void jdbcSeesNothingOfIt(String options) throws SQLException {
        try (Connection connection = proxy.connect(options);
                PreparedStatement write = connection.prepareStatement("SELECT port, bump FROM bumped WHERE port > ?");
                PreparedStatement read = connection.prepareStatement("SELECT port FROM here WHERE port > ?")) {
            for (int i = 0; i < 4; i++) {
                write.setInt(1, i);
                try (ResultSet rows = write.executeQuery()) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getString(1)).isEqualTo(port(Cluster.PRIMARY));
                    assertThat(rows.next()).isFalse();
                }
                read.setInt(1, i);
                try (ResultSet rows = read.executeQuery()) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getString(1)).isEqualTo(port(TestProxy.READ_NODE));
                }
            }
        }
    }

    @Test
    void aSessionThatWantsToReadOnlyGetsTheError() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.run("SET default_transaction_read_only = on");
            assertThat(RawClient.error(client.run("SELECT bump FROM bumped")).sqlState())
                    .isEqualTo("25006");
            client.run("SET default_transaction_read_only = off");
            client.run("BEGIN READ ONLY");
            assertThat(RawClient.error(client.run("SELECT bump FROM bumped")).sqlState())
                    .isEqualTo("25006");
            client.run("ROLLBACK");
        }
    }

    @Test
    void aPipelineKeepsItsOrder() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.query("SELECT '1 ' || port FROM here")
                    .query("SELECT '2 ' || port, bump FROM bumped")
                    .query("SELECT '3 ' || port FROM here")
                    .send();
            assertThat(RawClient.values(client.untilReady())).containsExactly("1 " + port(TestProxy.READ_NODE));
            assertThat(RawClient.values(client.untilReady())).containsExactly("2 " + port(Cluster.PRIMARY));
            assertThat(RawClient.values(client.untilReady()))
                    .singleElement()
                    .asString()
                    .startsWith("3 ");
            assertThat(client.ask("SELECT port FROM here")).isEqualTo(port(TestProxy.READ_NODE));
        }
    }

    @Test
    void aReadThatReplayCancelsRunsOnThePrimary() throws IOException {
        long before = counted(Counter.REROUTED_CONFLICT);
        try (RawClient client = proxy.raw()) {
            client.query("SELECT port, nap, id FROM rested").send();
            awaitNap();
            cluster.node(Cluster.PRIMARY).query(Cluster.USER, "ALTER TABLE lines ADD COLUMN more int");
            assertThat(RawClient.values(client.untilReady())).containsExactly(port(Cluster.PRIMARY));
        }
        assertThat(counted(Counter.REROUTED_CONFLICT)).isGreaterThan(before);
    }

    @Test
    void aJdbcReadThatReplayCancelsRunsOnThePrimary() throws Exception {
        try (Connection connection = proxy.connect("prepareThreshold=1")) {
            Thread conflict = new Thread(() -> {
                awaitNap();
                cluster.node(Cluster.PRIMARY).query(Cluster.USER, "ALTER TABLE lines ADD COLUMN jdbc int");
            });
            conflict.start();
            try (PreparedStatement read = connection.prepareStatement("SELECT port, nap FROM rested WHERE id = ?")) {
                read.setInt(1, 1);
                try (ResultSet rows = read.executeQuery()) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getString(1)).isEqualTo(port(Cluster.PRIMARY));
                }
            }
            conflict.join();
        }
    }

    private static void awaitNap() {
        Eventually.holds(() -> assertThat(Cluster.ask(
                        cluster.node(TestProxy.READ_NODE),
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND state = 'active'"))
                .isEqualTo("1"));
    }

    @Test
    void aReadThatIsCancelledIsNotTriedAgain() throws IOException {
        long before = counted(Counter.REROUTED_CONFLICT);
        try (RawClient client = proxy.raw()) {
            client.query("SELECT port, nap, id FROM rested").send();
            awaitNap();
            // past Trunkline, which would note that it was asked
            Cluster.ask(
                    cluster.node(TestProxy.READ_NODE),
                    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
            assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("57014");
        }
        assertThat(counted(Counter.REROUTED_CONFLICT)).isEqualTo(before);
    }

    @Test
    void backendsAreTerminatedAndCancelledOnTheirNode() throws Exception {
        try (RawClient terminated = proxy.raw();
                RawClient victim = proxy.raw();
                Connection connection = proxy.connect("prepareThreshold=1")) {
            int pid = Integer.parseInt(terminated.ask("SELECT pid FROM here"));
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT pg_terminate_backend(" + pid + ")")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getBoolean(1)).isTrue();
            }
            assertThat(terminated.receive().sqlState()).isEqualTo("57P01");

            int next = Integer.parseInt(victim.ask("SELECT pid FROM here"));
            victim.query("SELECT port, nap, id FROM rested").send();
            awaitNap();
            try (PreparedStatement cancel = connection.prepareStatement("SELECT pg_cancel_backend(?)")) {
                cancel.setInt(1, next);
                try (ResultSet rows = cancel.executeQuery()) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getBoolean(1)).isTrue();
                }
            }
            assertThat(RawClient.error(victim.untilReady()).sqlState()).isEqualTo("57014");
        }
    }

    @Test
    void theFirstStatementOfATransactionTakesItToThePrimary() throws SQLException {
        try (Connection connection = proxy.connect("prepareThreshold=1")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 3; i++) {
                try (Statement statement = connection.createStatement();
                        ResultSet rows = statement.executeQuery("SELECT port, bump FROM bumped")) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getString(1)).isEqualTo(port(Cluster.PRIMARY));
                }
                connection.commit();
            }
        }
    }

    @Test
    void aTransactionThatIsAlreadyGoingOnGetsTheError() throws SQLException {
        try (Connection connection = proxy.connect()) {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.executeQuery("SELECT port FROM here").close();
                assertThatThrownBy(() -> statement.executeQuery("SELECT bump FROM bumped"))
                        .isInstanceOf(SQLException.class)
                        .extracting(failure -> ((SQLException) failure).getSQLState())
                        .isEqualTo("25006");
            }
            connection.rollback();
        }
    }
}
