package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.SimulatedServer.Condition;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who wants to know how the nodes are now. */
class ClusterLookTest {
    private static final long LIMIT = 30_000;

    @RegisterExtension
    final CoordinatorFixture cluster = new CoordinatorFixture(3);

    @BeforeEach
    void startWithoutRegularChecks() {
        cluster.checkPeriod = 0;
        cluster.rolePeriod = 0;
        cluster.start();
    }

    @Test
    void nodesThatAreThereAreSeenAtOnce() {
        CompletableFuture<Void> seen = cluster.coordinator().look(LIMIT);

        assertThat(cluster.awaits(seen::isDone, 200)).isTrue();
        assertThat(cluster.world.healthChecks).isEqualTo(3);
    }

    @Test
    void aStandbyThatIsNotThereIsOutOfServiceWhenTheLookIsOver() {
        cluster.fails(2, Condition.STOPPED);

        CompletableFuture<Void> seen = cluster.coordinator().look(LIMIT);

        assertThat(cluster.awaits(seen::isDone, LIMIT)).isTrue();
        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);
    }

    @Test
    void theLookLastsUntilAFailoverIsOver() {
        cluster.fails(0, Condition.STOPPED);

        CompletableFuture<Void> seen = cluster.coordinator().look(LIMIT);

        assertThat(cluster.awaits(seen::isDone, LIMIT)).isTrue();
        assertThat(cluster.view().primary()).isPositive();
        assertThat(cluster.view().writes()).isEqualTo(Writes.SERVED);
    }

    @Test
    void aNodeThatDoesNotAnswerIsWaitedForUpToTheLimit() {
        cluster.fails(2, Condition.HUNG);

        CompletableFuture<Void> seen = cluster.coordinator().look(500);
        cluster.pass(400);
        assertThat(seen).isNotDone();

        cluster.pass(200);
        assertThat(seen).isDone();
    }

    @Test
    void manyWhoAskAtOnceShareTheConnectionsToTheNodes() {
        CompletableFuture<?>[] all = IntStream.range(0, 100)
                .mapToObj(i -> cluster.coordinator().look(LIMIT))
                .toArray(CompletableFuture[]::new);

        assertThat(cluster.awaits(CompletableFuture.allOf(all)::isDone, 200)).isTrue();
        assertThat(cluster.world.healthChecks).isEqualTo(3 * ClusterLook.LIMIT);
        CompletableFuture<Void> later = cluster.coordinator().look(LIMIT);
        assertThat(cluster.awaits(later::isDone, 200)).isTrue();
        assertThat(cluster.world.healthChecks).isEqualTo(3 * ClusterLook.LIMIT + 3);
    }
}
