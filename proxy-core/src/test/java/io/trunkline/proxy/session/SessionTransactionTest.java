package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.proxy.route.Rules;
import org.junit.jupiter.api.Test;

/** An explicit transaction and the nodes that take part in it. Node 0 is the primary, node 1 the standby for reads. */
class SessionTransactionTest extends SessionScenario {
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
    void aResetOfAllHoldsOnTheNodeThatJoinsLater() {
        begins("BEGIN");
        client.sends("Q(SET TimeZone = 'x')");
        standby().sends("C(BEGIN) Z(T) C(SET) Z(T)");
        client.sends("Q(RESET ALL)");
        standby().sends("C(RESET) Z(T)");
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(SET TimeZone = 'x') Q(RESET ALL) Q(DELETE FROM t)");
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
    void asPgpoolAStatementAfterAFailureCanBeRefusedWithItsText() {
        proxy.likeOlderPgpool();
        begins("BEGIN");
        client.sends("Q(DELETE FROM nonsense)");
        primary().received();
        primary().sends("C(BEGIN) Z(T) E(ERROR 42P01 no table) Z(E)");
        client.received();

        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEmpty();
        assertThat(client.received()).startsWith("E(ERROR 25P02 ").endsWith(" Z(E)");

        client.sends("Q(ROLLBACK TO a)");
        assertThat(primary().received()).as("this may end the failure").isEqualTo("Q(ROLLBACK TO a)");
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
}
