package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.UnrestorableState;
import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import io.trunkline.proxy.route.Rules;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session does when the primary is gone, or what it cannot go on without. */
class NodeLossTest extends NodeLossScenario {
    // ---- the primary, with nothing that could be committed

    @ParameterizedTest
    @ValueSource(strings = {"", GOES, PANICS})
    void anIdlePrimaryIsNotMissed(String lastWords) {
        client.sends("Q(SET DateStyle TO 'German')").sends("P(s|DELETE FROM t) S");
        standby().sends("C(SET) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(SET DateStyle TO 'German')");
        primary().sends("C(SET) Z(I)");
        assertThat(primary().received()).isEqualTo("P(s|DELETE FROM t) S");
        primary().sends("1 Z(I)");
        assertThat(client.received()).isEqualTo("C(SET) Z(I) 1 Z(I)");
        primary().sends(lastWords).disconnects();
        assertThat(client.received()).isEmpty();

        client.sends("B(|s) E() S");
        assertThat(primary().received()).isEqualTo("Q(SET DateStyle TO 'German')");
        primary().sends("C(SET) Z(I)");
        assertThat(primary().received()).isEqualTo("P(s|DELETE FROM t) B(|s) E() S");
        primary().sends("1 2 C(DELETE 1) Z(I)");
        assertThat(client.received()).isEqualTo("2 C(DELETE 1) Z(I)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", GOES, PANICS})
    void aStatementOfATransactionFailsWithItAndTheSessionGoesOn(String lastWords) {
        writesInTransaction();
        client.sends("Q(UPDATE t SET a = 1)");
        primary().sends(lastWords).disconnects();
        assertThat(client.received()).isEqualTo(PRIMARY_LOST + " Z(E)");
        assertThat(proxy.counter(Counter.TRANSACTIONS_LOST)).isOne();
        client.sends("Q(SELECT 1)").sends("P(|SELECT 1) B(|) E() S");
        assertThat(client.received()).matches("E\\(ERROR 25P02 [^)]*\\) Z\\(E\\) E\\(ERROR 25P02 [^)]*\\) Z\\(E\\)");
        client.sends("Q(ROLLBACK)");
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(I)");
        servesWrites();
    }

    @Test
    void anIdleTransactionIsToldOfItsLossWithItsNextStatement() {
        writesInTransaction();
        primary().sends(GOES).disconnects();
        assertThat(client.received()).isEmpty();
        client.sends("Q(UPDATE t SET a = 1)");
        assertThat(client.received()).isEqualTo(PRIMARY_LOST + " Z(E)");
        client.sends("Q(COMMIT)");
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(I)");
        servesWrites();
    }

    @Test
    void theCommitOfALostTransactionFailsAndEndsIt() {
        writesInTransaction();
        primary().disconnects();
        client.sends("Q(COMMIT)");
        assertThat(client.received()).isEqualTo(PRIMARY_LOST + " Z(I)");
        servesWrites();
    }

    @Test
    void aReadWhereATransactionHasWrittenIsNotRunElsewhereWhenThatIsThePrimaryNoMore() {
        writesInTransaction();
        proxy.published(Writes.AWAITED, -1, ProxyFixture.outOfService(0, true), ProxyFixture.node(1, 1));
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
        primary().disconnects();
        assertThat(client.received()).isEqualTo(PRIMARY_LOST + " Z(E)");
        client.sends("Q(COMMIT)");
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(I)");
    }

