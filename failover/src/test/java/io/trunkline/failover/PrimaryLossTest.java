package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.CoordinatorCounters.Event;
import io.trunkline.failover.NodeRequest.Answer;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.SimulatedServer.Condition;
import io.trunkline.failover.SimulatedWorld.CommandWay;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of the writes when the primary is lost. */
class PrimaryLossTest {
    @RegisterExtension
    final CoordinatorFixture cluster = new CoordinatorFixture(3).listening();

    private final SimulatedWorld world = cluster.world;

    @Test
    void theStandbyThatHasReceivedMostIsProposedAndBecomesThePrimary() {
        cluster.start();
        world.server(1).connected = false;
        world.write(0, 500);

        cluster.fails(0, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(2, 3_000)).isTrue();
        assertThat(world.calls).hasSize(1);
        CommandCall.Values values = world.calls.get(0).values();
        assertThat(values.node().id()).isZero();
        assertThat(values.newMain().id()).isEqualTo(2);
        assertThat(values.oldMain()).isZero();
        assertThat(values.oldPrimary().id()).isZero();
        assertThat(cluster.status(0)).isEqualTo(NodeStatus.DOWN);
        assertThat(cluster.logged())
                .anyMatch(line -> line.startsWith("health check failed on node 0 (timeout:0)"))
                .anyMatch(line -> line.startsWith("received degenerate backend request for node_id: 0 from pid ["))
                .contains(
                        "=== Starting degeneration. shutdown host db0(5432) ===",
                        "failover: set new primary node: 2",
                        "failover: set new main node: 2",
                        "=== Failover done. shutdown host db0(5432) ===");
        CoordinatorCounters counters = cluster.coordinator().counters();
        assertThat(counters.events(Event.FAILOVER_BEGUN)).isOne();
        assertThat(counters.events(Event.FAILOVER_ENDED)).isOne();
        assertThat(counters.events(Event.FAILOVER_FAILED)).isZero();
        assertThat(counters.checks(0, HealthOutcome.Kind.DEAD)).isPositive();
        assertThat(counters.checks(2, HealthOutcome.Kind.DEAD)).isZero();
        assertThat(counters.checks(2, HealthOutcome.Kind.ALIVE)).isPositive();
    }

    @Test
    void clientsDoNotWaitForWhatTheCommandDoesAfterThePromotion() {
        world.commandMillis = 20_000;
        cluster.followDetachesAll = true;
        cluster.followPrimaryCommand = "follow";
        cluster.start();
        world.failoverPromotesAfter = 100;

        cluster.fails(0, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.view().writes()).isEqualTo(ClusterView.Writes.SERVED);
        assertThat(cluster.status(2).isInService()).isTrue();
        cluster.pass(21_000);
        assertThat(world.killed).isEmpty();
        assertThat(world.calls).extracting(CommandCall::kind).contains(CommandCall.Kind.FOLLOW_PRIMARY);
    }

    @Test
    void aNewPrimaryThatFailsWhileItsCommandGoesOnIsReplacedAtOnce() {
        world.commandMillis = 20_000;
        world.failoverPromotesAfter = 100;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();

        cluster.fails(1, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(2, 3_000)).isTrue();
        assertThat(world.killed).hasSize(1);
    }

