package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.WriteBufferWaterMark;
import io.trunkline.pool.scripted.ScriptedBackend;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SHOW POOL_NODES and its like, alone and among statements of the servers. The answer is the read node's number. */
class LocalAnswersTest extends SessionScenario {
    @ParameterizedTest
    @CsvSource(delimiter = '~', textBlock = """
            Q(SHOW pool_nodes) ~ T(node) D(1) C(SELECT 1) Z(I)
            Q(show POOL_NODES;) Q(SHOW pool_version) ~ T(node) D(1) C(SELECT 1) Z(I) T(node) D(1) C(SELECT 1) Z(I)
            P(|SHOW pool_nodes) B(|) D(P) E() S ~ 1 2 T(node) D(1) C(SELECT 1) Z(I)
            P(s|SHOW pool_nodes) D(Ss) S B(p|s) E(p) C(Pp) S ~ 1 t T(node) Z(I) 2 D(1) C(SELECT 1) 3 Z(I)
            P(s|SHOW pool_nodes) C(Ss) S ~ 1 3 Z(I)
            P(|SHOW pool_nodes) H B(|) H E() S ~ 1 2 D(1) C(SELECT 1) Z(I)
            """)
    void isAnsweredWithoutAnyServer(String requests, String answers) {
        client.sends(requests);
        assertThat(client.received()).isEqualTo(answers);
        assertThat(proxy.nodes.open(0)).isEmpty();
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void waitsForTheAnswersBeforeIt() {
        client.sends("Q(SELECT 1) Q(SHOW pool_nodes) Q(SELECT 2)");
        ScriptedBackend standby = standby();
        assertThat(standby.received()).isEqualTo("Q(SELECT 1)");
        assertThat(client.received()).isEmpty();
        standby.sends("C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I) T(node) D(1) C(SELECT 1) Z(I)");
        assertThat(standby.received()).isEqualTo("Q(SELECT 2)");
    }

    @Test
    void standsInABatchWithStatementsOfTheServers() {
        client.sends("P(|SELECT 1) B(|) E() P(|SHOW pool_nodes) B(|) E() P(|SELECT 2) B(|) E() S");
        ScriptedBackend standby = standby();
        assertThat(standby.received()).isEqualTo("P(|SELECT 1) B(|) E() H");
        standby.sends("1 2 C(SELECT 1)");
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1) 1 2 D(1) C(SELECT 1)");
        assertThat(standby.received()).isEqualTo("P(|SELECT 2) B(|) E() S");
        standby.sends("1 2 C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1) Z(I)");
    }

    @Test
    void endingABatchOfAServerLeavesTheSyncToTheServer() {
        client.sends("P(|SELECT 1) B(|) E() P(|SHOW pool_nodes) B(|) E() S");
        ScriptedBackend standby = standby();
        standby.sends("1 2 C(SELECT 1)");
        assertThat(standby.received()).isEqualTo("P(|SELECT 1) B(|) E() H S");
        standby.sends("Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1) 1 2 D(1) C(SELECT 1) Z(I)");
    }

    @Test
    void isSkippedAfterAnErrorInItsBatch() {
        client.sends("P(|SELECT nonsense) H");
        standby().sends("E(ERROR 42703 no column)");
        client.received();
        client.sends("P(|SHOW pool_nodes) B(|) E() S");
        standby().sends("Z(I)");
        assertThat(client.received()).isEqualTo("Z(I)");
        client.sends("Q(SHOW pool_nodes)");
        assertThat(client.received()).isEqualTo("T(node) D(1) C(SELECT 1) Z(I)");
    }

    @Test
    void tellsTheStatusOfTheTransactionAroundIt() {
        client.sends("Q(BEGIN) Q(DELETE FROM t)");
        proxy.node(0).sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        client.received();
        client.sends("Q(SHOW pool_nodes)");
        assertThat(client.received()).endsWith("Z(T)");
        client.sends("P(|SHOW pool_nodes) B(|) E() S");
        assertThat(client.received()).endsWith("Z(T)");
    }

    @Test
    void waitsForWhatHasToBeGathered() {
        proxy.gathering = new CompletableFuture<>();
        client.sends("Q(SHOW pool_pools) Q(SHOW pool_nodes)");
        assertThat(client.received()).isEmpty();
        proxy.gathering.complete(null);
        assertThat(client.received()).isEqualTo("T(node) D(1) C(SELECT 1) Z(I) T(node) D(1) C(SELECT 1) Z(I)");

        proxy.gathering = new CompletableFuture<>();
        client.sends("P(|SHOW pool_pools) B(|) D(P) E() S");
        assertThat(client.received()).isEqualTo("1 2 T(node)");
        proxy.gathering.complete(null);
        assertThat(client.received()).isEqualTo("D(1) C(SELECT 1) Z(I)");
    }

    @Test
    void whatCannotBeGatheredIsAnErrorAndTheSessionGoesOn() {
        proxy.gathering = new CompletableFuture<>();
        client.sends("Q(SHOW pool_pools)");
        proxy.gathering.completeExceptionally(new IllegalStateException("broken"));
        assertThat(client.received()).isEqualTo("E(ERROR XX000 internal error in Trunkline) Z(I)");

        proxy.gathering = CompletableFuture.completedFuture(null);
        client.sends("Q(SHOW pool_nodes)");
        assertThat(client.received()).isEqualTo("T(node) D(1) C(SELECT 1) Z(I)");
    }

    @Test
    void whoDoesNotReadAnswersGetsNoMoreOfThemMade() {
        client.channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 500));
        client.sends("Q(SHOW pool_nodes) ".repeat(1000).strip());
        int answers = 0;
        for (String more = client.received(); !more.isEmpty(); more = client.received()) {
            answers += more.split("Z\\(I\\)", -1).length - 1;
            proxy.pump();
        }
        assertThat(answers).isEqualTo(1000);
    }

    @Test
    void theReadNodeThatIsShownIsTheOneThatGetsTheNextRead() {
        proxy.cluster(0, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1), ProxyFixture.node(2, 1));
        client.sends("Q(SHOW pool_nodes)");
        String shown = client.received();
        client.sends("Q(SELECT 1)");
        int read = shown.contains("D(1)") ? 1 : 2;
        assertThat(shown).isEqualTo("T(node) D(" + read + ") C(SELECT 1) Z(I)");
        assertThat(proxy.node(read).received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void itsUnnamedStatementGivesWayToTheNext() {
        client.sends("P(|SHOW pool_nodes) P(|SELECT 1) B(|) E() S");
        assertThat(standby().received()).isEqualTo("P(|SELECT 1) B(|) E() S");
        client.received();
        standby().sends("1 2 C(SELECT 1) Z(I)");
        client.sends("P(|SHOW pool_nodes) B(|) E() S");
        assertThat(client.received()).isEqualTo("1 2 C(SELECT 1) Z(I) 1 2 D(1) C(SELECT 1) Z(I)");
    }
}
