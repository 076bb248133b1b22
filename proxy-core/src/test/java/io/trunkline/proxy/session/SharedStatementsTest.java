package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.scripted.WireText;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The statements of two sessions that take turns on a backend, where something goes wrong or names meet. */
class SharedStatementsTest extends SharedBackendScenario {
    private static final String LONG = "x".repeat(70_000);

    @BeforeEach
    void theServerKnowsAStatement() {
        does(other, "P(o|INSERT a) S", "C(Strunkline_0) P(trunkline_0|INSERT a) S", "3 1 Z(I)", "1 Z(I)");
    }

    // ---- a Parse that is spared

    @Test
    void aBindThatFailsDoesNotTakeItsParseWithIt() {
        does(
                client,
                "P(s|INSERT a) B(|s) E() S",
                "B(|trunkline_0) E() S",
                "E(ERROR 22P02 no integer) Z(I)",
                "1 E(ERROR 22P02 no integer) Z(I)");
        does(
                client,
                "B(|s) E() S",
                "C(Strunkline_0) P(trunkline_0|INSERT a) B(|trunkline_0) E() S",
                "3 1 2 C(INSERT 1) Z(I)",
                "2 C(INSERT 1) Z(I)");
    }

    @Test
    void aParseThatIsSkippedMakesNoStatement() {
        does(
                client,
                "P(|INSERT b) B(|) E() P(s|INSERT a) B(|s) E() S",
                "P(|INSERT b) B(|) E() B(|trunkline_0) E() S",
                "1 2 E(ERROR 23505 again) Z(I)",
                "1 2 E(ERROR 23505 again) Z(I)");
        does(
                client,
                "P(s|INSERT c) B(|s) E() S",
                "C(Strunkline_0) P(trunkline_0|INSERT c) B(|trunkline_0) E() S",
                "3 1 2 C(INSERT 1) Z(I)",
                "1 2 C(INSERT 1) Z(I)");
    }

    @Test
    void aParseWhoseBindComesAfterTheErrorIsForgottenWithIt() {
        client.sends("P(|INSERT b) B(|) E() F");
        assertThat(primary().received()).isEqualTo("P(|INSERT b) B(|) E() F");
        ByteBuf parseAndBind = WireText.encode(WireText.Sender.CLIENT, "P(s|INSERT a) B(|s)");
        ByteBuf rest = parseAndBind.copy(parseAndBind.writerIndex() - 3, 3);
        client.sends(parseAndBind.writerIndex(parseAndBind.writerIndex() - 3));
        primary().sends("1 2 E(ERROR 23505 again)");
        assertThat(client.received()).isEqualTo("1 2 E(ERROR 23505 again)");
        client.sends(rest);
        client.sends("E() S");
        assertThat(primary().received()).isEqualTo("S");
        primary().sends("Z(I)");
        assertThat(client.received()).isEqualTo("Z(I)");
        does(
                client,
                "P(s|INSERT a) B(|s) E() S",
                "B(|trunkline_0) E() S",
                "2 C(INSERT 1) Z(I)",
                "1 2 C(INSERT 1) Z(I)");
    }

    // ---- SQL's PREPARE

    @Test
    void anExecuteInABatchFindsWhatItRunsAsSoonAsItIsParsed() {
        does(client, "Q(PREPARE p AS INSERT a)", "Q(PREPARE p AS INSERT a)", "C(PREPARE) Z(I)", "C(PREPARE) Z(I)");
        does(
                other,
                "Q(PREPARE p AS INSERT b)",
                "C(Sp) S Q(PREPARE p AS INSERT b)",
                "3 Z(I) C(PREPARE) Z(I)",
                "C(PREPARE) Z(I)");
        String made =
                "C(Sp) C(Strunkline_command) P(trunkline_command|PREPARE p AS INSERT a) B(trunkline_command|trunkline_command)"
                        + " E(trunkline_command) C(Ptrunkline_command) C(Strunkline_command)";
        does(
                client,
                "P(|EXECUTE p) B(|) E() S",
                made + " P(|EXECUTE p) B(|) E() S",
                "3 3 1 2 C(PREPARE) 3 3 1 2 C(INSERT 1) Z(I)",
                "1 2 C(INSERT 1) Z(I)");
    }

