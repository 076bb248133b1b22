package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.NodeRequest.Answer;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.SimulatedServer.Condition;
import io.trunkline.failover.SimulatedWorld.CommandWay;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The primary hands over in an orderly way, or goes on as before. */
class SwitchoverTest {
    @RegisterExtension
    final CoordinatorFixture cluster = new CoordinatorFixture(3).listening();

    private final SimulatedWorld world = cluster.world;

    private CompletableFuture<Answer> begin(int node) {
        world.fences = true;
        cluster.start();
        return cluster.switchesOver(node);
    }

    @Test
    void theStandbyTakesOverOnceOpenTransactionsHaveEnded() {
        world.busy = 2;
        CompletableFuture<Answer> answer = begin(2);
        cluster.pass(1_000);
        assertThat(cluster.view().writes()).isEqualTo(Writes.HELD);
        assertThat(cluster.view().primary()).isZero();

        world.busy = 0;

        assertThat(cluster.answer(answer, 1_000).done()).isTrue();
        assertThat(cluster.view().primary()).isEqualTo(2);
        assertThat(cluster.view().writes()).isEqualTo(Writes.SERVED);
        assertThat(world.calls.get(0).values().newMain().id()).isEqualTo(2);
        assertThat(world.calls.get(0).values().node().id()).isZero();
        assertThat(cluster.logged())
                .contains(
                        "starting promotion. promote host db2(5432)",
                        "=== Promotion done. promoted host db2(5432) ===");
    }

    @Test
    void itIsGivenUpIfTransactionsDoNotEndInTime() {
        world.busy = 1;
        CompletableFuture<Answer> answer = begin(2);

        assertThat(cluster.answer(answer, 6_000).text()).contains("switchover_drain_timeout");

        assertThat(cluster.view().primary()).isZero();
        assertThat(cluster.view().writes()).isEqualTo(Writes.SERVED);
        assertThat(world.calls).isEmpty();
    }

    @Test
    void stragglersAreEndedIfThatIsWanted() {
        cluster.endsStragglers = true;
        world.busy = 1;

        assertThat(cluster.answer(begin(2), 8_000).done()).isTrue();
        assertThat(world.endedTransactions).containsExactly(0);
    }

    @Test
    void stragglersThatCannotBeEndedMakeItBeGivenUp() {
        cluster.endsStragglers = true;
        world.stragglersEnd = false;
        world.busy = 1;

        assertThat(cluster.answer(begin(2), 10_000).done()).isFalse();
        assertThat(cluster.view().writes()).isEqualTo(Writes.SERVED);
    }

    @Test
    void theStandbyMustHaveReplayedAllThatThePrimaryHasWritten() {
        world.server(2).lag = 10;
        CompletableFuture<Answer> answer = begin(2);
        cluster.pass(3_000);
        assertThat(answer.isDone()).isFalse();

        world.server(2).lag = 0;

        assertThat(cluster.answer(answer, 1_000).done()).isTrue();
    }

    @Test
    void itIsGivenUpIfTheStandbyDoesNotCatchUp() {
        world.server(2).lag = 10;

        assertThat(cluster.answer(begin(2), 15_000).done()).isFalse();
        assertThat(cluster.view().primary()).isZero();
        assertThat(cluster.coordinator().counters().events(CoordinatorCounters.Event.SWITCHOVER_GIVEN_UP))
                .isOne();
        assertThat(cluster.view().writes()).isEqualTo(Writes.SERVED);
    }

    @Test
    void theOldPrimaryServesAgainIfTheCommandFails() {
        world.failover = CommandWay.FAILS;

        assertThat(cluster.answer(begin(2), 2_000).done()).isFalse();

        assertThat(cluster.awaitsPrimary(0, 2_000)).isTrue();
        assertThat(cluster.status(0).isInService()).isTrue();
        assertThat(cluster.logged()).noneMatch(line -> line.contains("Promotion done"));
    }

    @Test
    void ifTheFailedCommandHasStoppedTheOldPrimaryItFailsOverLikeAnyOther() {
        world.failover = CommandWay.FAILS;
        CompletableFuture<Answer> answer = begin(2);
        assertThat(cluster.awaits(() -> !world.calls.isEmpty(), 1_000)).isTrue();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.answer(answer, 2_000).done()).isFalse();

        world.failover = CommandWay.WORKS;

        assertThat(cluster.awaits(() -> cluster.view().hasPrimary(), 5_000)).isTrue();
        assertThat(cluster.view().primary()).isNotZero();
    }

    @Test
    void itIsGivenUpIfTheNodeThatIsToTakeOverFails() {
        world.failover = CommandWay.HANGS;
        CompletableFuture<Answer> answer = begin(2);
        assertThat(cluster.awaits(() -> !world.calls.isEmpty(), 1_000)).isTrue();

        cluster.fails(2, Condition.STOPPED);

        assertThat(cluster.answer(answer, 3_000).done()).isFalse();
        assertThat(cluster.awaitsPrimary(0, 2_000)).isTrue();
        assertThat(world.killed).hasSize(1);
    }

    @Test
    void theFailureOfThePrimaryMeanwhileIsAFailover() {
        world.busy = 1;
        CompletableFuture<Answer> answer = begin(2);
        cluster.pass(500);

        cluster.fails(0, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.answer(answer, 10).done()).isFalse();
    }

    @Test
    void oneThatFollowsAnotherThatWasGivenUpHandsOverOnce() {
        world.maxLatency = 60;
        CompletableFuture<Answer> first = begin(2);
        cluster.pass(5);
        CompletableFuture<Answer> detached = cluster.asks(Kind.NODE_DOWN, 1);
        CompletableFuture<Answer> second = cluster.switchesOver(2);
        assertThat(cluster.answer(first, 10).done()).isFalse();
        CompletableFuture<Answer> third = second.isDone() ? cluster.switchesOver(2) : second;

        assertThat(cluster.answer(third, 5_000).text()).isNotEmpty();
        assertThat(cluster.answer(detached, 5_000).done()).isTrue();
        cluster.pass(2_000);

        assertThat(world.calls.stream().filter(call -> call.values().node().id() == 0))
                .hasSizeLessThan(2);
        assertThat(cluster.view().hasPrimary()).isTrue();
    }

    @Test
    void itIsRefusedWhereItCannotComeAbout() {
        cluster.failoverCommand = "";
        assertThat(cluster.answer(begin(2), 10).text()).contains("failover_command is empty");
        assertThat(cluster.answer(cluster.switchesOver(0), 10).text()).contains("is the primary already");
        cluster.asks(Kind.NODE_DOWN, 1);
        cluster.pass(10);
        assertThat(cluster.answer(cluster.switchesOver(1), 10).text()).contains("down");
    }
}