    @Test
    void theLowestIdIsProposedIfThatIsConfigured() {
        cluster.mostAdvanced = false;
        cluster.needsSynchronous = false;
        cluster.start();
        world.server(1).connected = false;
        world.write(0, 500);

        cluster.fails(0, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
    }

    @Test
    void theOldMainNodeIsTheLostPrimaryWhateverItsNumber() {
        world.primaryIs(2);
        cluster.start();

        cluster.fails(2, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(0, 3_000)).isTrue();
        assertThat(world.calls.get(0).values().oldMain()).isEqualTo(2);
    }

    @Test
    void anotherIsChosenAtOnceIfTheProposedOneDiesWhileItsCommandRuns() {
        world.commandMillis = 5_000;
        world.failover = CommandWay.HANGS;
        cluster.start();
        CompletableFuture<Answer> answer = cluster.asks(Kind.NODE_DOWN, 0);
        assertThat(cluster.awaits(() -> world.calls.size() == 1, 3_000)).isTrue();
        assertThat(world.calls.get(0).values().newMain().id()).isEqualTo(1);

        world.failover = CommandWay.WORKS;
        world.commandMillis = 100;
        cluster.fails(1, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(2, 3_000)).isTrue();
        assertThat(world.killed).containsExactly(world.calls.get(0));
        assertThat(world.calls).anySatisfy(call -> {
            assertThat(call.values().newMain().id()).isEqualTo(2);
            assertThat(call.values().node().id())
                    .as("what is to be fenced is still the lost primary")
                    .isZero();
        });
        assertThat(cluster.answer(answer, 10).done()).isTrue();
    }

    @Test
    void aStandbyThatFailsDuringTheFailoverOfThePrimaryIsSeenToAtOnce() {
        world.failover = CommandWay.HANGS;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaits(() -> world.calls.size() == 1, 3_000)).isTrue();

        CompletableFuture<Answer> standby = cluster.asks(Kind.NODE_DOWN, 2);
        cluster.pass(10);

        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);
        assertThat(world.calls).hasSize(2);
        assertThat(world.killed).isEmpty();
        assertThat(cluster.answer(standby, 30_000).done()).isTrue();
    }

    @Test
    void writesWaitWhileTheFailoverRunsAndReadsGoOn() {
        world.failover = CommandWay.HANGS;
        cluster.start();

        cluster.fails(0, Condition.STOPPED);
        cluster.pass(3_000);

        assertThat(cluster.view().hasPrimary()).isFalse();
        assertThat(cluster.view().writes()).isEqualTo(Writes.AWAITED);
        assertThat(cluster.view().node(1).isUsable()).isTrue();
    }

    @Test
    void aSearchThatFindsNothingEndsInTimeAndBlocksNothingMeanwhile() {
        world.failover = CommandWay.DOES_NOTHING;
        cluster.start();
        CompletableFuture<Answer> failover = cluster.asks(Kind.NODE_DOWN, 0);
        cluster.fails(0, Condition.STOPPED);
        cluster.pass(2_000);
        assertThat(failover.isDone()).isFalse();

        assertThat(cluster.answer(cluster.asks(Kind.NODE_DOWN, 2), 500).done()).isTrue();
        assertThat(cluster.answer(cluster.asks(Kind.NODE_UP, 2), 500).done()).isTrue();
        assertThat(cluster.answer(failover, 15_000).done()).isFalse();

        assertThat(cluster.view().writes()).isEqualTo(Writes.NOT_SERVED);
        assertThat(cluster.logged())
                .contains("find_primary_node_repeatedly: expired after 10 seconds")
                .contains("failover: failed to find primary node");
        assertThat(cluster.loop.nowMillis()).isLessThan(14_000);
    }

    @Test
    void whoIsPromotedBySomebodyElseAfterwardsIsFound() {
        cluster.failoverCommand = "";
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        cluster.pass(20_000);
        assertThat(cluster.view().hasPrimary()).isFalse();

        world.promote(2);

        assertThat(cluster.awaitsPrimary(2, 1_000)).isTrue();
    }

    @Test
    void theLastPrimaryServesAgainIfItReturnsUnreplaced() {
        cluster.failoverCommand = "";
        cluster.searchLimit = 2_000;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        cluster.pass(10_000);
        assertThat(cluster.status(0)).isEqualTo(NodeStatus.DOWN);

        cluster.returns(0);

        assertThat(cluster.awaitsPrimary(0, 2_000)).isTrue();
    }

    @Test
    void afterAFailedCommandTheLastPrimaryMayReturnBeforeTheSearchIsOver() {
        cluster.searchLimit = 0;
        world.failover = CommandWay.FAILS;
        cluster.start();
        CompletableFuture<Answer> failover = cluster.asks(Kind.CLOSE_IDLE, 0);
        cluster.fails(0, Condition.STOPPED);
        cluster.pass(5_000);
        assertThat(cluster.status(0)).isEqualTo(NodeStatus.DOWN);

        cluster.returns(0);

        assertThat(cluster.awaitsPrimary(0, 2_000)).isTrue();
        assertThat(failover.isDone()).isTrue();
    }

    @Test
    void whoAskedForAFailoverThatIsCalledOffGetsAnAnswer() {
        world.server(0).synchronousStandbyNames = "FIRST 1 (s1, s2)";
        cluster.start();
        cluster.fails(1, Condition.STOPPED);
        cluster.pass(5_000);
        cluster.fails(0, Condition.STOPPED);
        cluster.pass(5_000);
        CompletableFuture<Answer> joined = cluster.asks(Kind.NODE_DOWN, 2);
        assertThat(cluster.view().hasPrimary()).isFalse();
        assertThat(cluster.status(0)).isEqualTo(NodeStatus.DOWN);

        cluster.returns(0);

        assertThat(cluster.awaitsPrimary(0, 2_000)).isTrue();
        assertThat(joined.isDone()).isTrue();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaits(() -> cluster.status(0) == NodeStatus.DOWN, 5_000))
                .as("the next failure is not taken for the one that is over")
                .isTrue();
    }

    @Test
    void aPrimaryThatOnlyCameUpBehindTheFailoverIsTakenWhenItReturns() {
        world.commandMillis = 1_000;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaits(() -> !world.server(1).inRecovery, 5_000)).isTrue();
        cluster.fails(1, Condition.STOPPED);
        cluster.fails(2, Condition.STOPPED);
        cluster.pass(30_000);
        assertThat(cluster.view().hasPrimary()).isFalse();

        cluster.returns(1);

        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
    }

    @Test
    void aHangingCommandIsNotWaitedForLongerThanItsLimit() {
        world.failover = CommandWay.HANGS;
        cluster.commandLimit = 4_000;
        cluster.searchLimit = 1_000;
        cluster.start();
        CompletableFuture<Answer> failover = cluster.asks(Kind.NODE_DOWN, 0);

        assertThat(cluster.answer(failover, 7_000).done()).isFalse();
    }

    @Test
    void withoutARoleCheckTheNextNodeInServiceTakesOver() {
        cluster.canAsk = false;
        cluster.knowsStandbys = false;
        cluster.start();
        assertThat(cluster.view().primary()).isZero();

        cluster.fails(0, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(world.calls).hasSize(1);
    }
}