    @Test
    void theCommitOfALostTransactionFailsInABatchToo() {
        writesInTransaction();
        primary().disconnects();
        client.sends("P(c|COMMIT) D(Sc) B(|c) E() P(|SELECT 1) B(|) E() S");
        assertThat(client.received()).isEqualTo("1 t n 2 " + PRIMARY_LOST + " Z(I)");
        client.sends("Q(BEGIN)").sends("Q(DELETE FROM t)");
        primary().sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        client.sends("B(|c) E() S");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(DELETE FROM t) P(c|COMMIT) B(|c) E() S");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q(ROLLBACK)", "P(|ROLLBACK) B(|) E() S"})
    void theRollbackOfALostTransactionSucceeds(String rollback) {
        writesInTransaction();
        primary().disconnects();
        client.sends(rollback);
        assertThat(client.received()).isIn("C(ROLLBACK) Z(I)", "1 2 C(ROLLBACK) Z(I)");
        servesWrites();
    }

    @Test
    void aRollbackUnderWayIsAnswered() {
        writesInTransaction();
        client.sends("Q(ROLLBACK)");
        primary().disconnects();
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(I)");
        servesWrites();
    }

    @Test
    void aTransactionIsLostWithoutAChoiceOfNodesToo() {
        proxy.routing = Rules.of("load_balance_mode = off");
        client.sends("Q(BEGIN)").sends("Q(DELETE FROM t)");
        primary().sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        client.received();
        primary().disconnects();
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).isEqualTo(PRIMARY_LOST + " Z(E)");
        client.sends("P(|COMMIT) B(|) E() S");
        assertThat(client.received()).isEqualTo("1 2 C(ROLLBACK) Z(I)");
        servesWrites();
    }

    @Test
    void aFailedTransactionStaysFailedUntilItsEnd() {
        writesInTransaction();
        client.sends("Q(nonsense)");
        primary().sends("E(ERROR 42601 syntax) Z(E)");
        client.received();
        primary().disconnects();
        client.sends("Q(SELECT 1)");
        assertThat(client.received()).startsWith("E(ERROR 25P02 ").endsWith("Z(E)");
        client.sends("Q(COMMIT)");
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(I)");
    }

    @Test
    void aReadOnThePrimaryFailsAsItChangesNothing() {
        proxy.cluster(0, ProxyFixture.node(0, 1), ProxyFixture.node(1, 0));
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
        primary().disconnects();
        assertThat(client.received()).isEqualTo(PRIMARY_LOST + " Z(I)");
    }

    @Test
    void aCopyWhoseDataHasNotEndedHasCommittedNothing() {
        client.sends("Q(COPY t FROM STDIN)");
        primary().sends("G");
        client.sends("d(a)");
        primary().disconnects();
        assertThat(client.received()).isEqualTo("G " + PRIMARY_LOST + " Z(I)");
        client.sends("d(b) c");
        servesWrites();
    }

    @Test
    void aWriteOfABatchThatIsNotEndedIsUndoneAndTheClientIsTold() {
        client.sends("P(|DELETE FROM t) B(|) E() H");
        primary().sends("1 2 C(DELETE 1)");
        assertThat(client.received()).isEqualTo("1 2 C(DELETE 1)");
        primary().disconnects();
        assertThat(client.received()).isEqualTo(PRIMARY_LOST);
        client.sends("S");
        assertThat(client.received()).isEqualTo("Z(I)");
        servesWrites();
    }

    @Test
    void aBatchThatHasMovedOnFromAWriteIsNotSaidToHaveSucceeded() {
        client.sends("P(|DELETE FROM t) B(|) E() H");
        primary().sends("1 2 C(DELETE 1)");
        client.received();
        client.sends("P(|SELECT 1) B(|) E() H");
        assertThat(proxy.nodes.open(1)).isEmpty();
        primary().sends("1 2 C(SELECT 1)").disconnects();
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1) " + PRIMARY_LOST);
        client.sends("S");
        assertThat(client.received()).isEqualTo("Z(I)");
    }

    @Test
    void theLossOfAnIdleNodeDoesNotDisturbWhatIsUnderWayOnAnother() {
        client.sends("Q(DELETE FROM t)");
        primary().sends("C(DELETE 1) Z(I)");
        client.received();
        client.sends("Q(SELECT 1)");
        standby();
        primary().disconnects();
        assertThat(client.received()).isEmpty();
        standby().sends("C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I)");
    }

    // ---- the primary, with something that may have been committed

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Q(DELETE FROM t)",
                "Q(SELECT 1; SELECT 2)",
                "Q(CREATE TABLE x (a int))",
                "Q(CALL p())",
                "Q(DO 'x')",
                "Q(COMMIT PREPARED 'x')",
                "P(|DELETE FROM t) B(|) E() S",
                "P(|CALL p()) B(|) E() S",
                "F(x)"
            })
    void theOutcomeOfAWriteThatIsNotAnsweredIsUnknown(String write) {
        client.sends(write);
        primary().disconnects();
        assertThat(client.received()).isEqualTo(IN_DOUBT + " Z(I)");
        assertThat(proxy.counter(Counter.OUTCOMES_UNKNOWN)).isOne();
        servesWrites();
    }

    @ParameterizedTest
    @CsvSource({
        "Q(DELETE FROM t), " + GOES,
        "P(|DELETE FROM t) B(|) E() S, " + GOES,
        "Q(DELETE FROM t), " + PANICS,
        "P(|DELETE FROM t) B(|) E() S, " + PANICS
    })
    void aServersLastWordsAreNoAnswerToAWrite(String write, String lastWords) {
        client.sends(write);
        primary().sends(lastWords).disconnects();
        assertThat(client.received()).isEqualTo(IN_DOUBT + " Z(I)");
        servesWrites();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q(COMMIT)", "P(|COMMIT) B(|) E() S", "Q(PREPARE TRANSACTION 'x')"})
    void theOutcomeOfACommitIsUnknown(String commit) {
        writesInTransaction();
        client.sends(commit);
        primary().disconnects();
        assertThat(client.received()).isEqualTo(IN_DOUBT + " Z(I)");
        servesWrites();
    }

    @Test
    void everythingThatIsPipelinedWithACommitIsInDoubt() {
        writesInTransaction();
        client.sends("Q(UPDATE t SET a = 1) Q(COMMIT) Q(SELECT 1)");
        primary().disconnects();
        assertThat(client.received()).isEqualTo(IN_DOUBT + " Z(I) " + IN_DOUBT + " Z(I) " + IN_DOUBT + " Z(I)");
        reads("SELECT 2");
    }

    @Test
    void aSyncThatIsNotAnsweredMayHaveCommitted() {
        client.sends("P(|DELETE FROM t) B(|) E() S");
        primary().sends("1 2 C(DELETE 1)").disconnects();
        assertThat(client.received()).isEqualTo("1 2 C(DELETE 1) " + IN_DOUBT + " Z(I)");
    }

    @Test
    void anErrorOfTheServerLeavesNoDoubt() {
        client.sends("P(|DELETE FROM nonsense) B(|) E() S");
        primary().sends("E(ERROR 42P01 no table)").disconnects();
        assertThat(client.received()).isEqualTo("E(ERROR 42P01 no table) Z(I)");
    }

    @Test
    void aCopyWhoseDataHasEndedIsInDoubt() {
        client.sends("Q(COPY t FROM STDIN)");
        primary().sends("G");
        client.sends("d(a) c");
        primary().disconnects();
        assertThat(client.received()).isEqualTo("G " + IN_DOUBT + " Z(I)");
    }

    @Test
    void withoutAChoiceOfNodesAStringOfSeveralMayCommitInATransaction() {
        proxy.routing = Rules.of("load_balance_mode = off");
        client.sends("Q(BEGIN)");
        primary().sends("C(BEGIN) Z(T)");
        client.sends("Q(DELETE FROM t; COMMIT)");
        primary().disconnects();
        assertThat(client.received()).isEqualTo("C(BEGIN) Z(T) " + IN_DOUBT + " Z(I)");
    }

    @Test
    void theSqlstateForDoubtCanBeChosen() {
        proxy.losses(new LossPolicy(true, Set.of(), "40003", 0));
        client.sends("Q(DELETE FROM t)");
        primary().disconnects();
        assertThat(client.received()).startsWith("E(ERROR 40003 ").endsWith("Z(I)");
    }

    // ---- sessions that cannot go on

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Q(CREATE TEMP TABLE x (a int))",
                "Q(LISTEN x)",
                "Q(SELECT pg_advisory_lock(1))",
                "Q(DECLARE c CURSOR WITH HOLD FOR SELECT 1)",
                "Q(DO 'x')"
            })
    void stateThatWouldBeMissedSilentlyEndsTheSession(String statement) {
        client.sends(statement);
        primary().sends("C(X) Z(I)");
        client.received();
        primary().sends(GOES).disconnects();
        assertThat(client.received())
                .startsWith("E(FATAL 57P01 terminating connection because node 0 (10.0.0.0:5432) was lost and the"
                        + " session had ");
        assertThat(client.isOpen()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Q(SELECT pg_try_advisory_lock(1))",
                "Q(SELECT 1 INTO TEMP x)",
                "Q(select SET_CONFIG('a.b', c, false) FROM t)"
            })
    void itIsSeenWithoutAChoiceOfNodesToo(String statement) {
        proxy.routing = Rules.of("load_balance_mode = off");
        client.sends(statement);
        primary().sends("C(X) Z(I)");
        client.received();
        primary().disconnects();
        assertThat(client.received()).startsWith("E(FATAL 57P01 ");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void itEndsAfterTheDoubtHasBeenTold() {
        client.sends("Q(LISTEN x)");
        primary().sends("C(LISTEN) Z(I)");
        client.received();
        client.sends("Q(DELETE FROM t)");
        primary().disconnects();
        assertThat(client.received()).startsWith(IN_DOUBT + " E(FATAL 57P01 ");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void kindsOfStateThatMayBeLostDoNotEndTheSession() {
        proxy.losses(new LossPolicy(true, Set.of(UnrestorableState.TEMPORARY_TABLE), "08007", 0));
        client.sends("Q(CREATE TEMP TABLE x (a int))");
        primary().sends("C(CREATE TABLE) Z(I)");
        client.received();
        primary().disconnects();
        assertThat(client.received()).isEmpty();
        reads("SELECT 1");
    }

    @Test
    void discardAllMakesTheSessionFreeToGo() {
        client.sends("Q(LISTEN x)");
        primary().sends("C(LISTEN) Z(I)");
        client.sends("Q(DISCARD ALL)");
        primary().sends("C(DISCARD ALL) Z(I)");
        client.received();
        primary().disconnects();
        assertThat(client.received()).isEmpty();
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void withTheOtherPolicyEverySessionOfTheNodeEnds() {
        proxy.losses(new LossPolicy(false, Set.of(), "08007", 0));
        reads("SELECT 1");
        standby().disconnects();
        assertThat(client.received()).startsWith("E(FATAL 57P01 ").contains("failover_session_policy");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void otherLastWordsOfThePrimaryAreTheClients() {
        writesInTransaction();
        primary()
                .sends("E(FATAL 25P03 terminating connection due to idle-in-transaction timeout)")
                .disconnects();
        assertThat(client.received())
                .isEqualTo("E(FATAL 25P03 terminating connection due to idle-in-transaction timeout)");
        assertThat(client.isOpen()).isFalse();
    }
}
