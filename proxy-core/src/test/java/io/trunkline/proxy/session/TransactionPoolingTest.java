package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.scripted.ScriptedBackend;
import org.junit.jupiter.api.Test;

/** pool_mode = transaction: two clients, and one connection to each node. */
class TransactionPoolingTest extends SharedBackendScenario {
    @Test
    void aBackendServesOneTransactionAfterTheOther() {
        reads(client);
        ScriptedBackend first = standby();
        reads(other);
        reads(client);
        assertThat(standby()).isSameAs(first);
        assertThat(proxy.nodes.open(1)).hasSize(1);
    }

    @Test
    void deallocateAllGoesToThePrimaryAloneWhateverTheVersion() {
        proxy.likeOlderPgpool();
        does(client, "Q(DEALLOCATE ALL)", "Q(DEALLOCATE ALL)", "C(DEALLOCATE ALL) Z(I)", "C(DEALLOCATE ALL) Z(I)");
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void anOpenTransactionKeepsItsBackendAndOthersWait() {
        does(
                client,
                "Q(BEGIN) Q(DELETE FROM t)",
                "Q(BEGIN) Q(DELETE FROM t)",
                "C(BEGIN) Z(T) C(DELETE 1) Z(T)",
                "C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        other.sends("Q(DELETE FROM u)");
        assertThat(primary().received()).isEmpty();
        client.sends("Q(COMMIT)");
        assertThat(primary().received()).isEqualTo("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        assertThat(client.received()).isEqualTo("C(COMMIT) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM u)");
        primary().sends("C(DELETE 1) Z(I)");
        assertThat(other.received()).isEqualTo("C(DELETE 1) Z(I)");
    }

    @Test
    void whoWaitsForLongIsTold() {
        does(
                client,
                "Q(BEGIN) Q(DELETE FROM t)",
                "Q(BEGIN) Q(DELETE FROM t)",
                "C(BEGIN) Z(T) C(DELETE 1) Z(T)",
                "C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        other.sends("Q(DELETE FROM u)");
        for (int i = 0; i < 60; i++) {
            proxy.pass(100);
        }
        assertThat(other.received()).startsWith("N(NOTICE 53300 waiting for a connection to node 0");
        client.disconnects();
    }

    @Test
    void aSettingFollowsItsSession() {
        client.sends("Q(SET work_mem = '1MB')");
        assertThat(standby().received()).isEqualTo("Q(SET work_mem = '1MB')");
        standby().sends("C(SET) Z(I)");
        assertThat(client.received()).isEqualTo("C(SET) Z(I)");
        reads(client);
        readsAfter("Q(RESET ALL)", "C(RESET) Z(I)", other);
        readsAfter("Q(SET work_mem = '1MB')", "C(SET) Z(I)", client);
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(SET work_mem = '1MB')");
        primary().sends("C(SET) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    private void readsAfter(String told, String answer, ProxyFixture.Client who) {
        who.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo(told);
        standby().sends(answer);
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        assertThat(who.received()).isEqualTo("C(SELECT 1) Z(I)");
    }

    @Test
    void anotherApplicationNameIsToldAheadOfTheStatement() {
        reads(client);
        ProxyFixture.Client third = proxy.start("application_name", "third's");
        third.received();
        third.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SET application_name TO E'third''s') Q(SELECT 1)");
        standby().sends("C(SET) Z(I) C(SELECT 1) Z(I)");
        assertThat(third.received()).isEqualTo("C(SELECT 1) Z(I)");
    }

    @Test
    void namedStatementsOfTwoSessionsDoNotClash() {
        does(
                client,
                "P(s|INSERT a) B(|s) E() S",
                "C(Strunkline_0) P(trunkline_0|INSERT a) B(|trunkline_0) E() S",
                "3 1 2 C(INSERT 1) Z(I)",
                "1 2 C(INSERT 1) Z(I)");
        does(
                other,
                "P(s|INSERT b) B(|s) E() S",
                "C(Strunkline_1) P(trunkline_1|INSERT b) B(|trunkline_1) E() S",
                "3 1 2 C(INSERT 1) Z(I)",
                "1 2 C(INSERT 1) Z(I)");
        does(client, "B(|s) E() S", "B(|trunkline_0) E() S", "2 C(INSERT 1) Z(I)", "2 C(INSERT 1) Z(I)");
        does(
                other,
                "D(Ss) B(|s) E() S",
                "D(Strunkline_1) B(|trunkline_1) E() S",
                "t n 2 C(INSERT 1) Z(I)",
                "t n 2 C(INSERT 1) Z(I)");
    }

    @Test
    void theSameStatementOfAnotherSessionIsNotParsedAgain() {
        does(
                client,
                "P(s|INSERT a) B(|s) E() S",
                "C(Strunkline_0) P(trunkline_0|INSERT a) B(|trunkline_0) E() S",
                "3 1 2 C(INSERT 1) Z(I)",
                "1 2 C(INSERT 1) Z(I)");
        does(
                other,
                "P(other|INSERT a) B(|other) E() S",
                "B(|trunkline_0) E() S",
                "2 C(INSERT 1) Z(I)",
                "1 2 C(INSERT 1) Z(I)");
    }

    @Test
    void whatAnEarlierBatchMayHaveFailedToParseIsParsedAgain() {
        client.sends("P(|DELETE x) B(|) E() P(s|INSERT a) B(|s) E() C(Ss) S P(t|INSERT a) B(|t) E() S");
        assertThat(primary().received())
                .isEqualTo("P(|DELETE x) B(|) E() C(Strunkline_0) P(trunkline_0|INSERT a) B(|trunkline_0) E() C(Ss) S"
                        + " C(Strunkline_0) P(trunkline_0|INSERT a) B(|trunkline_0) E() S");
        primary().sends("E(ERROR 42703 no x) Z(I) 3 1 2 C(INSERT 1) Z(I)");
        assertThat(client.received()).isEqualTo("E(ERROR 42703 no x) Z(I) 1 2 C(INSERT 1) Z(I)");
    }

    @Test
    void aNameThatIsTakenIsRefusedByTheServer() {
        does(client, "P(s|INSERT a) S", "C(Strunkline_0) P(trunkline_0|INSERT a) S", "3 1 Z(I)", "1 Z(I)");
        does(
                client,
                "P(s|INSERT b) S",
                "Q(PREPARE \"s\" AS SELECT 1) P(s|INSERT b) S",
                "C(PREPARE) Z(I) E(ERROR 42P05 s exists) Z(I)",
                "E(ERROR 42P05 s exists) Z(I)");
        does(client, "B(|s) E() S", "B(|trunkline_0) E() S", "2 C(INSERT 1) Z(I)", "2 C(INSERT 1) Z(I)");
    }

    @Test
    void aStatementOfAnotherSessionIsNotFoundByItsName() {
        does(client, "Q(PREPARE p AS INSERT a)", "Q(PREPARE p AS INSERT a)", "C(PREPARE) Z(I)", "C(PREPARE) Z(I)");
        does(
                other,
                "Q(EXECUTE p)",
                "C(Sp) S Q(EXECUTE p)",
                "3 Z(I) E(ERROR 26000 no p) Z(I)",
                "E(ERROR 26000 no p) Z(I)");
        does(
                client,
                "Q(EXECUTE p)",
                "Q(PREPARE p AS INSERT a) Q(EXECUTE p)",
                "C(PREPARE) Z(I) C(INSERT 1) Z(I)",
                "C(INSERT 1) Z(I)");
    }

    @Test
    void theUnnamedStatementIsMadeAgainOnTheNextBackend() {
        does(client, "P(|INSERT a) S", "P(|INSERT a) S", "1 Z(I)", "1 Z(I)");
        does(other, "P(|INSERT b) S", "P(|INSERT b) S", "1 Z(I)", "1 Z(I)");
        does(client, "B(|) E() S", "P(|INSERT a) B(|) E() S", "1 2 C(INSERT 1) Z(I)", "2 C(INSERT 1) Z(I)");
    }

    @Test
    void aTemporaryTableKeepsTheBackendUntilDiscardAll() {
        createsTemporaryTable();
        other.sends("Q(DELETE FROM u)");
        assertThat(primary().received()).isEmpty();
        does(client, "Q(DISCARD ALL)", "Q(DISCARD ALL)", "C(DISCARD ALL) Z(I)", "C(DISCARD ALL) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM u)");
    }

    @Test
    void aTemporaryTableKeepsTheBackendUntilTheServerSaysThatItIsGone() {
        createsTemporaryTable();
        other.sends("Q(DELETE FROM u)");
        does(client, "Q(DROP TABLE t)", "Q(DROP TABLE t)", "C(DROP TABLE) Z(I)", "C(DROP TABLE) Z(I)");
        assertThat(primary().received()).startsWith("Q(SELECT FROM pg_catalog.generate_series");
        primary().sends("C(SELECT 0) Z(I)");
        assertThat(client.received()).isEmpty();
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM u)");
    }

    @Test
    void aTemporaryTableThatIsMadeWhileTheServerIsAskedKeepsTheBackend() {
        createsTemporaryTable();
        other.sends("Q(DELETE FROM u)");
        does(client, "Q(DROP TABLE t)", "Q(DROP TABLE t)", "C(DROP TABLE) Z(I)", "C(DROP TABLE) Z(I)");
        client.sends("Q(CREATE TEMP TABLE t (i int))");
        assertThat(primary().received())
                .startsWith("Q(SELECT FROM pg_catalog.generate_series")
                .endsWith(" Q(CREATE TEMP TABLE t (i int))");
        primary().sends("C(SELECT 0) Z(I) C(CREATE TABLE) Z(I)");
        assertThat(client.received()).isEqualTo("C(CREATE TABLE) Z(I)");
        assertThat(primary().received()).startsWith("Q(SELECT FROM pg_catalog.generate_series");
        primary().sends("C(SELECT 1) Z(I)");
        assertThat(primary().received()).isEmpty();
    }

    @Test
    void whatNobodyCanBeAskedAboutIsNotAskedAbout() {
        does(client, "Q(DO 'x')", "Q(DO 'x')", "C(DO) Z(I)", "C(DO) Z(I)");
        does(client, "Q(CALL p())", "Q(CALL p())", "C(CALL) Z(I)", "C(CALL) Z(I)");
        assertThat(primary().received()).isEmpty();
    }

    /** After which the server is asked, and says that it is there. */
    private void createsTemporaryTable() {
        does(
                client,
                "Q(CREATE TEMP TABLE t (i int))",
                "Q(CREATE TEMP TABLE t (i int))",
                "C(CREATE TABLE) Z(I)",
                "C(CREATE TABLE) Z(I)");
        assertThat(primary().received()).startsWith("Q(SELECT FROM pg_catalog.generate_series");
        primary().sends("C(SELECT 1) Z(I)");
        assertThat(client.received()).isEmpty();
    }

    @Test
    void aSessionThatWantsABackendAsNewGetsItReset() {
        reads(client);
        proxy.limits.poolModes = PoolModes.SESSION;
        ProxyFixture.Client third = proxy.start();
        third.received();
        third.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(DISCARD ALL)");
        standby().sends("C(DISCARD ALL) Z(I)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aSessionHasABackendOfEachNodeInTurn() {
        reads(client);
        does(client, "Q(DELETE FROM t)", "Q(DELETE FROM t)", "C(DELETE 1) Z(I)", "C(DELETE 1) Z(I)");
        reads(other);
    }
}
