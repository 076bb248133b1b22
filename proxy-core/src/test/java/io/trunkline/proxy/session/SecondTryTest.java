package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.WireText;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session does with a statement that a standby could not serve. */
class SecondTryTest extends SessionScenario {
    private static final String READ_ONLY = "E(ERROR 25006 cannot execute nextval() in a read-only transaction)";
    private static final String CONFLICT = "E(ERROR 40001 canceling statement due to conflict with recovery)";

    private void threeNodes() {
        proxy.cluster(0, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1), ProxyFixture.node(2, 0));
    }

    // ---- simple protocol

    @Test
    void aQueryThatTheStandbyRefusesRunsOnThePrimary() {
        client.sends("Q(SELECT hidden)");
        assertThat(standby().received()).isEqualTo("Q(SELECT hidden)");
        standby().sends(READ_ONLY + " Z(I)");
        assertThat(client.received()).isEmpty();
        assertThat(primary().received()).isEqualTo("Q(SELECT hidden)");
        primary().sends("T(hidden) D(1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("T(hidden) D(1) C(SELECT 1) Z(I)");
        assertThat(proxy.counter(Counter.REROUTED_READ_ONLY)).isOne();
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void theClientIsToldOnceWhatTheResultLooksLike() {
        client.sends("Q(SELECT hidden)");
        standby().sends("T(hidden) " + READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo("T(hidden)");
        primary().sends("T(hidden) D(1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("D(1) C(SELECT 1) Z(I)");
        client.sends("Q(DELETE FROM t RETURNING a)");
        primary().sends("T(a) D(2) C(DELETE 1) Z(I)");
        assertThat(client.received()).isEqualTo("T(a) D(2) C(DELETE 1) Z(I)");
    }

    @Test
    void theErrorOfTheSecondTryIsTheClients() {
        client.sends("Q(SELECT hidden)");
        standby().sends(READ_ONLY + " Z(I)");
        primary().received();
        primary().sends("E(ERROR 25006 cannot execute it here either) Z(I)");
        assertThat(client.received()).isEqualTo("E(ERROR 25006 cannot execute it here either) Z(I)");
        assertThat(proxy.counter(Counter.REROUTED_READ_ONLY)).isOne();
    }

    @Test
    void afterARowTheErrorIsTheClients() {
        client.sends("Q(SELECT hidden)");
        standby().sends("T(hidden) D(1)").sends(READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo("T(hidden) D(1) " + READ_ONLY + " Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void afterARowInTheSameReadTheErrorIsTheClients() {
        client.sends("Q(SELECT hidden)");
        standby().sends("T(hidden) D(1) " + READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo("T(hidden) D(1) " + READ_ONLY + " Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "E(ERROR 57014 canceling statement due to user request)",
                "E(ERROR 40001 could not serialize access)",
                "E(ERROR 40P01 deadlock detected)",
                "E(ERROR 22012 division by zero)"
            })
    void otherErrorsAreTheClientsAtOnce(String error) {
        client.sends("Q(SELECT 1)");
        standby().sends(error + " Z(I)");
        assertThat(client.received()).isEqualTo(error + " Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void withoutAPrimaryTheErrorIsTheClients() {
        proxy.cluster(-1, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
        client.sends("Q(SELECT hidden)");
        standby().sends(READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo(READ_ONLY + " Z(I)");
    }

    @Test
    void aPrimaryThatCannotBeReachedIsTheSecondTrysError() {
        proxy.nodes.down(0);
        client.sends("Q(SELECT hidden)");
        standby().sends(READ_ONLY + " Z(I)");
        assertThat(client.received())
                .isEqualTo("E(ERROR 08006 could not connect to node 0 (10.0.0.0:5432): Connection refused) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).endsWith("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I)");
    }

    @Test
    void inATransactionDeclaredReadOnlyTheErrorIsTheClients() {
        client.sends("Q(BEGIN READ ONLY) Q(SELECT hidden)");
        assertThat(standby().received()).isEqualTo("Q(BEGIN READ ONLY) Q(SELECT hidden)");
        standby().sends("C(BEGIN) Z(T) " + READ_ONLY + " Z(E)");
        assertThat(client.received()).isEqualTo("C(BEGIN) Z(T) " + READ_ONLY + " Z(E)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void theFirstStatementOfATransactionTakesItToThePrimary() {
        client.sends("Q(BEGIN)").sends("Q(SELECT hidden)");
        assertThat(standby().received()).isEqualTo("Q(BEGIN) Q(SELECT hidden)");
        standby().sends("C(BEGIN) Z(T) " + READ_ONLY + " Z(E)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK)");
        assertThat(proxy.nodes.open(0)).isEmpty();
        standby().sends("C(ROLLBACK) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(SELECT hidden)");
        primary().sends("C(BEGIN) Z(T) T(hidden) D(1) C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("C(BEGIN) Z(T) T(hidden) D(1) C(SELECT 1) Z(T)");
        client.sends("Q(SELECT 1)").sends("Q(COMMIT)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1) Q(COMMIT)");
        assertThat(standby().received()).isEmpty();
    }

    @Test
    void theFirstBatchOfATransactionTakesItToThePrimary() {
        client.sends("P(|BEGIN) B(|) E() P(|SELECT hidden) B(|)").sends("D(P) E() S");
        assertThat(standby().received()).isEqualTo("Q(BEGIN) P(|SELECT hidden) B(|) D(P) E() S");
        standby().sends("C(BEGIN) Z(T) 1 2 T(hidden) " + READ_ONLY + " Z(E)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK)");
        standby().sends("C(ROLLBACK) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) P(|SELECT hidden) B(|) D(P) E() S");
        primary().sends("C(BEGIN) Z(T) 1 2 T(hidden) D(1) C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("1 2 C(BEGIN) 1 2 T(hidden) D(1) C(SELECT 1) Z(T)");
    }

    @Test
    void aBatchWhoseExecuteComesAfterTheTransactionHasBegunIsTriedAgain() {
        client.sends("Q(BEGIN)").sends("P(|SELECT hidden) D(S) H");
        standby().sends("C(BEGIN) Z(T) 1 t T(hidden)");
        client.sends("B(|) E() S");
        standby().sends("2 " + READ_ONLY + " Z(E)");
        standby().sends("C(ROLLBACK) Z(I)");
        primary().sends("C(BEGIN) Z(T) 1 t T(hidden) 2 D(1) C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("C(BEGIN) Z(T) 1 t T(hidden) 2 D(1) C(SELECT 1) Z(T)");
    }

    @Test
    void aLaterStatementOfATransactionGetsTheError() {
        client.sends("Q(BEGIN)").sends("Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        client.received();
        client.sends("Q(SELECT hidden)");
        standby().sends(READ_ONLY + " Z(E)");
        assertThat(client.received()).isEqualTo(READ_ONLY + " Z(E)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void aSessionThatIsReadOnlyByItsOwnWishGetsTheError() {
        client.sends("Q(SET default_transaction_read_only TO on)");
        standby().sends("S(default_transaction_read_only=on) C(SET) Z(I)");
        client.received();
        client.sends("Q(SELECT hidden)");
        standby().sends(READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo(READ_ONLY + " Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void theSecondTryHasTheSessionsSettings() {
        client.sends("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        client.sends("Q(SET work_mem TO '1MB')");
        standby().received();
        standby().sends("C(SET) Z(I)");
        client.received();
        client.sends("Q(SELECT hidden)");
        standby().sends(READ_ONLY + " Z(I)");
        assertThat(primary().received()).isEqualTo("Q(SET work_mem TO '1MB')");
        primary().sends("C(SET) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(SELECT hidden)");
    }

    @Test
    void queriesBehindItAreAskedAgain() {
        client.sends("Q(SELECT 1) Q(SELECT hidden) Q(SELECT 3)");
        standby().received();
        standby().sends("T(a) D(1) C(SELECT 1) Z(I) " + READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo("T(a) D(1) C(SELECT 1) Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
        standby().sends("T(a) D(old) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEmpty();
        assertThat(primary().received()).isEqualTo("Q(SELECT hidden) Q(SELECT 3)");
        primary().sends("T(h) D(2) C(SELECT 1) Z(I) T(a) D(3) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("T(h) D(2) C(SELECT 1) Z(I) T(a) D(3) C(SELECT 1) Z(I)");
    }

    @Test
    void aRequestThatIsNotKeptTakesThoseBeforeItTheirSecondTry() {
        client.sends("Q(SELECT hidden) Q(SHOW application_name)");
        standby().sends(READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo(READ_ONLY + " Z(I)");
    }

    @Test
    void aQueryThatWasCutOverReadsRunsAgainWhole() {
        ByteBuf query = WireText.encode(WireText.Sender.CLIENT, "Q(SELECT hidden)");
        client.sends(query.readRetainedSlice(9));
        client.sends(query);
        standby().sends(READ_ONLY + " Z(I)");
        assertThat(primary().received()).isEqualTo("Q(SELECT hidden)");
    }

    @Test
    void aRequestOfWhichThereIsOnlyTheBeginningComesBehind() {
        client.sends("Q(SELECT hidden)");
        ByteBuf next = WireText.encode(WireText.Sender.CLIENT, "Q(DELETE FROM t)");
        client.sends(next.readRetainedSlice(9));
        standby().sends(READ_ONLY + " Z(I)");
        assertThat(primary().received()).isEqualTo("Q(SELECT hidden)");
        client.sends(next);
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aRequestThatWaitsComesBehind() {
        client.sends("Q(SELECT hidden) Q(DELETE FROM t)");
        assertThat(standby().received()).isEqualTo("Q(SELECT hidden)");
        standby().sends(READ_ONLY + " Z(I)");
        assertThat(primary().received()).isEqualTo("Q(SELECT hidden) Q(DELETE FROM t)");
    }

    @Test
    void aClientThatGoesMeanwhileLeavesNothingBehind() {
        client.sends("Q(SELECT hidden)");
        standby().sends(READ_ONLY);
        client.disconnects();
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    // ---- extended protocol

    @Test
    void aBatchThatTheStandbyRefusesRunsOnThePrimary() {
        client.sends("P(|SELECT hidden) B(|) D(P) E() S");
        assertThat(standby().received()).isEqualTo("P(|SELECT hidden) B(|) D(P) E() S");
        standby().sends("1 2 T(hidden) " + READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo("1 2 T(hidden)");
        assertThat(primary().received()).isEqualTo("P(|SELECT hidden) B(|) D(P) E() S");
        primary().sends("1 2 T(hidden) D(1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("D(1) C(SELECT 1) Z(I)");
        assertThat(proxy.counter(Counter.REROUTED_READ_ONLY)).isOne();
        client.sends("P(|SELECT 1) B(|) E() S");
        assertThat(standby().received()).isEqualTo("P(|SELECT 1) B(|) E() S");
        standby().sends("1 2 C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1) Z(I)");
    }

    @Test
    void whatTheClientHasNotBeenToldItIsToldByTheSecondNode() {
        client.sends("P(|SELECT hidden) B(|) D(P) E() S");
        standby().sends("1 " + READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo("1");
        primary().sends("1 2 T(hidden) D(1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("2 T(hidden) D(1) C(SELECT 1) Z(I)");
    }

    @Test
    void anErrorInAStepThatWasAnsweredBeforeIsTheClients() {
        client.sends("P(|SELECT hidden) B(|) E() S");
        standby().sends("1 2 " + READ_ONLY + " Z(I)");
        primary().sends("E(ERROR 42P01 no relation) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 E(ERROR 42P01 no relation) Z(I)");
    }

    @Test
    void aBatchWithoutItsSyncGoesOnWhereItIsTriedAgain() {
        client.sends("P(s|SELECT hidden) D(Ss) H");
        standby().sends("1 t T(hidden)");
        assertThat(client.received()).isEqualTo("1 t T(hidden)");
        client.sends("B(|s) E() H");
        standby().received();
        standby().sends("2 " + READ_ONLY);
        assertThat(client.received()).isEqualTo("2");
        assertThat(standby().received()).isEqualTo("S");
        assertThat(proxy.nodes.open(0)).isEmpty();
        standby().sends("Z(I)");
        assertThat(primary().received()).isEqualTo("P(s|SELECT hidden) D(Ss) H B(|s) E() H");
        primary().sends("1 t T(hidden) 2 D(1) C(SELECT 1)");
        assertThat(client.received()).isEqualTo("D(1) C(SELECT 1)");
        client.sends("S");
        assertThat(primary().received()).isEqualTo("S");
        primary().sends("Z(I)");
        assertThat(client.received()).isEqualTo("Z(I)");
    }

    @Test
    void afterAnExecuteThatHasSucceededTheErrorIsTheClients() {
        client.sends("P(|SELECT 1) B(|) E() P(|SELECT hidden) B(|) E() S");
        standby().sends("1 2 C(SELECT 1) 1 2 " + READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1) 1 2 " + READ_ONLY + " Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void aStatementOfTheBatchIsPreparedOnBothNodesAfterwards() {
        client.sends("P(s|SELECT hidden) B(|s) E() S");
        standby().sends("1 2 " + READ_ONLY + " Z(I)");
        assertThat(primary().received()).isEqualTo("P(s|SELECT hidden) B(|s) E() S");
        primary().sends("1 2 C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1) Z(I)");
        standby().received();
        client.sends("B(|s) E() S");
        // the one of the first try makes way
        assertThat(standby().received()).isEqualTo("C(Ss) S P(s|SELECT hidden) B(|s) E() S");
        standby().sends("3 Z(I) 1 2 C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("2 C(SELECT 1) Z(I)");
        client.sends("C(Ss) S");
        standby().sends("3 Z(I)");
        assertThat(client.received()).isEqualTo("3 Z(I)");
        assertThat(primary().received()).isEqualTo("C(Ss) S");
    }

    @Test
    void aStatementPreparedBeforeIsPreparedOnThePrimaryFirst() {
        client.sends("P(s|SELECT hidden) S");
        standby().sends("1 Z(I)");
        client.sends("B(|s) E() S");
        standby().sends("2 " + READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo("1 Z(I) 2");
        assertThat(primary().received()).isEqualTo("P(s|SELECT hidden) B(|s) E() S");
        primary().sends("1 2 C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I)");
    }

    @Test
    void aStatementThatTheBatchClosesIsThereForTheSecondTry() {
        client.sends("P(s|SELECT hidden) S");
        standby().sends("1 Z(I)");
        client.sends("B(|s) E() C(Ss) S");
        standby().sends("2 " + READ_ONLY + " Z(I)");
        assertThat(primary().received()).isEqualTo("P(s|SELECT hidden) B(|s) E() C(Ss) S");
        primary().sends("1 2 C(SELECT 1) 3 Z(I)");
        assertThat(client.received()).isEqualTo("1 Z(I) 2 C(SELECT 1) 3 Z(I)");
        client.sends("P(s|SELECT 2) B(|s) E() S");
        assertThat(standby().received()).endsWith("P(s|SELECT 2) B(|s) E() S");
    }

    @Test
    void batchesBehindItAreAskedAgain() {
        client.sends("P(|SELECT 1) B(|) E() S P(|SELECT hidden) B(|) E() S P(|SELECT 3) B(|) E() S");
        standby().sends("1 2 C(SELECT 1) Z(I) 1 2 " + READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1) Z(I) 1 2");
        standby().sends("1 2 C(SELECT 3) Z(I)");
        assertThat(client.received()).isEmpty();
        assertThat(primary().received()).isEqualTo("P(|SELECT hidden) B(|) E() S P(|SELECT 3) B(|) E() S");
        primary().sends("1 2 C(SELECT 2) Z(I) 1 2 C(SELECT 3) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 2) Z(I) 1 2 C(SELECT 3) Z(I)");
    }

    @Test
    void aBatchThatIsTooLongGetsTheError() {
        proxy.limits.inspectionLimit = 2 * SecondTry.LIMIT;
        client.sends("P(|SELECT '" + "x".repeat(SecondTry.LIMIT) + "') B(|) E() S");
        standby().sends("1 2 " + READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo("1 2 " + READ_ONLY + " Z(I)");
    }

    @Test
    void aQueryOfAnyLengthThatIsInspectedIsTriedAgain() {
        proxy.limits.inspectionLimit = 2 * SecondTry.LIMIT;
        String query = "Q(SELECT '" + "x".repeat(SecondTry.LIMIT) + "')";
        client.sends(query);
        standby().sends(READ_ONLY + " Z(I)");
        assertThat(primary().received()).isEqualTo(query);
    }

    @Test
    void aStatementThatBalancingHasNothingToDoWithIsLeftAlone() {
        client.sends("Q(DELETE FROM t)");
        primary().sends(READ_ONLY + " Z(I)");
        assertThat(client.received()).isEqualTo(READ_ONLY + " Z(I)");
    }

    // ---- recovery conflicts

    @Test
    void aReadThatReplayHasCancelledRunsOnAnotherNode() {
        client.sends("Q(SELECT a)");
        standby().sends("T(a) " + CONFLICT + " Z(I)");
        primary().sends("T(a) D(1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("T(a) D(1) C(SELECT 1) Z(I)");
        assertThat(proxy.counter(Counter.REROUTED_CONFLICT)).isOne();
    }

    @Test
    void anotherStandbyServesItWhereThereIsOne() {
        proxy.cluster(0, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1), ProxyFixture.node(2, 0));
        client.sends("Q(SELECT a)");
        standby().received();
        proxy.cluster(0, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1), ProxyFixture.node(2, 1));
        standby().sends("E(ERROR 40P01 canceling statement due to conflict with recovery) Z(I)");
        assertThat(proxy.node(2).received()).isEqualTo("Q(SELECT a)");
        proxy.node(2).sends(CONFLICT + " Z(I)");
        assertThat(client.received()).isEqualTo(CONFLICT + " Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void thePrimaryServesItWhereTheOtherStandbyIsDown() {
        threeNodes();
        client.sends("Q(SELECT a)");
        standby().received();
        proxy.cluster(0, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1), ProxyFixture.node(2, 1));
        proxy.nodes.down(2);
        standby().sends(CONFLICT + " Z(I)");
        assertThat(primary().received()).isEqualTo("Q(SELECT a)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "E(FATAL 57P04 terminating connection due to conflict with recovery)",
                "E(FATAL 40001 terminating connection due to conflict with recovery)"
            })
    void aConflictThatEndsTheConnectionIsNotTheClientsBusinessEither(String error) {
        client.sends("Q(SELECT a) Q(SELECT b)");
        standby().sends(error);
        assertThat(client.received()).isEmpty();
        standby().disconnects();
        assertThat(primary().received()).isEqualTo("Q(SELECT a) Q(SELECT b)");
        primary().sends("T(a) D(1) C(SELECT 1) Z(I) T(b) D(2) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("T(a) D(1) C(SELECT 1) Z(I) T(b) D(2) C(SELECT 1) Z(I)");
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void aBatchWhoseConnectionEndsByAConflictRunsAgain() {
        client.sends("P(|SELECT a) B(|) E() H");
        standby().sends("1 2 E(FATAL 57P04 terminating connection due to conflict with recovery)");
        standby().disconnects();
        assertThat(primary().received()).isEqualTo("P(|SELECT a) B(|) E() H");
        primary().sends("1 2 C(SELECT 1)");
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1)");
        client.sends("S");
        primary().sends("Z(I)");
        assertThat(client.received()).isEqualTo("Z(I)");
    }

    @Property(tries = 200)
    void repliesMayBeCutAnywhere(@ForAll @Size(max = 12) int[] cuts) {
        ProxyFixture fresh = new ProxyFixture();
        try {
            ProxyFixture.Client asking = fresh.session();
            asking.sends("P(|SELECT 1) B(|) D(P) E() S P(|SELECT hidden) B(|) D(P) E() S Q(SELECT 3)");
            send(
                    fresh.node(1),
                    "1 2 T(a) D(1) C(SELECT 1) Z(I) 1 2 T(h) " + READ_ONLY + " Z(I)" + " T(b) D(3) C(SELECT 1) Z(I)",
                    cuts);
            send(fresh.node(0), "1 2 T(h) D(2) C(SELECT 1) Z(I) T(b) D(3) C(SELECT 1) Z(I)", cuts);
            assertThat(asking.received())
                    .isEqualTo("1 2 T(a) D(1) C(SELECT 1) Z(I) 1 2 T(h) D(2) C(SELECT 1) Z(I)"
                            + " T(b) D(3) C(SELECT 1) Z(I)");
        } finally {
            fresh.finish();
        }
    }

    private static void send(ScriptedBackend backend, String messages, int[] cuts) {
        ByteBuf bytes = WireText.encode(WireText.Sender.SERVER, messages);
        for (int cut : cuts) {
            int count = Math.floorMod(cut, 20);
            if (count > 0 && count < bytes.readableBytes()) {
                backend.sends(bytes.readRetainedSlice(count));
            }
        }
        backend.sends(bytes);
    }
}