    @Test
    void aCloseOfAStatementDoesNotTakeThatOfAnotherSession() {
        does(client, "Q(PREPARE o AS INSERT b)", "Q(PREPARE o AS INSERT b)", "C(PREPARE) Z(I)", "C(PREPARE) Z(I)");
        does(other, "C(So) S", "C(So) S", "3 Z(I)", "3 Z(I)");
        does(
                client,
                "Q(EXECUTE o)",
                "Q(PREPARE o AS INSERT b) Q(EXECUTE o)",
                "C(PREPARE) Z(I) C(INSERT 1) Z(I)",
                "C(INSERT 1) Z(I)");
    }

    @Test
    void whatIsPreparedAmongSeveralStatementsKeepsItsBackend() {
        does(other, "Q(PREPARE p AS INSERT a)", "Q(PREPARE p AS INSERT a)", "C(PREPARE) Z(I)", "C(PREPARE) Z(I)");
        does(
                client,
                "Q(PREPARE p AS INSERT b; EXECUTE p)",
                "C(Sp) S Q(PREPARE p AS INSERT b; EXECUTE p)",
                "3 Z(I) C(PREPARE) C(INSERT 1) Z(I)",
                "C(PREPARE) C(INSERT 1) Z(I)");
        other.sends("Q(EXECUTE p)");
        assertThat(primary().received()).isEmpty();
        client.disconnects();
        assertThat(primary().received()).isEqualTo("Q(DISCARD ALL)");
    }

    @Test
    void severalStatementsFindWhatTheirSessionHasPrepared() {
        does(client, "Q(PREPARE p AS INSERT a)", "Q(PREPARE p AS INSERT a)", "C(PREPARE) Z(I)", "C(PREPARE) Z(I)");
        does(
                other,
                "Q(PREPARE p AS INSERT b)",
                "C(Sp) S Q(PREPARE p AS INSERT b)",
                "3 Z(I) C(PREPARE) Z(I)",
                "C(PREPARE) Z(I)");
        does(
                client,
                "Q(EXECUTE p; EXECUTE p)",
                "C(Sp) S Q(PREPARE p AS INSERT a) Q(EXECUTE p; EXECUTE p)",
                "3 Z(I) C(PREPARE) Z(I) C(INSERT 1) C(INSERT 1) Z(I)",
                "C(INSERT 1) C(INSERT 1) Z(I)");
    }

    @Test
    void inATransactionWhatIsPreparedForSeveralStatementsDoesNoHarm() {
        does(client, "Q(PREPARE p AS INSERT a)", "Q(PREPARE p AS INSERT a)", "C(PREPARE) Z(I)", "C(PREPARE) Z(I)");
        does(other, "Q(DEALLOCATE ALL)", "Q(DEALLOCATE ALL)", "C(DEALLOCATE ALL) Z(I)", "C(DEALLOCATE ALL) Z(I)");
        client.sends("Q(BEGIN)");
        client.received();
        does(
                client,
                "Q(DELETE FROM t)",
                "Q(BEGIN) Q(DELETE FROM t)",
                "C(BEGIN) Z(T) C(DELETE 1) Z(T)",
                "C(DELETE 1) Z(T)");
        String prepare = "Q(SAVEPOINT trunkline_unharmed) Q(PREPARE p AS INSERT a)"
                + " Q(ROLLBACK TO trunkline_unharmed) Q(RELEASE trunkline_unharmed) ";
        does(
                client,
                "Q(INSERT a; INSERT b)",
                prepare + "Q(INSERT a; INSERT b)",
                "C(SAVEPOINT) Z(T) E(ERROR 42P01 no a) Z(E) C(ROLLBACK) Z(T) C(RELEASE) Z(T) C(INSERT 1) C(INSERT 1) Z(T)",
                "C(INSERT 1) C(INSERT 1) Z(T)");
    }

