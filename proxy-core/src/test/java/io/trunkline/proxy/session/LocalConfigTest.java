package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** set_config() with values that are not known, for the transaction: it stays where they were set, and nothing is left. */
class LocalConfigTest extends SharedBackendScenario {
    private static final String SETS = "SELECT set_config('a.b', $1, true), set_config($2, 'x', true)";
    private static final String SETS_PLAINLY = "SELECT set_config('role', c, true) FROM t";

    private void commits(ProxyFixture.Client who) {
        does(who, "Q(COMMIT)", "Q(COMMIT)", "C(COMMIT) Z(I)", "C(COMMIT) Z(I)");
    }

    private void readsThere() {
        does(client, "Q(SELECT 1)", "Q(SELECT 1)", "C(SELECT 1) Z(T)", "C(SELECT 1) Z(T)");
    }

    private void nothingIsHeld() {
        reads(client);
        does(other, "Q(DELETE FROM t)", "Q(DELETE FROM t)", "C(DELETE 1) Z(I)", "C(DELETE 1) Z(I)");
        does(client, "Q(DELETE FROM t)", "Q(DELETE FROM t)", "C(DELETE 1) Z(I)", "C(DELETE 1) Z(I)");
        assertThat(proxy.nodes.open(0)).hasSize(1);
    }

    private void sets(String asTheServerSeesIt, String answers) {
        does(
                client,
                "Q(" + SETS_PLAINLY + ")",
                asTheServerSeesIt + "Q(" + SETS_PLAINLY + ")",
                answers + "C(SELECT 1) Z(T)",
                "C(SELECT 1) Z(T)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"BEGIN", "BEGIN READ ONLY", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"})
    void itsTransactionReadsWhereItWasSet(String begin) {
        begins(begin);
        sets("Q(" + begin + ") ", "C(BEGIN) Z(T) ");
        readsThere();
        does(
                client,
                "P(|SELECT 2) B(|) E() S",
                "P(|SELECT 2) B(|) E() S",
                "1 2 C(SELECT 1) Z(T)",
                "1 2 C(SELECT 1) Z(T)");
        commits(client);
        nothingIsHeld();
    }

    @Test
    void inTheExtendedProtocolToo() {
        begins("BEGIN READ ONLY");
        does(
                client,
                "P(|" + SETS + ") B(|) E() S",
                "Q(BEGIN READ ONLY) P(|" + SETS + ") B(|) E() S",
                "C(BEGIN) Z(T) 1 2 C(SELECT 1) Z(T)",
                "1 2 C(SELECT 1) Z(T)");
        readsThere();
        commits(client);
        nothingIsHeld();
    }

    @Test
    void aTransactionThatHasReadOnTheStandbyDoesNotReturnThere() {
        begins("BEGIN");
        readsOnTheStandby();
        sets("Q(BEGIN) ", "C(BEGIN) Z(T) ");
        readsThere();
        client.sends("Q(COMMIT)");
        assertThat(primary().received()).isEqualTo("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        assertThat(standby().received()).isEqualTo("Q(ROLLBACK)");
        standby().sends("C(ROLLBACK) Z(I)");
        assertThat(client.received()).isEqualTo("C(COMMIT) Z(I)");
        nothingIsHeld();
    }

    @Test
    void aStatementOfTheProtocolSetsByItsNameInSqlToo() {
        does(client, "P(s|" + SETS + ") S", "C(Strunkline_0) P(trunkline_0|" + SETS + ") S", "3 1 Z(I)", "1 Z(I)");
        begins("BEGIN");
        client.sends("Q(EXECUTE s('a', 'b'))");
        assertThat(primary().received()).contains("Q(BEGIN)").endsWith("Q(EXECUTE s('a', 'b'))");
    }

    @Test
    void outsideOfATransactionNothingIsLeft() {
        does(client, "Q(" + SETS_PLAINLY + ")", "Q(" + SETS_PLAINLY + ")", "C(SELECT 1) Z(I)", "C(SELECT 1) Z(I)");
        nothingIsHeld();
    }

    @Test
    void whatFollowsInItsBatchSeesIt() {
        does(
                client,
                "P(|" + SETS + ") B(|) E() P(|SELECT 1) B(|) E() S",
                "P(|" + SETS + ") B(|) E() P(|SELECT 1) B(|) E() S",
                "1 2 C(SELECT 1) 1 2 C(SELECT 1) Z(I)",
                "1 2 C(SELECT 1) 1 2 C(SELECT 1) Z(I)");
        nothingIsHeld();
    }

    @Test
    void amongSeveralStatementsToo() {
        begins("BEGIN");
        String several = "SELECT 2; " + SETS_PLAINLY;
        does(
                client,
                "Q(" + several + ")",
                "Q(BEGIN) Q(" + several + ")",
                "C(BEGIN) Z(T) C(SELECT 1) C(SELECT 1) Z(T)",
                "C(SELECT 1) C(SELECT 1) Z(T)");
        readsThere();
        commits(client);
        nothingIsHeld();
    }

    @Test
    void whatIsParsedUnderItIsNobodyElses() {
        begins("BEGIN");
        sets("Q(BEGIN) ", "C(BEGIN) Z(T) ");
        does(client, "P(s|INSERT a) S", "C(Strunkline_0) P(trunkline_0|INSERT a) S", "3 1 Z(T)", "1 Z(T)");
        commits(client);
        does(other, "P(s|INSERT a) S", "C(Strunkline_1) P(trunkline_1|INSERT a) S", "3 1 Z(I)", "1 Z(I)");
    }

    @Test
    void whatIsRolledBackHoldsNothing() {
        begins("BEGIN");
        sets("Q(BEGIN) ", "C(BEGIN) Z(T) ");
        does(client, "Q(ROLLBACK)", "Q(ROLLBACK)", "C(ROLLBACK) Z(I)", "C(ROLLBACK) Z(I)");
        nothingIsHeld();
    }

    @Test
    void withoutTrueTheSessionStaysThere() {
        String sets = "SELECT set_config('a.b', c, d) FROM t";
        does(client, "Q(" + sets + ")", "Q(" + sets + ")", "C(SELECT 1) Z(I)", "C(SELECT 1) Z(I)");
        does(client, "Q(SELECT 1)", "Q(SELECT 1)", "C(SELECT 1) Z(I)", "C(SELECT 1) Z(I)");
    }
}
