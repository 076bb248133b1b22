package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.proxy.route.Rules;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An explicit transaction and the nodes that take part in it. Node 0 is the primary, node 1 the standby for reads. */
class SessionTransactionTest extends SessionScenario {
    private void begins(String begin) {
        client.sends("Q(" + begin + ")");
        assertThat(client.received()).endsWith(" Z(T)");
    }

    private void readsOnTheStandby() {
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).endsWith("Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(T)");
    }

    private void writesOnThePrimary() {
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).endsWith("Q(DELETE FROM t)");
        primary().sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        assertThat(client.received()).isEqualTo("C(DELETE 1) Z(T)");
    }

    @Test
    void beginIsAnsweredBeforeAnyNodeIsAsked() {
        client.sends("Q(BEGIN)");
        assertThat(client.received()).isEqualTo("C(BEGIN) Z(T)");
        client.sends("Q(COMMIT)");
        assertThat(client.received()).isEqualTo("C(COMMIT) Z(I)");
        client.sends("Q(START TRANSACTION) Q(ABORT)");
        assertThat(client.received()).isEqualTo("C(START TRANSACTION) Z(T) C(ROLLBACK) Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void aReadGoesToTheStandbyWhichBeginsTheTransaction() {
        begins("BEGIN");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(BEGIN) Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) T(a) D(1) C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("T(a) D(1) C(SELECT 1) Z(T)");
        client.sends("Q(COMMIT)");
        assertThat(standby().received()).isEqualTo("Q(COMMIT)");
        standby().sends("C(COMMIT) Z(I)");
        assertThat(client.received()).isEqualTo("C(COMMIT) Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void aWriteGoesToThePrimaryAndSoDoesEverythingAfterIt() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(DELETE FROM t)");
        primary().sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
        primary().sends("C(SELECT 1) Z(T)");
        client.received();
        client.sends("Q(COMMIT)");
        assertThat(primary().received()).isEqualTo("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        assertThat(client.received()).isEqualTo("C(COMMIT) Z(I)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK)");
    }

    @Test
    void afterTheTransactionReadsAreBalancedAgain() {
        begins("BEGIN");
        writesOnThePrimary();
        client.sends("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aTransactionThatOnlyWritesNeverUsesTheStandby() {
        begins("BEGIN");
        writesOnThePrimary();
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void aRepeatableReadTransactionStaysOnThePrimaryWithItsReads() {
        begins("BEGIN ISOLATION LEVEL REPEATABLE READ");
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN ISOLATION LEVEL REPEATABLE READ) Q(SELECT 1)");
    }

    @Test
    void aRepeatableReadTransactionThatIsReadOnlyStaysOnTheStandby() {
        begins("BEGIN");
        client.sends("Q(SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY)");
        assertThat(client.received()).isEqualTo("C(SET) Z(T)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received())
                .isEqualTo("Q(BEGIN) Q(SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY) Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) C(SET) Z(T) C(SELECT 1) Z(T)");
        client.sends("Q(DELETE FROM t)");
        assertThat(standby().received()).isEqualTo("Q(DELETE FROM t)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void aRepeatableReadTransactionStaysWhereItFirstReadAlsoIfItsModeCameByTheExtendedProtocol() {
        begins("BEGIN");
        client.sends("P(|SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY) B(|) E() S");
        standby().received();
        standby().sends("C(BEGIN) Z(T) 1 2 C(SET) Z(T)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(T)");
        client.sends("Q(SELECT pg_export_snapshot())");
        assertThat(standby().received()).isEqualTo("Q(SELECT pg_export_snapshot())");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void aSettingDoesNotDecideWhereARepeatableReadTransactionStays() {
        begins("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        client.sends("Q(SET LOCAL work_mem = '1MB')");
        standby().sends("C(BEGIN) Z(T) C(SET) Z(T)");
        client.sends("Q(SELECT pg_export_snapshot())");
        assertThat(primary().received())
                .isEqualTo("Q(BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY) Q(SET LOCAL work_mem = '1MB')"
                        + " Q(SELECT pg_export_snapshot())");
        primary().sends("C(BEGIN) Z(T) C(SET) Z(T) C(SELECT 1) Z(T)");
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aSharedSnapshotIsSetOnThePrimaryWhichHasExportedIt() {
        client.sends("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        client.received();
        begins("BEGIN");
        client.sends("Q(SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY)");
        client.sends("Q(SET TRANSACTION SNAPSHOT '1-1')");
        assertThat(primary().received())
                .isEqualTo("Q(BEGIN) Q(SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY)"
                        + " Q(SET TRANSACTION SNAPSHOT '1-1')");
        primary().sends("C(BEGIN) Z(T) C(SET) Z(T) C(SET) Z(T)");
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aSerializableTransactionStaysOnThePrimaryThoughItOnlyReads() {
        begins("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY");
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).endsWith("Q(SELECT 1)");
    }

    @Test
    void aTransactionThatIsReadWriteByItsWordsNeverUsesTheStandby() {
        begins("BEGIN READ WRITE");
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN READ WRITE) Q(SELECT 1)");
    }

    @Test
    void afterSessionCharacteristicsTransactionsHaveThatIsolation() {
        client.sends("Q(SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ)");
        standby().sends("C(SET) Z(I)");
        client.received();
        begins("BEGIN");
        client.sends("Q(SELECT 1)");
        primary().sends("C(SET) Z(I)");
        assertThat(primary().received()).endsWith("Q(BEGIN) Q(SELECT 1)");
    }

    @Test
    void savepointsAndSettingsAreToldToANodeThatJoins() {
        begins("BEGIN");
        client.sends("Q(SAVEPOINT a)");
        assertThat(client.received()).isEqualTo("C(SAVEPOINT) Z(T)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(BEGIN) Q(SAVEPOINT a) Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) C(SAVEPOINT) Z(T) C(SELECT 1) Z(T)");
        client.sends("Q(SET LOCAL work_mem TO '8MB')");
        assertThat(standby().received()).isEqualTo("Q(SET LOCAL work_mem TO '8MB')");
        standby().sends("C(SET) Z(T)");
        client.received();
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received())
                .isEqualTo("Q(BEGIN) Q(SAVEPOINT a) Q(SET LOCAL work_mem TO '8MB') Q(DELETE FROM t)");
    }

    @Test
    void aFailedReadFailsTheTransactionUntilItsEnd() {
        begins("BEGIN");
        writesOnThePrimary();
        proxy.routing = Rules.of("disable_load_balance_on_write = off");
        readsOnTheStandby();
        client.sends("Q(SELECT nonsense)");
        standby().sends("E(ERROR 42703 no column) Z(E)");
        standby().received();
        client.received();
        client.sends("Q(DELETE FROM t)");
        assertThat(standby().received()).isEqualTo("Q(DELETE FROM t)");
        standby().sends("E(ERROR 25P02 aborted) Z(E)");
        client.received();
        client.sends("Q(COMMIT)");
        assertThat(standby().received()).isEqualTo("Q(COMMIT)");
        standby().sends("C(ROLLBACK) Z(I)");
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(ROLLBACK)");
    }

    @Test
    void afterAReturnToASavepointTheWriterReturnsToItToo() {
        begins("BEGIN");
        writesOnThePrimary();
        proxy.routing = Rules.of("disable_load_balance_on_write = off");
        client.sends("Q(SAVEPOINT a)");
        primary().received();
        primary().sends("C(SAVEPOINT) Z(T)");
        client.received();
        client.sends("Q(SELECT nonsense)");
        assertThat(standby().received()).isEqualTo("Q(BEGIN) Q(SAVEPOINT a) Q(SELECT nonsense)");
        standby().sends("C(BEGIN) Z(T) C(SAVEPOINT) Z(T) E(ERROR 42703 no column) Z(E)");
        client.received();
        client.sends("Q(ROLLBACK TO a)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK TO a)");
        standby().sends("C(ROLLBACK) Z(T)");
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(T)");
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(ROLLBACK TO a) Q(DELETE FROM t)");
    }

    @Test
    void commitGoesToThePrimaryThoughTheLastStatementReadElsewhere() {
        begins("BEGIN");
        writesOnThePrimary();
        proxy.routing = Rules.of("disable_load_balance_on_write = off");
        readsOnTheStandby();
        client.sends("Q(COMMIT)");
        assertThat(primary().received()).isEqualTo("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK)");
    }

    @Test
    void readsOfAChainedTransactionAreBalancedAgainUntilItWrites() {
        begins("BEGIN");
        writesOnThePrimary();
        client.sends("Q(COMMIT AND CHAIN)");
        primary().received();
        primary().sends("C(COMMIT) Z(T)");
        client.received();
        readsOnTheStandby();
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aTransactionThatIsChainedOnTheStandbyCanStillWrite() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("Q(COMMIT AND CHAIN)");
        assertThat(standby().received()).isEqualTo("Q(COMMIT AND CHAIN)");
        standby().sends("C(COMMIT) Z(T)");
        client.received();
        writesOnThePrimary();
    }

    @Test
    void aChainedTransactionKeepsItsModesOnANodeThatJoinsIt() {
        begins("BEGIN");
        client.sends("Q(SET TRANSACTION READ ONLY) Q(SAVEPOINT a) Q(COMMIT AND CHAIN)");
        assertThat(client.received()).isEqualTo("C(SET) Z(T) C(SAVEPOINT) Z(T) C(COMMIT) Z(T)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(BEGIN) Q(SET TRANSACTION READ ONLY) Q(SELECT 1)");
    }

    @Test
    void aTransactionThatIsChainedToAFailedOneHasTheModesOfTheDefault() {
        begins("BEGIN READ ONLY");
        client.sends("Q(SELECT 1/0)");
        standby().sends("C(BEGIN) Z(T) E(22012|division by zero) Z(E)");
        client.sends("Q(ROLLBACK AND CHAIN)");
        standby().sends("C(ROLLBACK) Z(T)");
        client.received();
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(DELETE FROM t)");
    }

    @Test
    void aRepeatableReadTransactionThatIsChainedOnTheStandbyRunsOnThePrimary() {
        begins("BEGIN ISOLATION LEVEL REPEATABLE READ");
        client.sends("P(|COMMIT AND CHAIN) B(|) E() S");
        standby().sends("C(BEGIN) Z(T) 1 2 C(COMMIT) Z(T)");
        client.received();
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN ISOLATION LEVEL REPEATABLE READ) Q(DELETE FROM t)");
    }

    // ---- the primary changes meanwhile

    @Test
    void whatWasWrittenIsCommittedWhereItWasWrittenThoughThePrimaryIsAnotherNow() {
        begins("BEGIN");
        writesOnThePrimary();
        proxy.cluster(1, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
        client.sends("Q(DELETE FROM u)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM u)");
        primary().sends("C(DELETE 1) Z(T)");
        client.received();
        client.sends("Q(COMMIT)");
        assertThat(primary().received()).isEqualTo("Q(COMMIT)");
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void anEndOfATransactionOnOneNodeIsSentOnce() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("Q(COMMIT)");
        assertThat(standby().received()).isEqualTo("Q(COMMIT)");
        standby().sends("C(COMMIT) Z(I)");
        client.received();
        begins("BEGIN");
        writesOnThePrimary();
        client.sends("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        assertThat(client.received()).isEqualTo("C(COMMIT) Z(I)");
        assertThat(standby().received()).isEmpty();
    }

    @Test
    void anIsolationLevelThatWasRolledBackIsTakenForTheStricterOne() {
        begins("BEGIN");
        client.sends("Q(SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED)");
        standby().sends("C(BEGIN) Z(T) C(SET) Z(T)");
        client.received();
        client.sends("Q(ROLLBACK)");
        standby().sends("C(ROLLBACK) Z(I)");
        client.received();
        begins("BEGIN");
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(SELECT 1)");
    }

    @Test
    void aStandbyLeavesATransactionThatIsChainedOnThePrimary() {
        begins("BEGIN");
        readsOnTheStandby();
        writesOnThePrimary();
        client.sends("Q(COMMIT AND CHAIN)");
        primary().sends("C(COMMIT) Z(T)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK)");
    }

    @Test
    void aRequestThatCannotBeServedFailsTheTransaction() {
        begins("BEGIN");
        proxy.cluster(-1, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).startsWith("E(ERROR 57P03 ").endsWith(" Z(E)");
        client.sends("Q(SELECT 1)");
        assertThat(client.received()).startsWith("E(ERROR 25P02 ").endsWith(" Z(E)");
        client.sends("Q(COMMIT)");
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void severalStatementsInOneStringKeepTheTransactionOnThePrimary() {
        begins("BEGIN");
        client.sends("Q(SAVEPOINT a; SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(SAVEPOINT a; SELECT 1)");
        primary().sends("C(BEGIN) Z(T) C(SAVEPOINT) C(SELECT 1) Z(T)");
        proxy.routing = Rules.of("disable_load_balance_on_write = off");
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
    }

    // ---- what was written, and what that means for reads

    @Test
    void withDmlAdaptiveOnlyReadsOfWhatWasWrittenGoToThePrimary() {
        proxy.routing = Rules.of(
                "disable_load_balance_on_write = dml_adaptive", "dml_adaptive_object_relationship_list = 't:summary'");
        begins("BEGIN");
        writesOnThePrimary();
        client.sends("Q(SELECT * FROM t)");
        assertThat(primary().received()).isEqualTo("Q(SELECT * FROM t)");
        primary().sends("C(SELECT 1) Z(T)");
        client.sends("Q(SELECT * FROM summary)");
        assertThat(primary().received()).isEqualTo("Q(SELECT * FROM summary)");
        primary().sends("C(SELECT 1) Z(T)");
        client.received();
        readsOnTheStandby();
    }

    @Test
    void withAlwaysAWriteSendsAllLaterReadsToThePrimary() {
        proxy.routing = Rules.of("disable_load_balance_on_write = always");
        client.sends("Q(DELETE FROM t)");
        primary().received();
        primary().sends("C(DELETE 1) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void withTransTransactionLaterTransactionsStayOnThePrimaryAndOtherReadsDoNot() {
        proxy.routing = Rules.of("disable_load_balance_on_write = trans_transaction");
        begins("BEGIN");
        writesOnThePrimary();
        client.sends("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        client.received();
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        client.received();
        begins("BEGIN");
        primary().received();
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(SELECT 1)");
    }

    @Test
    void readsOfATemporaryTableGoToThePrimaryAndOthersDoNot() {
        client.sends("Q(CREATE TEMP TABLE x (a int))");
        primary().received();
        primary().sends("C(CREATE TABLE) Z(I)");
        client.received();
        client.sends("Q(SELECT * FROM x)");
        assertThat(primary().received()).isEqualTo("Q(SELECT * FROM x)");
        primary().sends("C(SELECT 1) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    // ---- extended protocol

    @Test
    void beginAndAReadInOneBatch() {
        client.sends("P(|BEGIN) B(|) E() P(|SELECT 1) B(|) D(P) E() S");
        assertThat(standby().received()).isEqualTo("Q(BEGIN) P(|SELECT 1) B(|) D(P) E() S");
        standby().sends("C(BEGIN) Z(T) 1 2 T(a) D(1) C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("1 2 C(BEGIN) 1 2 T(a) D(1) C(SELECT 1) Z(T)");
    }

    @Test
    void aBeginBehindACommitInTheSameBatchBeginsOnTheServer() {
        client.sends("P(|BEGIN) B(|) E() P(|DELETE FROM t) B(|) E() P(|COMMIT) B(|) E() P(|BEGIN) B(|) E() S");
        assertThat(primary().received())
                .isEqualTo("Q(BEGIN) P(|DELETE FROM t) B(|) E() P(|COMMIT) B(|) E() P(|BEGIN) B(|) E() S");
        primary().sends("C(BEGIN) Z(T) 1 2 C(DELETE 1) 1 2 C(COMMIT) 1 2 C(BEGIN) Z(T)");
        assertThat(client.received()).endsWith("C(DELETE 1) 1 2 C(COMMIT) 1 2 C(BEGIN) Z(T)");
    }

    @Test
    void aBeginInAFailedTransactionIsTheServersToRefuse() {
        begins("BEGIN");
        client.sends("Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) E(ERROR 22012 x) Z(E)");
        assertThat(client.received()).isEqualTo("E(ERROR 22012 x) Z(E)");
        client.sends("P(|BEGIN) B(|) E() S");
        assertThat(standby().received()).endsWith("P(|BEGIN) B(|) E() S");
    }

    @Test
    void aNamedBeginIsAnsweredEachTime() {
        client.sends("P(b|BEGIN) S");
        assertThat(client.received()).isEqualTo("1 Z(I)");
        for (int i = 0; i < 2; i++) {
            client.sends("B(|b) D(P) E() S");
            assertThat(client.received()).isEqualTo("2 n C(BEGIN) Z(T)");
            client.sends("Q(ROLLBACK)");
            assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(I)");
        }
    }

    @Test
    void aStatementIsBoundWhereTheTransactionHasWritten() {
        client.sends("P(s|SELECT 1) S");
        standby().sends("1 Z(I)");
        client.received();
        begins("BEGIN");
        writesOnThePrimary();
        client.sends("B(|s) E() S");
        assertThat(primary().received()).isEqualTo("P(s|SELECT 1) B(|s) E() S");
        primary().sends("1 2 C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("2 C(SELECT 1) Z(T)");
    }

    @Test
    void aSyncBeforeAnyNodeHasBegunTellsOfTheTransaction() {
        client.sends("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        client.received();
        begins("BEGIN");
        client.sends("S");
        assertThat(client.received()).isEqualTo("Z(T)");
    }

    @Test
    void aBatchThatEndsATransactionEndsItEverywhere() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("P(|DELETE FROM t) B(|) E() P(|COMMIT) B(|) E() S");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) P(|DELETE FROM t) B(|) E() P(|COMMIT) B(|) E() S");
        primary().sends("C(BEGIN) Z(T) 1 2 C(DELETE 1) 1 2 C(COMMIT) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(DELETE 1) 1 2 C(COMMIT) Z(I)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK)");
    }

    @Test
    void aWriteBehindACommitInTheSameBatchIsNoPartOfTheTransaction() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("P(|COMMIT) B(|) E() P(|DELETE FROM t) B(|) E() S");
        assertThat(standby().received()).isEqualTo("P(|COMMIT) B(|) E() H");
        standby().sends("1 2 C(COMMIT)");
        assertThat(primary().received()).isEqualTo("P(|DELETE FROM t) B(|) E() S");
        primary().sends("1 2 C(DELETE 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(COMMIT) 1 2 C(DELETE 1) Z(I)");
        assertThat(standby().received()).isEqualTo("S");
    }

    @Test
    void aWriteBehindTheRollbackOfAFailedTransactionIsNoPartOfIt() {
        begins("BEGIN");
        client.sends("Q(SELECT nonsense)");
        standby().received();
        standby().sends("C(BEGIN) Z(T) E(ERROR 42703 no column) Z(E)");
        client.received();
        client.sends("P(|ROLLBACK) B(|) E() P(|DELETE FROM t) B(|) E() S");
        standby().sends("1 2 C(ROLLBACK)");
        assertThat(primary().received()).isEqualTo("P(|DELETE FROM t) B(|) E() S");
    }

    @Test
    void aWriteBehindACommitAndChainInTheSameBatchIsPartOfTheNewTransaction() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("P(|COMMIT AND CHAIN) B(|) E() P(|DELETE FROM t) B(|) E() S");
        standby().sends("1 2 C(COMMIT)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) P(|DELETE FROM t) B(|) E() S");
        primary().sends("C(BEGIN) Z(T) 1 2 C(DELETE 1) Z(T)");
        assertThat(client.received()).isEqualTo("1 2 C(COMMIT) 1 2 C(DELETE 1) Z(T)");
        client.sends("Q(COMMIT)");
        assertThat(primary().received()).isEqualTo("Q(COMMIT)");
    }

    @Test
    void aWriteBehindAPreparedTransactionInTheSameBatchIsNoPartOfIt() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("P(|PREPARE TRANSACTION 'x') B(|) E() P(|DELETE FROM t) B(|) E() S");
        assertThat(primary().received())
                .isEqualTo("Q(BEGIN) P(|PREPARE TRANSACTION 'x') B(|) E() P(|DELETE FROM t) B(|) E() S");
        primary().sends("C(BEGIN) Z(T) 1 2 C(PREPARE TRANSACTION) 1 2 C(DELETE 1) Z(I)");
        assertThat(client.received()).endsWith("C(DELETE 1) Z(I)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK)");
    }

    @Test
    void aBeginBehindACommitInTheSameBatchIsFollowed() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("P(|COMMIT) B(|) E() P(|BEGIN) B(|) E() P(|SELECT 1) B(|) E() P(|DELETE FROM t) B(|) E() S");
        standby().received();
        standby().sends("1 2 C(COMMIT)");
        assertThat(standby().received()).isEqualTo("Q(BEGIN) P(|SELECT 1) B(|) E() H");
        standby().sends("C(BEGIN) Z(T) 1 2 C(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) P(|DELETE FROM t) B(|) E() S");
    }

    @Test
    void afterAReturnToASavepointTheSameBatchCanWrite() {
        begins("BEGIN");
        client.sends("Q(SAVEPOINT a)");
        client.received();
        client.sends("Q(SELECT nonsense)");
        standby().sends("C(BEGIN) Z(T) C(SAVEPOINT) Z(T) E(ERROR 42703 no column) Z(E)");
        client.received();
        client.sends("P(|ROLLBACK TO a) B(|) E() P(|DELETE FROM t) B(|) E() S");
        standby().sends("1 2 C(ROLLBACK)");
        assertThat(primary().received())
                .isEqualTo("Q(BEGIN) Q(SAVEPOINT a) Q(ROLLBACK TO a) P(|DELETE FROM t) B(|) E() S");
    }

    // ---- BEGIN within a transaction

    @Test
    void theModesOfABeginWithinATransactionHoldOnANodeThatJoinsLater() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("Q(BEGIN READ ONLY)");
        assertThat(standby().received()).isEqualTo("Q(BEGIN READ ONLY)");
        standby().sends("N(WARNING 25001 in progress) C(BEGIN) Z(T)");
        assertThat(client.received()).isEqualTo("N(WARNING 25001 in progress) C(BEGIN) Z(T)");
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(BEGIN READ ONLY) Q(DELETE FROM t)");
    }

    @Test
    void theModesOfABeginThatFailedDoNotHold() {
        begins("BEGIN");
        client.sends("Q(SAVEPOINT a)");
        readsOnTheStandbyBehind("C(SAVEPOINT) Z(T) ");
        client.sends("Q(BEGIN ISOLATION LEVEL REPEATABLE READ)");
        standby().received();
        standby().sends("E(ERROR 25001 must be called before any query) Z(E)");
        client.sends("Q(ROLLBACK TO a)");
        standby().sends("C(ROLLBACK) Z(T)");
        client.received();
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(SAVEPOINT a) Q(ROLLBACK TO a) Q(DELETE FROM t)");
    }

    private void readsOnTheStandbyBehind(String answers) {
        client.sends("Q(SELECT 1)");
        standby().received();
        standby().sends("C(BEGIN) Z(T) " + answers + "C(SELECT 1) Z(T)");
        client.received();
    }

    @Test
    void aBeginReadWriteWithinATransactionIsThePrimarysAsStandbysRefuseIt() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("Q(BEGIN READ WRITE)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(BEGIN READ WRITE)");
    }

    @Test
    void aPreparedBeginWithinATransactionSetsItsModesToo() {
        client.sends("P(b|BEGIN READ ONLY) S");
        client.received();
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("B(|b) E() S");
        client.received();
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(BEGIN READ ONLY) Q(DELETE FROM t)");
    }

    @Test
    void aPreparedBeginTakesWhatItsBatchHasWrittenIntoTheTransaction() {
        client.sends("P(b|BEGIN) S");
        client.received();
        client.sends("P(|DELETE FROM t) B(|) E() B(|b) E() S");
        assertThat(primary().received()).isEqualTo("P(|DELETE FROM t) B(|) E() H");
        primary().sends("1 2 C(DELETE 1)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) S");
        primary().sends("C(BEGIN) Z(T) Z(T)");
        assertThat(client.received()).isEqualTo("1 2 C(DELETE 1) 2 C(BEGIN) Z(T)");
        client.sends("Q(ROLLBACK)");
        assertThat(primary().received()).isEqualTo("Q(ROLLBACK)");
    }

    // ---- pipelining

    @Test
    void aWriteBehindTheEndOfAFailedTransactionWaitsForThatEnd() {
        begins("BEGIN");
        client.sends("Q(SELECT nonsense)");
        standby().received();
        standby().sends("C(BEGIN) Z(T) E(ERROR 42703 no column) Z(E)");
        client.received();
        client.sends("Q(ROLLBACK) Q(DELETE FROM t)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK)");
        assertThat(proxy.nodes.open(0)).isEmpty();
        standby().sends("C(ROLLBACK) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aWriteBehindABatchThatEndedAFailedTransactionAndFailedItselfGoesToThePrimary() {
        client.sends("Q(BEGIN) Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        standby().received();
        client.sends(
                "P(|ROLLBACK TO s) B(|) E() S" + " P(|COMMIT) B(|) E() P(|SAVEPOINT s) B(|) E() S Q(DELETE FROM t)");
        standby().sends("1 2 E(ERROR 3B001 no savepoint) Z(E)");
        standby().sends("1 2 C(ROLLBACK)");
        standby().received();
        standby().sends("1 2 E(ERROR 25P01 no transaction) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aSettingBehindAPipelinedCommitIsOneOfTheSession() {
        begins("BEGIN");
        readsOnTheStandby();
        client.sends("Q(COMMIT) Q(SET work_mem = '1MB') Q(DELETE FROM t)");
        assertThat(standby().received()).isEqualTo("Q(COMMIT)");
        standby().sends("C(COMMIT) Z(I)");
        assertThat(standby().received()).isEqualTo("Q(SET work_mem = '1MB')");
        standby().sends("C(SET) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(SET work_mem = '1MB')");
    }

    @Test
    void aReadBehindTheEndOfATransactionDoesNotTieWhatFollowsToTheStandby() {
        begins("BEGIN");
        readsOnTheStandby();
        writesOnThePrimary();
        client.sends("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        client.received();
        client.sends("Q(SELECT 1) Q(DELETE FROM t)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK) Q(SELECT 1)");
        primary().received();
        standby().sends("C(ROLLBACK) Z(I) C(SELECT 1) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    // ---- portals

    private void opensAPortalOnTheStandby() {
        begins("BEGIN");
        client.sends("P(|SELECT 1) B(c|) E(c) S");
        assertThat(standby().received()).isEqualTo("Q(BEGIN) P(|SELECT 1) B(c|) E(c) S");
        standby().sends("C(BEGIN) Z(T) 1 2 D(1) s Z(T)");
        assertThat(client.received()).isEqualTo("1 2 D(1) s Z(T)");
    }

    @Test
    void aPortalIsReadOnWhereItIsThoughTheTransactionWritesElsewhereMeanwhile() {
        opensAPortalOnTheStandby();
        for (String more : List.of("D(2) s", "D(3) C(SELECT 1)")) {
            client.sends("Q(DELETE FROM t)");
            assertThat(primary().received()).endsWith("Q(DELETE FROM t)");
            primary().sends((more.startsWith("D(2)") ? "C(BEGIN) Z(T) " : "") + "C(DELETE 1) Z(T)");
            assertThat(client.received()).isEqualTo("C(DELETE 1) Z(T)");
            client.sends("E(c) S");
            assertThat(standby().received()).isEqualTo("E(c) S");
            standby().sends(more + " Z(T)");
            assertThat(client.received()).isEqualTo(more + " Z(T)");
        }
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aPortalIsFetchedFromByItsNameWhereItIs() {
        opensAPortalOnTheStandby();
        writesOnThePrimary();
        client.sends("Q(MOVE FORWARD 2 FROM c)");
        assertThat(standby().received()).isEqualTo("Q(MOVE FORWARD 2 FROM c)");
        standby().sends("C(MOVE 2) Z(T)");
        assertThat(client.received()).isEqualTo("C(MOVE 2) Z(T)");
        client.sends("Q(FETCH 1 FROM other)");
        assertThat(primary().received()).isEqualTo("Q(FETCH 1 FROM other)");
    }

    @Test
    void aPortalIsClosedWhereItIs() {
        opensAPortalOnTheStandby();
        writesOnThePrimary();
        client.sends("C(Pc) S");
        assertThat(primary().received()).endsWith("C(Pc) S");
        primary().sends("3 Z(T)");
        assertThat(client.received()).isEqualTo("3 Z(T)");
        assertThat(standby().received()).isEqualTo("C(Pc) S");
    }

    @Test
    void portalsOfOneBatchAreReadWhereTheyAreAndReadsBehindAWriteStayOnThePrimary() {
        client.sends("P(|SELECT 1) B(r|) P(|DELETE FROM t) B(w|) E(r) E(w) P(|SELECT 2) B(|) E() S");
        assertThat(standby().received()).isEqualTo("P(|SELECT 1) B(r|) H");
        standby().sends("1 2");
        assertThat(primary().received()).isEqualTo("P(|DELETE FROM t) B(w|) H");
        primary().sends("1 2");
        assertThat(standby().received()).isEqualTo("E(r) H");
        standby().sends("D(1) C(SELECT 1)");
        assertThat(primary().received()).isEqualTo("E(w) P(|SELECT 2) B(|) E() S");
        primary().sends("C(DELETE 1) 1 2 D(2) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 1 2 D(1) C(SELECT 1) C(DELETE 1) 1 2 D(2) C(SELECT 1) Z(I)");
        assertThat(standby().received()).isEqualTo("S");
        standby().sends("Z(I)");
    }

    @Test
    void aPortalOfATransactionThatIsOverIsAskedForOnThePrimary() {
        opensAPortalOnTheStandby();
        client.sends("Q(COMMIT)");
        standby().sends("C(COMMIT) Z(I)");
        client.received();
        client.sends("E(c) S");
        assertThat(primary().received()).isEqualTo("E(c) S");
    }

    // ---- PREPARE

    @Test
    void aStatementOfPrepareIsExecutedOnTheStandbyAfterItHasBeenPreparedThere() {
        client.sends("Q(PREPARE p AS SELECT 1)");
        primary().received();
        primary().sends("C(PREPARE) Z(I)");
        client.received();
        client.sends("Q(EXECUTE p)");
        assertThat(standby().received()).isEqualTo("Q(PREPARE p AS SELECT 1) Q(EXECUTE p)");
        standby().sends("C(PREPARE) Z(I) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I)");
    }

    @Test
    void aStatementOfPrepareThatWritesIsExecutedOnThePrimary() {
        client.sends("Q(PREPARE p AS DELETE FROM t)");
        primary().sends("C(PREPARE) Z(I)");
        primary().received();
        client.sends("Q(EXECUTE p)");
        assertThat(primary().received()).isEqualTo("Q(EXECUTE p)");
    }
}