    @Test
    void thatAStatementCannotBePreparedAgainIsTheAnswerToItsExecute() {
        does(client, "Q(PREPARE p AS INSERT a)", "Q(PREPARE p AS INSERT a)", "C(PREPARE) Z(I)", "C(PREPARE) Z(I)");
        does(other, "Q(DEALLOCATE ALL)", "Q(DEALLOCATE ALL)", "C(DEALLOCATE ALL) Z(I)", "C(DEALLOCATE ALL) Z(I)");
        does(
                client,
                "Q(EXECUTE p) Q(DELETE FROM t)",
                "Q(PREPARE p AS INSERT a) Q(EXECUTE p) Q(DELETE FROM t)",
                "E(ERROR 42P01 no a) Z(I) E(ERROR 26000 no p) Z(I) C(DELETE 1) Z(I)",
                "E(ERROR 42P01 no a) Z(I) C(DELETE 1) Z(I)");
        does(
                client,
                "Q(DEALLOCATE p)",
                "Q(PREPARE \"p\" AS SELECT 1) Q(DEALLOCATE p)",
                "C(PREPARE) Z(I) C(DEALLOCATE) Z(I)",
                "C(DEALLOCATE) Z(I)");
        does(client, "Q(EXECUTE p)", "Q(EXECUTE p)", "E(ERROR 26000 no p) Z(I)", "E(ERROR 26000 no p) Z(I)");
    }

    @Test
    void aNameThatIsTakenIsRefusedWhateverHasBecomeOfItsStatement() {
        does(client, "Q(PREPARE p AS INSERT a)", "Q(PREPARE p AS INSERT a)", "C(PREPARE) Z(I)", "C(PREPARE) Z(I)");
        does(other, "Q(DEALLOCATE ALL)", "Q(DEALLOCATE ALL)", "C(DEALLOCATE ALL) Z(I)", "C(DEALLOCATE ALL) Z(I)");
        does(
                client,
                "Q(PREPARE p AS INSERT b)",
                "Q(PREPARE \"p\" AS SELECT 1) Q(PREPARE p AS INSERT b)",
                "C(PREPARE) Z(I) E(ERROR 42P05 p exists) Z(I)",
                "E(ERROR 42P05 p exists) Z(I)");
        does(
                client,
                "Q(EXECUTE p)",
                "C(Sp) S Q(PREPARE p AS INSERT a) Q(EXECUTE p)",
                "3 Z(I) C(PREPARE) Z(I) C(INSERT 1) Z(I)",
                "C(INSERT 1) Z(I)");
    }

    @Test
    void anErrorOfAPrepareIsOneErrorThoughSequencesAreForgottenFirst() {
        does(
                client,
                "Q(PREPARE p AS SELECT currval('s'))",
                "Q(PREPARE p AS SELECT currval('s'))",
                "C(PREPARE) Z(I)",
                "C(PREPARE) Z(I)");
        does(other, "Q(DEALLOCATE ALL)", "Q(DEALLOCATE ALL)", "C(DEALLOCATE ALL) Z(I)", "C(DEALLOCATE ALL) Z(I)");
        does(
                client,
                "Q(EXECUTE p)",
                "Q(DISCARD SEQUENCES) Q(PREPARE p AS SELECT currval('s')) Q(EXECUTE p)",
                "C(DISCARD SEQUENCES) Z(I) E(ERROR 42P01 no s) Z(I) E(ERROR 26000 no p) Z(I)",
                "E(ERROR 42P01 no s) Z(I)");
    }

    @Test
    void whatTheClientsCloseHasNotReachedIsStillThere() {
        does(client, "P(e|EXECUTE p) S", "P(e|EXECUTE p) S", "1 Z(I)", "1 Z(I)");
        does(
                client,
                "P(|INSERT a) C(Se) S",
                "P(|INSERT a) C(Se) S",
                "E(ERROR 42P01 no a) Z(I)",
                "E(ERROR 42P01 no a) Z(I)");
        does(other, "P(e|EXECUTE p) S", "C(Se) P(e|EXECUTE p) S", "3 1 Z(I)", "1 Z(I)");
    }

    @Test
    void whatAClosePassesOverInABatchThatHasFailedIsStillThere() {
        does(client, "P(e|EXECUTE p) S", "P(e|EXECUTE p) S", "1 Z(I)", "1 Z(I)");
        does(
                other,
                "P(|INSERT a) P(e|EXECUTE p) S",
                "P(|INSERT a) C(Se) P(e|EXECUTE p) S",
                "E(ERROR 42P01 no a) Z(I)",
                "E(ERROR 42P01 no a) Z(I)");
        does(other, "P(e|EXECUTE p) S", "C(Se) P(e|EXECUTE p) S", "3 1 Z(I)", "1 Z(I)");
    }

    // ---- names like ours

    @Test
    void aNameOfOursIsNotFoundByAClient() {
        findsNone("trunkline_0");
        usesIts("trunkline1_0");
    }

