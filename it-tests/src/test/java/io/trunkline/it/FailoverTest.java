package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeStatus;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.StopMode;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A primary that is lost in every way, and what its clients see of that; each test breaks a cluster of its own. */
class FailoverTest {
    /** Far more than it takes: what hangs is to be found, not a busy machine. */
    private static final double OUTAGE_LIMIT_SECONDS = 20;

    @RegisterExtension
    final FailoverRigs rigs = new FailoverRigs();

    /** How a server is lost. */
    enum Loss {
        SMART_STOP,
        FAST_STOP,
        IMMEDIATE_STOP,
        KILL,
        HANG;

        void of(LocalNode node) {
            switch (this) {
                case SMART_STOP -> node.stop(StopMode.SMART);
                case FAST_STOP -> node.stop(StopMode.FAST);
                case IMMEDIATE_STOP -> node.stop(StopMode.IMMEDIATE);
                case KILL -> node.kill();
                case HANG -> node.freeze();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void clientsStayWhenThePrimaryIsLost(Loss loss) throws Exception {
        FailoverRig rig = rigs.start(2);
        // the other will have no standby to wait for
        rig.makeSynchronous(rig.node(0));
        Ledger ledger = new Ledger();
        Clients clients = new Clients(rig.proxy(), ledger);
        try (RawClient held = rig.proxy().raw();
                RawClient open = rig.proxy().raw();
                RawClient executing = rig.proxy().raw();
                clients) {
            held.run("SET work_mem = '77MB'");
            held.parse("insert", "INSERT INTO entries SELECT $1::bigint RETURNING current_setting('work_mem')")
                    .sync()
                    .send();
            held.untilReady();
            open.run("BEGIN");
            open.run("INSERT INTO entries VALUES (-1)");
            executing.query("INSERT INTO entries SELECT -2 FROM pg_sleep(1000)").send();
            clients.writers(2).transactions(1).readers(2).awaitAnswers(20);

            CompletableFuture<Void> lost = CompletableFuture.runAsync(() -> loss.of(rig.node(0)));
            rig.awaitPrimary(1);
            assertThat(RawClient.error(executing.untilReady()).sqlState()).isEqualTo("08007");
            assertThat(RawClient.error(open.run("INSERT INTO entries VALUES (-1)"))
                            .sqlState())
                    .isEqualTo("40001");
            assertThat(RawClient.tags(open.run("ROLLBACK"))).isEqualTo("CZ");
            long id = ledger.nextId();
            List<RawMessage> inserted = held.bind("", "insert", Long.toString(id))
                    .execute("", 0)
                    .sync()
                    .send()
                    .untilReady();
            assertThat(RawClient.values(inserted)).containsExactly("77MB");
            ledger.acknowledged(id);
            for (RawClient same : List.of(held, open, executing)) {
                assertThat(rig.writesOn(same)).isOne();
            }
            clients.awaitAnswers(20);
            lost.join();
        }
        clients.haveSeenNothingUnexpected();
        assertThat(clients.longestWaitSeconds()).isLessThan(OUTAGE_LIMIT_SECONDS);
        ledger.check(rig.node(1));
    }

    @ParameterizedTest
    @EnumSource(names = {"IMMEDIATE_STOP", "KILL", "HANG"})
    void readersSeeNothingOfALostStandby(Loss loss) {
        FailoverRig rig = rigs.start(2);
        Clients clients = new Clients(rig.proxy(), new Ledger());
        try (clients) {
            clients.readers(4).writers(1).awaitAnswers(20);
            loss.of(rig.node(1));
            Eventually.holds(() -> assertThat(rig.view().node(1).status()).isEqualTo(NodeStatus.DOWN));
            clients.awaitAnswers(50);
        }
        clients.haveSeenNothingUnexpected();
        assertThat(clients.errors()).isEmpty();
        assertThat(clients.longestWaitSeconds()).isLessThan(OUTAGE_LIMIT_SECONDS);
        assertThat(rig.primary()).isZero();
    }

    @Test
    void theStandbyThatHasReceivedMostTakesOver() {
        FailoverRig rig = rigs.start(3);
        rig.node(1).query("ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'");
        rig.node(1).query("SELECT pg_reload_conf()");
        Eventually.holds(() -> assertThat(Cluster.ask(rig.node(1), "SELECT count(*) FROM pg_stat_wal_receiver"))
                .isEqualTo("0"));
        rig.node(0).query(Cluster.USER, "INSERT INTO entries VALUES (1)");
        String written = Cluster.ask(rig.node(0), "SELECT pg_current_wal_lsn()");
        Eventually.holds(
                () -> assertThat(Cluster.ask(rig.node(2), "SELECT pg_last_wal_receive_lsn() >= '" + written + "'"))
                        .isEqualTo("t"));
        assertThat(rig.view().node(1).status()).isEqualTo(NodeStatus.UP);
        rig.node(0).kill();

        rig.awaitPrimary(2);
    }

    @Test
    void anOldPrimaryGetsNothingUntilItFollows() throws Exception {
        FailoverRig rig = rigs.start(2, "backend_weight0 = 1", "backend_weight1 = 1");
        LocalNode old = rig.node(0);
        try (RawClient writer = rig.proxy().raw()) {
            assertThat(rig.writesOn(writer)).isZero();
            old.kill();
            rig.awaitPrimary(1);
            old.start();
            rig.requestAndWait(Kind.NODE_UP, 0);
            Eventually.holds(() -> assertThat(rig.view().node(0).status()).isEqualTo(NodeStatus.UP));
            for (int i = 0; i < 20; i++) {
                try (RawClient fresh = rig.proxy().raw()) {
                    assertThat(rig.writesOn(fresh)).isOne();
                    assertThat(rig.readsOn(fresh)).isOne();
                }
            }
            assertThat(rig.writesOn(writer)).isOne();

            old.stop(StopMode.FAST);
            Eventually.holds(() -> assertThat(rig.view().node(0).status()).isEqualTo(NodeStatus.DOWN));
            assertThat(rig.requestAndWait(Kind.RECOVERY, 0).text()).contains("node: 0 restarted");
            Eventually.holds(() -> assertThat(readsOnFresh(rig)).isZero());
            assertThat(rig.writesOn(writer)).isOne();
        }
    }

    private static int readsOnFresh(FailoverRig rig) throws IOException {
        try (RawClient fresh = rig.proxy().raw()) {
            return rig.readsOn(fresh);
        }
    }

    @Test
    void whereAnotherIsInChargeNothingIsDetachedAndAPromotionIsFollowed() throws IOException {
        FailoverRig rig = rigs.start(2, "health_check_period = 0", "failover_on_backend_error = off");
        try (RawClient client = rig.proxy().raw()) {
            assertThat(rig.writesOn(client)).isZero();
            rig.node(0).kill();
            Eventually.holds(() -> assertThat(rig.view().node(0).reachable()).isFalse());
            assertThat(rig.readsOn(client)).isOne();
            assertThat(rig.view().nodes())
                    .allSatisfy(node -> assertThat(node.status()).isNotEqualTo(NodeStatus.DOWN));
            assertThat(Cluster.ask(rig.node(1), "SELECT pg_is_in_recovery()")).isEqualTo("t");
            client.query("SELECT inet_server_port(), txid_current()").send();
            rig.node(1).promote();

            assertThat(RawClient.firstValue(client.untilReady()))
                    .isEqualTo(Integer.toString(rig.node(1).port()));
            assertThat(rig.view().node(0).status()).isNotEqualTo(NodeStatus.DOWN);
        }
    }

    @Test
    void sessionsEndWhereThatIsThePolicy() throws IOException {
        FailoverRig rig = rigs.start(2, "failover_session_policy = 'disconnect'");
        try (RawClient client = rig.proxy().raw()) {
            assertThat(rig.writesOn(client)).isZero();
            rig.node(0).kill();

            assertThat(RawClient.error(client.untilClosed()).sqlState()).isEqualTo("57P01");
        }
    }
}
