package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session does when a standby that it uses is gone. */
class StandbyLossTest extends NodeLossScenario {
    @ParameterizedTest
    @ValueSource(strings = {"", GOES, PANICS})
    void anIdleStandbyIsNotMissed(String lastWords) {
        reads("SELECT 1");
        standby().sends(lastWords).disconnects();
        assertThat(client.received()).isEmpty();
        reads("SELECT 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", GOES})
    void aReadThatTheClientHasSeenNothingOfRunsElsewhere(String lastWords) {
        threeNodes();
        client.sends("Q(SELECT 1)");
        standby().sends(lastWords).disconnects();
        assertThat(client.received()).isEmpty();
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
        primary().sends("T(a) D(1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("T(a) D(1) C(SELECT 1) Z(I)");
        assertThat(proxy.counter(Counter.REROUTED_LOST)).isOne();
        assertThat(proxy.counter(Counter.SESSIONS_KEPT)).isOne();
        assertThat(proxy.counter(Counter.SESSIONS_ENDED_BY_LOSS)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", GOES})
    void pipelinedBatchesOfReadsRunElsewhere(String lastWords) {
        String batches = "P(|SELECT 1) B(|) E() S P(|SELECT 2) B(|) E() S";
        client.sends(batches);
        standby().sends("1 2").sends(lastWords).disconnects();
        assertThat(client.received()).isEqualTo("1 2");
        assertThat(primary().received()).isEqualTo(batches);
        primary().sends("1 2 C(SELECT 1) Z(I) 1 2 C(SELECT 2) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I) 1 2 C(SELECT 2) Z(I)");
    }

    @Test
    void aReadThatMayHaveMadeTheServerPanicIsLeftAlone() {
        client.sends("Q(SELECT 1)");
        standby().sends(PANICS).disconnects();
        assertThat(client.received()).isEqualTo(STANDBY_LOST + " Z(I)");
        reads("SELECT 2");
    }

    @Test
    void aBatchWithoutItsSyncRunsElsewhere() {
        client.sends("P(|SELECT 1) B(|) E() H");
        standby().disconnects();
        assertThat(primary().received()).isEqualTo("P(|SELECT 1) B(|) E() H");
        client.sends("S");
        primary().sends("1 2 C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1) Z(I)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", GOES, PANICS})
    void aReadOfWhichRowsWereSeenFailsBetweenMessages(String lastWords) {
        client.sends("Q(SELECT 1) Q(SELECT 2)");
        standby().sends("T(a) D(1)").sends(lastWords).disconnects();
        assertThat(client.received()).isEqualTo("T(a) D(1) " + STANDBY_LOST + " Z(I) " + STANDBY_LOST + " Z(I)");
        reads("SELECT 3");
    }

    @Test
    void aBatchOfWhichRowsWereSeenIsSkippedToItsSync() {
        client.sends("P(|SELECT 1) B(|) E() H");
        standby().sends("1 2 D(1)").disconnects();
        assertThat(client.received()).isEqualTo("1 2 D(1) " + STANDBY_LOST);
        client.sends("P(|DELETE FROM t) B(|) E() S");
        assertThat(client.received()).isEqualTo("Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void anErrorThatTheClientHasSeenIsNotFollowedByAnother() {
        client.sends("P(|SELECT nonsense) B(|) E() S");
        standby().sends("E(ERROR 42703 no column)");
        standby().disconnects();
        assertThat(client.received()).isEqualTo("E(ERROR 42703 no column) Z(I)");
        reads("SELECT 2");
    }

    @Test
    void afterAnErrorInABatchTheRestOfItIsSkippedAllTheSame() {
        client.sends("P(|SELECT nonsense) H");
        standby().sends("E(ERROR 42703 no column)").sends(GOES).disconnects();
        assertThat(client.received()).isEqualTo("E(ERROR 42703 no column)");
        client.sends("P(|DELETE FROM t) B(|) E() S");
        assertThat(client.received()).isEqualTo("Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void halfAMessageEndsTheSessionWithoutAWord() {
        client.sends("Q(SELECT 1)");
        standby().sends(Unpooled.copiedBuffer(new byte[] {'D', 0, 0, 0, 50, 0, 1, 0}));
        standby().disconnects();
        assertThat(client.receivedBytes()).hasSize(8);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void aServerThatBreaksTheProtocolIsTreatedAsLost() {
        client.sends("Q(SELECT 1)");
        standby().sends("T(a) D(1)").sends("1");
        assertThat(client.received()).contains("protocol violation by node 1").endsWith("Z(I)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "C(BEGIN) Z(T)", GOES, "C(BEGIN) Z(T) " + GOES})
    void theFirstReadOfATransactionTakesItElsewhere(String answers) {
        client.sends("Q(BEGIN) Q(SELECT 1)");
        standby().sends(answers).disconnects();
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(SELECT 1)");
        primary().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
    }

    @Test
    void aLaterReadOfATransactionOnSeveralNodesRunsElsewhere() {
        writesInTransaction();
        client.sends("Q(SELECT 1)").sends("");
        assertThat(proxy.nodes.open(1)).isEmpty();
        primary().sends("C(SELECT 1) Z(T)");
        client.received();
        client.sends("Q(ROLLBACK)");
        primary().sends("C(ROLLBACK) Z(I)");
        client.received();
        client.sends("Q(BEGIN)").sends("Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        client.received();
        client.sends("Q(SELECT 2)");
        standby().disconnects();
        assertThat(primary().received()).endsWith("Q(BEGIN) Q(SELECT 2)");
        primary().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(T)");
    }

    @Test
    void aReadForWhichTheStandbyWasStillBeingPreparedRunsElsewhere() {
        client.sends("P(s|SELECT 1) S");
        standby().sends("1 Z(I)").disconnects();
        client.received();
        client.sends("B(|s) E() S");
        assertThat(standby().received()).isEqualTo("P(s|SELECT 1) B(|s) E() S");
        standby().disconnects();
        assertThat(primary().received()).isEqualTo("P(s|SELECT 1) B(|s) E() S");
        primary().sends("1 2 C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("2 C(SELECT 1) Z(I)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q(COMMIT)", "P(c|COMMIT) B(|c) E() S"})
    void theCommitOfATransactionThatHasOnlyReadRunsElsewhere(String commit) {
        client.sends("Q(BEGIN)").sends("Q(SELECT 1)").sends("Q(SELECT 2)");
        standby().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T) C(SELECT 1) Z(T)");
        client.received();
        client.sends(commit);
        assertThat(standby().received()).endsWith(commit);
        standby().disconnects();
        assertThat(client.received()).isEmpty();
        assertThat(primary().received()).isEqualTo("Q(BEGIN) " + commit);
        primary().sends("C(BEGIN) Z(T)");
        primary().sends(commit.startsWith("Q") ? "C(COMMIT) Z(I)" : "1 2 C(COMMIT) Z(I)");
        assertThat(client.received()).endsWith("C(COMMIT) Z(I)");
        servesWrites();
    }

    @Test
    void aTransactionOnSeveralNodesGoesOnWithoutAStandbyThatItHasOnlyReadFrom() {
        client.sends("Q(BEGIN)").sends("Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        client.received();
        standby().sends(GOES).disconnects();
        assertThat(client.received()).isEmpty();
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(DELETE FROM t)");
        primary().sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        assertThat(client.received()).isEqualTo("C(DELETE 1) Z(T)");
    }

    @Test
    void aTransactionThatStaysOnALostStandbyHasFailed() {
        client.sends("Q(BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY)").sends("Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        client.received();
        client.sends("Q(SELECT 2)");
        standby().disconnects();
        assertThat(client.received()).isEqualTo(STANDBY_LOST + " Z(E)");
        client.sends("Q(SELECT 3)");
        assertThat(client.received()).startsWith("E(ERROR 25P02 ").endsWith("Z(E)");
        client.sends("Q(COMMIT)");
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(I)");
        reads("SELECT 4");
    }
}
