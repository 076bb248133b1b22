package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.StopMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Servers that go away under sessions; each test breaks a cluster of its own. */
class NodeFailureTest {
    private LocalCluster cluster;
    private TestProxy proxy;

    @BeforeEach
    void start() {
        cluster = Cluster.start(builder -> builder.nodes(2));
        cluster.node(0)
                .query(
                        Cluster.USER,
                        "CREATE TABLE lines (id int); INSERT INTO lines VALUES (1); GRANT ALL ON lines TO app");
        cluster.awaitStreaming();
        proxy = TestProxy.start(cluster, List.of("sr_check_period = 1"), List.of())
                .knowing("lines");
    }

    @AfterEach
    void stop() {
        proxy.close();
        cluster.close();
    }

    @Test
    void sessionsGoOnWhenAnIdleStandbyIsStopped() throws IOException {
        try (RawClient client = proxy.raw()) {
            assertThat(client.ask("SELECT id FROM lines")).isEqualTo("1");
            standby().stop(StopMode.IMMEDIATE);

            Eventually.holds(() -> assertThat(RawClient.values(client.run("SELECT id FROM lines")))
                    .containsExactly("1"));
            assertThat(client.ask("SELECT inet_server_port(), txid_current()"))
                    .isEqualTo(Integer.toString(primary().port()));
            assertThat(client.ask("SELECT id FROM lines")).isEqualTo("1");
        }
    }

    @Test
    void manyIdleSessionsGoOnWhenTheStandbyIsKilled() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            clients.add(proxy.raw());
            assertThat(clients.get(i).ask("SELECT id FROM lines")).isEqualTo("1");
        }
        standby().kill();
        for (RawClient client : clients) {
            // what is asked before the loss is noticed may fail; the session does not
            Eventually.holds(() -> assertThat(RawClient.values(client.run("SELECT id FROM lines")))
                    .containsExactly("1"));
            client.close();
        }
        try (RawClient fresh = proxy.raw()) {
            assertThat(fresh.ask("SELECT id FROM lines")).isEqualTo("1");
        }
    }

    @Test
    void readThatWasRunningOnAKilledStandbyRunsOnThePrimary() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.query("SELECT count(*) FROM lines, generate_series(1, 20000000)")
                    .send();
            Eventually.holds(() -> assertThat(
                            Cluster.ask(
                                    standby(),
                                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%generate_series(1, 20000000)' AND state = 'active'"))
                    .isEqualTo("1"));
            standby().kill();

            assertThat(RawClient.firstValue(client.untilReady())).isEqualTo("20000000");
            assertThat(client.ask("SELECT id FROM lines")).isEqualTo("1");
        }
    }

    @Test
    void backendThatAnAdministratorEndsOnTheStandbyIsReplaced() throws IOException {
        try (RawClient client = proxy.raw()) {
            assertThat(client.ask("SELECT id FROM lines")).isEqualTo("1");
            standby().query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'");

            Eventually.holds(() -> assertThat(RawClient.values(client.run("SELECT id FROM lines")))
                    .containsExactly("1"));
        }
    }

    @Test
    void sessionsSurviveTheLossOfThePrimary() throws IOException {
        try (RawClient idle = proxy.raw();
                RawClient inTransaction = proxy.raw();
                RawClient executing = proxy.raw()) {
            idle.ask("SELECT txid_current()");
            inTransaction.run("BEGIN");
            inTransaction.ask("SELECT txid_current()");
            executing.query("INSERT INTO lines SELECT 2 FROM pg_sleep(100)").send();
            Eventually.holds(() -> assertThat(Cluster.ask(
                            primary(),
                            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(100)' AND state = 'active'"
                                    + " AND pid <> pg_backend_pid()"))
                    .isEqualTo("1"));
            primary().kill();

            assertThat(RawClient.error(executing.untilReady()).sqlState()).isEqualTo("08007");
            assertThat(RawClient.error(inTransaction.run("SELECT txid_current()"))
                            .sqlState())
                    .isEqualTo("40001");
            assertThat(RawClient.tags(inTransaction.run("ROLLBACK"))).isEqualTo("CZ");
            for (RawClient client : List.of(idle, inTransaction, executing)) {
                assertThat(client.ask("SELECT id FROM lines")).isEqualTo("1");
            }
            standby().promote();
            for (RawClient client : List.of(idle, inTransaction, executing)) {
                assertThat(RawClient.tags(client.run("INSERT INTO lines VALUES (3)")))
                        .isEqualTo("CZ");
            }
        }
    }

    @Test
    void readsGoOnWithoutAPrimaryAndWritesWaitUntilItIsBack() throws IOException {
        try (RawClient reader = proxy.raw();
                RawClient writer = proxy.raw()) {
            assertThat(reader.ask("SELECT id FROM lines")).isEqualTo("1");
            primary().stop(StopMode.IMMEDIATE);
            writer.query("INSERT INTO lines VALUES (2)").send();
            assertThat(reader.ask("SELECT id FROM lines")).isEqualTo("1");
            primary().start();

            assertThat(RawClient.tags(writer.untilReady())).isEqualTo("CZ");
        }
    }

    @Test
    void sessionsFollowThePrimaryAfterAPromotion() throws IOException {
        try (RawClient reader = proxy.raw()) {
            reader.ask("SELECT id FROM lines");
            primary().kill();
            standby().promote();

            Eventually.holds(() -> {
                try (RawClient fresh = proxy.raw()) {
                    assertThat(fresh.ask("SELECT inet_server_port(), txid_current()"))
                            .isEqualTo(Integer.toString(standby().port()));
                }
            });
        }
    }

    private LocalNode primary() {
        return cluster.node(0);
    }

    private LocalNode standby() {
        return cluster.node(1);
    }
}
