package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import io.trunkline.proxy.route.Rules;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Statements that need the primary while there is none, or while it takes no new transactions. */
class PrimaryWaitTest extends SessionScenario {
    @BeforeEach
    void waiting() {
        proxy.losses(ProxyFixture.losses(30_000));
    }

    /** Node 0 is gone. */
    private void failsOver(Writes writes) {
        proxy.published(writes, -1, ProxyFixture.outOfService(0, false), ProxyFixture.node(1, 1));
    }

    private void promoted() {
        proxy.published(Writes.SERVED, 1, ProxyFixture.outOfService(0, false), ProxyFixture.node(1, 1));
    }

    private void switchover(Writes writes) {
        proxy.published(writes, 0, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q(DELETE FROM t)", "P(|DELETE FROM t) B(|) E() S", "F(x)"})
    void aWriteWaitsForTheNewPrimary(String write) {
        failsOver(Writes.AWAITED);
        client.sends(write);
        assertThat(client.received()).isEmpty();
        promoted();
        assertThat(proxy.node(1).received()).isEqualTo(write);
        proxy.pass(60_000);
        assertThat(client.received()).isEmpty();
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"AWAITED, 57P03", "NOT_SERVED, 08006"})
    void aWriteThatHasWaitedTooLongIsRefusedAndTheSessionGoesOn(Writes writes, String code) {
        failsOver(writes);
        client.sends("Q(DELETE FROM t)");
        proxy.pass(29_000);
        assertThat(client.received()).isEmpty();
        proxy.pass(1_000);
        assertThat(client.received())
                .startsWith("E(ERROR " + code + " ")
                .contains("primary_wait_timeout (30.0 s)")
                .endsWith("Z(I)");
        client.sends("P(|DELETE FROM t) B(|) E() S");
        proxy.pass(29_000);
        assertThat(client.received()).isEmpty();
        proxy.pass(1_000);
        assertThat(client.received()).startsWith("E(ERROR " + code + " ").endsWith("Z(I)");
        assertThat(proxy.counter(Counter.PRIMARY_WAITS)).isEqualTo(2);
        assertThat(proxy.counter(Counter.PRIMARY_WAITS_EXPIRED)).isEqualTo(2);
    }

    @Test
    void readsGoOnAtOnce() {
        failsOver(Writes.AWAITED);
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aWriteInATransactionThatHasOnlyReadWaitsToo() {
        client.sends("Q(BEGIN)").sends("Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        client.received();
        failsOver(Writes.AWAITED);
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).isEmpty();
        promoted();
        assertThat(standby().received()).endsWith("Q(SELECT 1) Q(DELETE FROM t)");
    }

    @Test
    void aCancelRequestEndsTheWait() {
        ProxyFixture.Client patient = proxy.start();
        byte[] greeting = patient.receivedBytes();
        byte[] key = Arrays.copyOfRange(greeting, greeting.length - 10, greeting.length - 6);
        failsOver(Writes.AWAITED);
        patient.sends("Q(DELETE FROM t)");
        ByteBuf cancel = Unpooled.buffer();
        FrontendMessages.cancelRequest(cancel, 2, key);
        proxy.connect().sends(cancel);
        assertThat(patient.received()).isEqualTo("E(ERROR 57014 canceling statement due to user request) Z(I)");
        promoted();
        patient.sends("Q(DELETE FROM t)");
        assertThat(proxy.node(1).received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aClientThatLeavesWaitsNoMore() {
        failsOver(Writes.AWAITED);
        client.sends("Q(DELETE FROM t)").disconnects();
        promoted();
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void withoutAChoiceOfNodesEverythingWaits() {
        proxy.routing = Rules.of("load_balance_mode = off");
        proxy.published(Writes.AWAITED, -1, ProxyFixture.node(0, 1));
        client.sends("Q(SELECT 1)");
        assertThat(client.received()).isEmpty();
        proxy.published(Writes.SERVED, 0, ProxyFixture.node(0, 1));
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aPrimaryThatCannotBeReachedIsTriedAgainUntilItCan() {
        proxy.nodes.down(0);
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).isEmpty();
        assertThat(proxy.nodeEvents).containsOnlyOnce("unreachable 0");
        proxy.pass(50);
        assertThat(proxy.nodeEvents.stream().filter("unreachable 0"::equals)).hasSize(2);
        proxy.nodes.up(0);
        proxy.pass(100);
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aPrimaryThatIsStillStartingIsWaitedFor() {
        proxy.nodes.welcome(0, "E(FATAL 57P03 the database system is starting up)");
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).isEmpty();
        proxy.nodes.welcome(0, "R(0) K() Z(I)");
        proxy.pass(50);
        assertThat(primary().received()).endsWith("Q(DELETE FROM t)");
    }

    @Test
    void aPrimaryThatIsFullIsNotWaitedFor() {
        proxy.nodes.welcome(0, "E(FATAL 53300 sorry, too many clients already)");
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).isEqualTo("E(ERROR 53300 sorry, too many clients already) Z(I)");
    }

    @Test
    void aPrimaryThatCannotBeReachedForLongIsTheError() {
        proxy.nodes.down(0);
        client.sends("Q(DELETE FROM t)");
        for (int i = 0; i < 35; i++) {
            proxy.pass(1_000);
        }
        assertThat(client.received())
                .isEqualTo("E(ERROR 08006 could not connect to node 0 (10.0.0.0:5432): Connection refused) Z(I)");
    }

    @Test
    void whatWaitsForAConnectionToTheOldPrimaryGoesToTheNewOne() {
        proxy.nodes.welcome(0, "");
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).isEmpty();
        promoted();
        assertThat(proxy.node(1).received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void itDoesSoThoughTheOldOneIsInServiceAsAStandby() {
        proxy.nodes.welcome(0, "");
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).isEmpty();
        proxy.published(Writes.SERVED, 1, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
        assertThat(proxy.node(1).received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void duringASwitchoverOpenTransactionsGoOnAndNewOnesWait() {
        client.sends("Q(BEGIN)").sends("Q(DELETE FROM t)");
        primary().sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        client.received();
        ProxyFixture.Client other = proxy.start();
        other.received();
        switchover(Writes.HELD);
        other.sends("Q(DELETE FROM u)");
        client.sends("Q(COMMIT)");
        assertThat(primary().received()).endsWith("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        client.received();
        client.sends("Q(DELETE FROM v)");
        assertThat(primary().received()).isEmpty();
        switchover(Writes.SERVED);
        assertThat(proxy.nodes.open(0).stream().map(backend -> backend.received()))
                .containsExactlyInAnyOrder("Q(DELETE FROM v)", "Q(DELETE FROM u)");
    }

    @Test
    void duringASwitchoverReadsOfThePrimaryGoToAStandby() {
        proxy.published(Writes.HELD, 0, ProxyFixture.node(0, 1), ProxyFixture.node(1, 0));
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aSwitchoverThatTakesTooLongIsTheError() {
        switchover(Writes.HELD);
        client.sends("Q(DELETE FROM t)");
        proxy.pass(30_000);
        assertThat(client.received())
                .startsWith("E(ERROR 57P03 a switchover is under way")
                .endsWith("Z(I)");
    }

    @Test
    void aClientThatComesDuringAFailoverIsAdmittedByAnotherNode() {
        proxy.nodes.down(0);
        ProxyFixture.Client late = proxy.start("database", "other");
        assertThat(late.received()).isEmpty();
        failsOver(Writes.AWAITED);
        promoted();
        proxy.pass(1_000);
        assertThat(late.received()).endsWith("Z(I)");
    }

    @Test
    void aClientThatComesIsRefusedWhenNoNodeCanBeReachedForLong() {
        proxy.nodes.down(0);
        proxy.nodes.down(1);
        ProxyFixture.Client late = proxy.start("database", "other");
        for (int i = 0; i < 31; i++) {
            proxy.pass(1_000);
        }
        assertThat(late.received()).startsWith("E(FATAL 08006 ");
        assertThat(late.isOpen()).isFalse();
    }

    @Test
    void likeAnOlderPgpoolWritesAreRefusedWhileASecondPrimaryIsMissed() {
        proxy.likeOlderPgpool();
        proxy.published(Writes.SERVED, 1, ProxyFixture.missedRival(0), ProxyFixture.node(1, 1));

        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).isEqualTo("E(ERROR 08006 failed to create a backend connection) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(proxy.node(1).received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aSecondPrimaryThatIsMissedDisturbsNoWrites() {
        proxy.published(Writes.SERVED, 1, ProxyFixture.missedRival(0), ProxyFixture.node(1, 1));

        client.sends("Q(DELETE FROM t)");

        assertThat(proxy.node(1).received()).isEqualTo("Q(DELETE FROM t)");
    }
}
