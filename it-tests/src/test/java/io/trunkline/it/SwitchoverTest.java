package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Answer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The primary is changed while clients work; each test has a cluster of its own. */
class SwitchoverTest {
    /** It takes less than a second where the machine has nothing else to do. */
    private static final double WAIT_LIMIT_SECONDS = 6;

    @RegisterExtension
    final FailoverRigs rigs = new FailoverRigs();

    private FailoverRig start(String... settings) {
        FailoverRig rig = rigs.start(2, settings);
        rig.makeSynchronous(rig.node(0));
        return rig;
    }

    @Test
    void nobodySeesMoreThanAShortWait() {
        FailoverRig rig = start();
        Ledger ledger = new Ledger();
        Clients clients = new Clients(rig.proxy(), ledger);
        try (clients) {
            clients.transactions(4).writers(2).readers(2).awaitAnswers(50);
            assertThat(rig.switchover(1).join()).matches(Answer::done);
            assertThat(rig.primary()).isOne();
            clients.awaitAnswers(50);
        }
        clients.haveSeenNothingUnexpected();
        assertThat(clients.errors()).isEmpty();
        assertThat(clients.longestWaitSeconds()).isLessThan(WAIT_LIMIT_SECONDS);
        ledger.check(rig.node(1));
        assertThat(rig.node(0).isRunning())
                .as("the old primary was stopped first")
                .isFalse();
    }

    @Test
    void aLongTransactionMakesItGiveUpAndAllGoesOn() throws Exception {
        FailoverRig rig = start("switchover_drain_timeout = 1");
        Ledger ledger = new Ledger();
        Clients clients = new Clients(rig.proxy(), ledger);
        try (RawClient open = rig.proxy().raw();
                clients) {
            open.run("BEGIN");
            long id = ledger.nextId();
            open.run("INSERT INTO entries VALUES (" + id + ")");
            clients.transactions(2).writers(2).readers(1).awaitAnswers(20);

            Answer refused = rig.switchover(1).join();
            assertThat(refused.done()).isFalse();
            assertThat(refused.text()).contains("switchover_drain_timeout");
            assertThat(rig.primary()).isZero();
            clients.awaitAnswers(20);
            assertThat(rig.writesOn(open)).isZero();
            assertThat(RawClient.tags(open.run("COMMIT"))).isEqualTo("CZ");
            ledger.acknowledged(id);

            assertThat(rig.switchover(1).join()).matches(Answer::done);
            clients.awaitAnswers(20);
            assertThat(rig.writesOn(open)).isOne();
        }
        clients.haveSeenNothingUnexpected();
        assertThat(clients.errors()).isEmpty();
        ledger.check(rig.node(1));
    }

    @Test
    void aLongTransactionIsEndedWhereThatIsWanted() throws Exception {
        FailoverRig rig = start("switchover_drain_timeout = 1", "switchover_end_stragglers = on");
        Ledger ledger = new Ledger();
        Clients clients = new Clients(rig.proxy(), ledger);
        try (RawClient open = rig.proxy().raw();
                clients) {
            open.run("BEGIN");
            long id = ledger.nextId();
            open.run("INSERT INTO entries VALUES (" + id + ")");
            clients.transactions(2).writers(2).readers(1).awaitAnswers(20);

            CompletableFuture<Answer> switched = rig.switchover(1);
            clients.awaitAnswers(20);
            assertThat(switched.join()).matches(Answer::done);
            assertThat(RawClient.error(open.run("SELECT 1")).sqlState()).isEqualTo("40001");
            ledger.refused(id);
            assertThat(RawClient.tags(open.run("ROLLBACK"))).isEqualTo("CZ");
            assertThat(rig.writesOn(open)).isOne();
        }
        clients.haveSeenNothingUnexpected();
        assertThat(clients.errors()).isEmpty();
        ledger.check(rig.node(1));
    }
}
