package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.PoolMode;
import io.trunkline.pool.PoolSettings;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server has lost a statement that has a name of ours there. */
class ParsedAnewTest extends SessionScenario {
    private static final String LOST = "E(ERROR 26000 no trunkline_0)";

    @BeforeEach
    void aStatementIsKnownToTheServer() {
        proxy.finish();
        proxy = new ProxyFixture(new PoolSettings(true, 8, 1, 0, 0, 0, 5000, List.of("ABORT", "DISCARD ALL")));
        proxy.limits.poolModes = new PoolModes(PoolMode.TRANSACTION, List.of(), List.of());
        client = proxy.session();
        client.sends("P(s|INSERT a) S");
        assertThat(primary().received()).isEqualTo("C(Strunkline_0) P(trunkline_0|INSERT a) S");
        primary().sends("3 1 Z(I)");
        assertThat(client.received()).isEqualTo("1 Z(I)");
    }

    @Test
    void aBindThatFailsIsRunAgainWithTheStatementParsedAnew() {
        client.sends("B(|s) E() S");
        assertThat(primary().received()).isEqualTo("B(|trunkline_0) E() S");
        primary().sends(LOST + " Z(I)");
        assertThat(primary().received()).isEqualTo("C(Strunkline_0) P(trunkline_0|INSERT a) B(|trunkline_0) E() S");
        assertThat(client.received()).isEmpty();
        primary().sends("3 1 2 C(INSERT 1) Z(I)");
        assertThat(client.received()).isEqualTo("2 C(INSERT 1) Z(I)");
        assertThat(proxy.counter(Counter.PARSED_ANEW)).isOne();
    }

    @Test
    void aDescribeThatFailsIsRunAgainToo() {
        client.sends("D(Ss) F");
        assertThat(primary().received()).isEqualTo("D(Strunkline_0) F");
        primary().sends(LOST);
        assertThat(primary().received()).startsWith("S C(Strunkline_0) P(trunkline_0|INSERT a) D(Strunkline_0)");
        primary().sends("Z(I) 3 1 t n");
        assertThat(client.received()).isEqualTo("t n");
        client.sends("S");
        assertThat(primary().received()).endsWith("S");
        primary().sends("Z(I)");
        assertThat(client.received()).isEqualTo("Z(I)");
    }

    @Test
    void aSecondFailureIsTheClients() {
        client.sends("B(|s) E() S");
        primary().received();
        primary().sends(LOST + " Z(I)");
        primary().received();
        primary().sends("3 1 " + LOST + " Z(I)");
        assertThat(client.received()).isEqualTo(LOST + " Z(I)");
    }

    @Test
    void whatHasBeenExecutedBeforeInTheBatchIsNotRunAgain() {
        client.sends("P(|INSERT b) B(|) E() B(|s) E() S");
        assertThat(primary().received()).isEqualTo("P(|INSERT b) B(|) E() B(|trunkline_0) E() S");
        primary().sends("1 2 C(INSERT 1) " + LOST + " Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(INSERT 1) " + LOST + " Z(I)");
        assertThat(primary().received()).isEmpty();
    }

    @Test
    void whatHasBeenSentBehindTheBatchIsNotRunTwice() {
        client.sends("B(|s) E() S Q(INSERT b)");
        assertThat(primary().received()).isEqualTo("B(|trunkline_0) E() S Q(INSERT b)");
        primary().sends(LOST + " Z(I) C(INSERT 1) Z(I)");
        assertThat(client.received()).isEqualTo(LOST + " Z(I) C(INSERT 1) Z(I)");
        assertThat(primary().received()).isEmpty();
    }

    @Test
    void inATransactionTheErrorIsTheClientsAndTheNextOneIsWell() {
        client.sends("Q(BEGIN) Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(DELETE FROM t)");
        primary().sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        client.received();
        client.sends("B(|s) E() S");
        assertThat(primary().received()).isEqualTo("B(|trunkline_0) E() S");
        primary().sends(LOST + " Z(E)");
        assertThat(client.received()).isEqualTo(LOST + " Z(E)");
        client.sends("Q(ROLLBACK)");
        primary().received();
        primary().sends("C(ROLLBACK) Z(I)");
        client.received();
        client.sends("B(|s) E() S");
        assertThat(primary().received()).isEqualTo("C(Strunkline_0) P(trunkline_0|INSERT a) B(|trunkline_0) E() S");
    }

    @Test
    void theLossOfTheServerIsNoReasonToRunAWriteAgain() {
        client.sends("B(|s) E() S");
        primary().received();
        primary().disconnects();
        assertThat(client.received()).startsWith("E(ERROR 08007");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void anotherErrorOfABindIsTheClients() {
        client.sends("B(|s) E() S");
        primary().received();
        primary().sends("E(ERROR 22P02 no integer) Z(I)");
        assertThat(client.received()).isEqualTo("E(ERROR 22P02 no integer) Z(I)");
        assertThat(primary().received()).isEmpty();
    }
}
