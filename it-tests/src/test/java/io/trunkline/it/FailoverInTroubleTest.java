package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.ContinuityParameters;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeStatus;
import io.trunkline.localcluster.LocalClusterException;
import io.trunkline.localcluster.StopMode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Failovers to which more happens than the loss of a primary; each test breaks a cluster of its own. */
class FailoverInTroubleTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @RegisterExtension
    final FailoverRigs rigs = new FailoverRigs();

    @Test
    void theLastNodeTakesOverWhenTwoAreLostAtOnce() {
        FailoverRig rig = rigs.start(3);
        Clients clients = new Clients(rig.proxy(), new Ledger());
        try (clients) {
            clients.writers(2).transactions(2).readers(2).awaitAnswers(10);
            rig.node(1).freeze();
            rig.node(0).kill();
            rig.awaitPrimary(2);
            clients.awaitAnswers(10);
        }
        clients.haveSeenNothingUnexpected();
    }

    @Test
    void nobodyTakesOverThatMayLackACommit() throws Exception {
        FailoverRig rig = rigs.start(3, "primary_wait_timeout = 2");
        rig.makeSynchronous(rig.node(0));
        Ledger ledger = new Ledger();
        Clients clients = new Clients(rig.proxy(), ledger);
        try (clients;
                RawClient client = rig.proxy().raw()) {
            clients.writers(2).awaitAnswers(20);
            rig.node(1).kill();
            Eventually.holds(() -> assertThat(rig.view().node(1).status()).isEqualTo(NodeStatus.DOWN));
            rig.node(0).kill();
            Eventually.holds(() -> assertThat(rig.view().node(0).status()).isEqualTo(NodeStatus.DOWN));
            assertThat(RawClient.error(client.run("INSERT INTO entries VALUES (-1)"))
                            .sqlState())
                    .isEqualTo("57P03");
            assertThat(rig.readsOn(client)).isEqualTo(2);
            assertThat(Cluster.ask(rig.node(2), "SELECT pg_is_in_recovery()")).isEqualTo("t");

            rig.node(1).start();
            rig.requestAndWait(Kind.NODE_UP, 1);
            Eventually.holds(() -> assertThat(rig.primary()).isIn(1, 2));
            clients.awaitAnswers(10);
        }
        clients.haveSeenNothingUnexpected();
        ledger.check(rig.node(rig.primary()));
    }

    @Test
    void aServerThatEndsForWantOfDiskIsReplaced() throws IOException {
        List<SmallDisk> disks = new ArrayList<>();
        FailoverRig rig = FailoverRig.start(builder -> builder.nodes(2), cluster -> {
            cluster.node(0).stop(StopMode.FAST);
            disks.add(SmallDisk.forLogOf(cluster.node(0)));
            cluster.node(0).start();
            cluster.awaitStreaming();
        });
        rigs.add(rig);
        rig.makeSynchronous(rig.node(0));
        Ledger ledger = new Ledger();
        Clients clients = new Clients(rig.proxy(), ledger);
        try (SmallDisk disk = disks.get(0);
                RawClient client = rig.proxy().raw()) {
            try (clients) {
                clients.writers(2).transactions(1).readers(2).awaitAnswers(20);
                disk.fill();
                // what is left of the present segment of the log may do for long
                assertThatThrownBy(() -> rig.node(0)
                                .query(
                                        Cluster.USER,
                                        "DO 'BEGIN FOR i IN 1..100 LOOP PERFORM txid_current(), pg_switch_wal();"
                                                + " COMMIT; END LOOP; END'"))
                        .isInstanceOf(LocalClusterException.class);
                assertThat(rig.node(0).log()).content().contains("No space left on device");
                rig.awaitPrimary(1);
                clients.awaitAnswers(10);
                assertThat(rig.writesOn(client)).isOne();
            }
            clients.haveSeenNothingUnexpected();
            ledger.check(rig.node(1));
        }
    }

    @Test
    void aStandbyMayComeAndGo() throws IOException {
        FailoverRig rig = rigs.start(3, "auto_failback = on", "auto_failback_interval = 1");
        Clients clients = new Clients(rig.proxy(), new Ledger());
        try (clients) {
            clients.writers(2).transactions(1).readers(3).awaitAnswers(10);
            for (int round = 0; round < 4; round++) {
                rig.node(1).kill();
                Eventually.holds(() -> assertThat(rig.view().node(1).status()).isEqualTo(NodeStatus.DOWN));
                rig.node(1).start();
                Eventually.holds(
                        LIMIT,
                        () -> assertThat(rig.view().node(1).status().isInService())
                                .isTrue());
                clients.awaitAnswers(10);
            }
        }
        clients.haveSeenNothingUnexpected();
        assertThat(clients.errors()).isEmpty();
        assertThat(rig.primary()).isZero();
    }

    @Test
    void aReloadWhileTheCommandRunsChangesNothingOfTheFailover() throws Exception {
        FailoverRig rig = rigs.start(2);
        Path held = rig.holdCommand();
        try (RawClient client = rig.proxy().raw()) {
            rig.node(0).kill();
            Eventually.holds(() -> assertThat(held).exists());
            client.query("SELECT inet_server_port(), txid_current()").send();
            rig.proxy().reload(rig.settings("health_check_period = 2", "primary_wait_timeout = 45"));
            assertThat(rig.view().writes()).isEqualTo(ClusterView.Writes.AWAITED);
            rig.releaseCommand();

            assertThat(RawClient.firstValue(client.untilReady()))
                    .isEqualTo(Integer.toString(rig.node(1).port()));
            rig.awaitPrimary(1);
            assertThat(rig.proxy().server().config().get(ContinuityParameters.PRIMARY_WAIT_TIMEOUT))
                    .isEqualTo(Duration.ofSeconds(45));
        }
    }

    @Test
    void whoWaitsForABackendGetsOneOfTheNewPrimary() throws Exception {
        FailoverRig rig = rigs.start(2, "worker_threads = 1", "backend_pool_size = 1");
        try (RawClient holder = rig.proxy().raw();
                RawClient waiting = rig.proxy().raw()) {
            assertThat(rig.writesOn(holder)).isZero();
            waiting.query("SELECT inet_server_port(), txid_current()").send();
            Eventually.isTrue(
                    "a client waits", () -> rig.proxy().server().pool().waiting(0) == 1);
            rig.node(0).kill();

            assertThat(RawClient.firstValue(waiting.untilReady()))
                    .isEqualTo(Integer.toString(rig.node(1).port()));
            waiting.terminate().send();
            assertThat(rig.writesOn(holder)).isOne();
        }
    }
}