    @Test
    void aClientMayHaveAStatementWithANameOfOurs() {
        does(
                client,
                "Q(PREPARE trunkline_0 AS INSERT b)",
                "C(Strunkline_0) S Q(PREPARE trunkline_0 AS INSERT b)",
                "3 Z(I) C(PREPARE) Z(I)",
                "C(PREPARE) Z(I)");
        usesIts("trunkline1_0");
        does(client, "Q(EXECUTE trunkline_0)", "Q(EXECUTE trunkline_0)", "C(INSERT 1) Z(I)", "C(INSERT 1) Z(I)");
    }

    @Test
    void aCloseOfANameOfOursIsNotMissed() {
        does(client, "C(Strunkline_0) S", "C(Strunkline_0) S", "3 Z(I)", "3 Z(I)");
        usesIts("trunkline1_0");
    }

    @Test
    void aNameThatOursHadBeforeIsNotFoundEither() {
        findsNone("trunkline_7");
        findsNone("trunkline_0");
        usesIts("trunkline1_0");
    }

    /** Servers tell names apart by their first 63 bytes. */
    @Test
    void namesOfOursStayShortWhateverNamesClientsUse() {
        findsNone("trunkline_" + "_".repeat(60));
        findsNone("trunkline1_" + "1".repeat(60));
        usesIts("trunkline2_0");
    }

    private void findsNone(String name) {
        does(
                client,
                "B(|" + name + ") E() S",
                "C(S" + name + ") S B(|" + name + ") E() S",
                "3 Z(I) E(ERROR 26000 no statement) Z(I)",
                "E(ERROR 26000 no statement) Z(I)");
    }

    private void usesIts(String name) {
        does(
                other,
                "B(|o) E() S",
                "C(S" + name + ") P(" + name + "|INSERT a) B(|" + name + ") E() S",
                "3 1 2 C(INSERT 1) Z(I)",
                "2 C(INSERT 1) Z(I)");
    }

    // ---- what is too long to be looked into

    @Test
    void aLongScriptKeepsItsBackend() {
        does(client, "Q(SET a = 1; " + LONG + ")", "Q(SET a = 1; " + LONG + ")", "C(SET) Z(I)", "C(SET) Z(I)");
        other.sends("Q(DELETE FROM u)");
        assertThat(primary().received()).isEmpty();
    }

    @Test
    void aBackendIsResetAfterALongChangeOfData() {
        does(client, "Q(INSERT " + LONG + ")", "Q(INSERT " + LONG + ")", "C(INSERT 1) Z(I)", "C(INSERT 1) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DISCARD ALL)");
        primary().sends("C(DISCARD ALL) Z(I)");
        does(
                other,
                "B(|o) E() S",
                "C(Strunkline_0) P(trunkline_0|INSERT a) B(|trunkline_0) E() S",
                "3 1 2 C(INSERT 1) Z(I)",
                "2 C(INSERT 1) Z(I)");
    }

    @Test
    void aLongUnnamedStatementKeepsItsBackendUntilItHasBeenUsed() {
        sendsLongParse();
        other.sends("Q(DELETE FROM u)");
        assertThat(primary().received()).isEmpty();
        does(client, "B(|) E() S", "B(|) E() S", "2 C(INSERT 1) Z(I)", "2 C(INSERT 1) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DISCARD ALL)");
        primary().sends("C(DISCARD ALL) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM u)");
    }

    private void sendsLongParse() {
        ByteBuf parse = WireText.encode(WireText.Sender.CLIENT, "P(|INSERT " + LONG + ") S");
        ByteBuf rest = parse.copy(4096, parse.writerIndex() - 4096);
        client.sends(parse.writerIndex(4096));
        client.sends(rest);
        assertThat(primary().received()).isEqualTo("P(|INSERT " + LONG + ") S");
        primary().sends("1 Z(I)");
        assertThat(client.received()).isEqualTo("1 Z(I)");
    }

    @Test
    void theUnnamedStatementOfAnotherSessionIsNotFound() {
        does(other, "P(|INSERT b) S", "P(|INSERT b) S", "1 Z(I)", "1 Z(I)");
        does(
                client,
                "B(|) E() S",
                "C(S) S B(|) E() S",
                "3 Z(I) E(ERROR 26000 no statement) Z(I)",
                "E(ERROR 26000 no statement) Z(I)");
    }
}
