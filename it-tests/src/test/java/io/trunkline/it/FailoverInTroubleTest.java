package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Failovers to which more happens than the loss of a primary; each test breaks a cluster of its own. */
class FailoverInTroubleTest {
    private final List<FailoverRig> rigs = new ArrayList<>();

    private FailoverRig start(int nodes, String... settings) {
        FailoverRig rig = FailoverRig.start(nodes, settings);
        rigs.add(rig);
        return rig;
    }

    @AfterEach
    void stop() {
        rigs.forEach(FailoverRig::close);
    }

    @Test
    void theLastNodeTakesOverWhenTwoAreLostAtOnce() {
        FailoverRig rig = start(3);
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
        FailoverRig rig = start(3, "primary_wait_timeout = 2");
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
    void whoWaitsForABackendGetsOneOfTheNewPrimary() throws Exception {
        FailoverRig rig = start(2, "worker_threads = 1", "backend_pool_size = 1");
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
