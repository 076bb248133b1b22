package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** reuse_unnamed_statements: what the server gets, and that the client sees no difference. */
class StatementReuseTest extends SessionScenario {
    private static final String REQUEST = "P(|SELECT a) B(|) D(P) E() S";
    private static final String ANSWER = "1 2 T(a) D(1) C(SELECT 1) Z(I)";

    @BeforeEach
    void reuseIsOn() {
        proxy.limits.reuseUnnamedStatements = true;
    }

    private void asked(String asServerSeesIt, String serverAnswers) {
        client.sends(REQUEST);
        assertThat(standby().received()).isEqualTo(asServerSeesIt);
        standby().sends(serverAnswers);
        assertThat(client.received()).isEqualTo(ANSWER);
    }

    private void askedTwice() {
        asked(REQUEST, ANSWER);
        asked("C(Strunkline_0) P(trunkline_0|SELECT a) B(|trunkline_0) D(P) E() S", "3 " + ANSWER);
    }

    @Test
    void fromTheThirdTimeOnTheServerIsSparedTheParse() {
        askedTwice();
        for (int i = 0; i < 3; i++) {
            asked("B(|trunkline_0) D(P) E() S", "2 T(a) D(1) C(SELECT 1) Z(I)");
        }
        assertThat(proxy.counter(Counter.PARSES_SPARED)).isEqualTo(3);
    }

    @Test
    void aDescribeOfTheStatementIsAnsweredBehindTheParse() {
        askedTwice();
        client.sends("P(|SELECT a) D(S) B(|) E() S");
        assertThat(standby().received()).isEqualTo("D(Strunkline_0) B(|trunkline_0) E() S");
        standby().sends("t T(a) 2 D(1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 t T(a) 2 D(1) C(SELECT 1) Z(I)");
    }

    @Test
    void aParseWithoutABindBehindItIsSent() {
        askedTwice();
        client.sends("P(|SELECT a) S");
        assertThat(standby().received()).isEqualTo("P(|SELECT a) S");
        standby().sends("1 Z(I)");
        assertThat(client.received()).isEqualTo("1 Z(I)");
        client.sends("B(|) E() S");
        assertThat(standby().received()).isEqualTo("B(|) E() S");
    }

    @Test
    void aBindThatComesLaterFindsTheStatement() {
        askedTwice();
        client.sends("B(|) E() S");
        assertThat(standby().received()).isEqualTo("B(|trunkline_0) E() S");
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() {
        askedTwice();
        client.sends(REQUEST + " " + REQUEST);
        standby().sends("2 T(a) D(1) C(SELECT 1) Z(I) 2 T(a) D(1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo(ANSWER + " " + ANSWER);
    }

    @Test
    void afterAnErrorTheStatementIsParsedAnew() {
        askedTwice();
        client.sends(REQUEST);
        standby().sends("E(ERROR 0A000 cached plan must not change result type) Z(I)");
        assertThat(client.received()).isEqualTo("1 E(ERROR 0A000 cached plan must not change result type) Z(I)");
        standby().received();
        asked("C(Strunkline_0) P(trunkline_0|SELECT a) B(|trunkline_0) D(P) E() S", "3 " + ANSWER);
    }

    @Test
    void inATransactionTooTheStatementIsParsedAnewAfterAnError() {
        askedTwice();
        client.sends("P(|BEGIN) B(|) E() " + REQUEST);
        assertThat(standby().received()).isEqualTo("Q(BEGIN) B(|trunkline_0) D(P) E() S");
        standby().sends("C(BEGIN) Z(T) E(ERROR 0A000 cached plan must not change result type) Z(E)");
        client.received();
        client.sends("P(|ROLLBACK) B(|) E() S");
        standby().received();
        standby().sends("1 2 C(ROLLBACK) Z(I)");
        client.received();
        client.sends("P(|BEGIN) B(|) E() " + REQUEST);
        assertThat(standby().received())
                .isEqualTo("Q(BEGIN) C(Strunkline_0) P(trunkline_0|SELECT a) B(|trunkline_0) D(P) E() S");
    }

    @Test
    void aParseThatFailsLeavesNothingBehind() {
        client.sends("P(|SELECT x) B(|) E() S");
        standby().sends("E(ERROR 42703 no x) Z(I)");
        for (int i = 0; i < 2; i++) {
            client.received();
            standby().received();
            client.sends("P(|SELECT x) B(|) E() S");
            assertThat(standby().received()).isEqualTo("C(Strunkline_0) P(trunkline_0|SELECT x) B(|trunkline_0) E() S");
            standby().sends("3 E(ERROR 42703 no x) Z(I)");
            assertThat(client.received()).isEqualTo("E(ERROR 42703 no x) Z(I)");
        }
    }

    @Test
    void afterDiscardAllStatementsAreParsedAnew() {
        askedTwice();
        client.sends("Q(DISCARD ALL)");
        standby().sends("C(DISCARD ALL) Z(I)");
        client.received();
        client.sends(REQUEST);
        assertThat(standby().received()).contains("P(").doesNotStartWith("B(");
    }

    @Test
    void theLeastRecentlyUsedNameIsGivenAway() {
        ReusedStatements statements = new ReusedStatements(4);
        for (int i = 0; i < 4; i++) {
            statements.give(key("SELECT " + i));
        }
        assertThat(nameOf(statements.find(key("SELECT 0")))).isEqualTo("trunkline_0");
        assertThat(nameOf(statements.give(key("SELECT x")))).isEqualTo("trunkline_1");
        assertThat(statements.find(key("SELECT 1"))).isNull();
        assertThat(statements.find(key("SELECT 0"))).isNotNull();
    }

    @Test
    void aNameComesFreeWithTheStatementThatFails() {
        ReusedStatements statements = new ReusedStatements(4);
        ReusedStatements.Slot failed = statements.give(key("SELECT 0"));
        statements.give(key("SELECT 1"));
        failed.ended(false);
        assertThat(statements.find(key("SELECT 0"))).isNull();
        assertThat(nameOf(statements.give(key("SELECT 2")))).isEqualTo(nameOf(failed));
        assertThat(failed.isGone()).isTrue();
        assertThat(statements.find(key("SELECT 1"))).isNotNull();
    }

    private static ReusedStatements.Key key(String sql) {
        return new ReusedStatements.Key(parse(sql), "");
    }

    private static String nameOf(ReusedStatements.@Nullable Slot slot) {
        return slot == null ? "" : new String(slot.name, StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
            SELECT 1 ~ true
            select a FROM t WHERE a = $1 AND b = $12 ~ true
            with x as (select 1) select * from x ~ true
            SELECT 'today'::date ~ false
            SELECT $$today$$::date ~ false
            SELECT $x$today$x$::date ~ false
            SELECT grün ~ false
            BEGIN ~ false
            """)
    void onlyWhatReadsTheSameUnderEverySettingIsReused(String text, boolean fit) {
        assertThat(ReusedStatements.isFit(parse(text))).isEqualTo(fit);
    }

    private static byte[] parse(String text) {
        return ("\0" + text + "\0\0\0").getBytes(StandardCharsets.UTF_8);
    }
}
