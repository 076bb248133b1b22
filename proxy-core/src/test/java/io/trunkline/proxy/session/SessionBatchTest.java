package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Batches of the extended protocol, and requests that do not wait for answers, around transactions. */
class SessionBatchTest extends SessionScenario {
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
}
