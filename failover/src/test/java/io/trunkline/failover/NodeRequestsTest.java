package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Answer;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeRequest.Manner;
import io.trunkline.failover.NodeRequest.Origin;
import io.trunkline.failover.SimulatedServer.Condition;
import io.trunkline.failover.SimulatedWorld.CommandWay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every request is carried out once, and answered. */
class NodeRequestsTest {
    @RegisterExtension
    final CoordinatorFixture cluster = new CoordinatorFixture(3).listening();

    private final SimulatedWorld world = cluster.world;

    @Test
    void aDetachedStandbyIsOutOfServiceAndItsCommandKnowsWhatIsLeft() {
        cluster.start();

        assertThat(cluster.answer(cluster.asks(Kind.NODE_DOWN, 2), 500))
                .isEqualTo(new Answer(true, "node 2 is detached"));

        CommandCall.Values values = world.calls.get(0).values();
        assertThat(values.node().id()).isEqualTo(2);
        assertThat(values.newMain().id()).isZero();
        assertThat(values.oldPrimary().id()).isZero();
        assertThat(cluster.view().primary()).isZero();
    }

    @Test
    void aNodeThatAReloadAddsIsOutOfServiceUntilItIsAttached() {
        cluster.configured = 1;
        cluster.start();
        assertThat(cluster.view().nodes()).hasSize(1);

        cluster.configured = 3;
        cluster.reload();
        cluster.pass(500);

        assertThat(cluster.view().primary()).isZero();
        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);
        assertThat(cluster.answer(cluster.asks(Kind.NODE_UP, 2), 500).done()).isTrue();
        cluster.pass(2_000);
        assertThat(cluster.readable(2)).isTrue();
        assertThat(cluster.status(1)).isEqualTo(NodeStatus.DOWN);
        cluster.fails(2, Condition.STOPPED);
        cluster.pass(3_000);
        assertThat(cluster.status(2)).as("it is watched").isEqualTo(NodeStatus.DOWN);
    }

    @Test
    void aGracefulDetachLetsSessionsFinish() {
        cluster.start();

        cluster.coordinator()
                .request(new NodeRequest(Kind.NODE_DOWN, 2, Origin.ADMINISTRATOR, Manner.GRACEFUL, Duration.ZERO));
        cluster.pass(500);

        assertThat(cluster.view().node(2).draining()).isTrue();
        cluster.asks(Kind.NODE_UP, 2);
        cluster.pass(500);
        assertThat(cluster.view().node(2).draining()).isFalse();
    }

    @Test
    void theViewTellsWhoWasDetachedByAnAdministrator() {
        cluster.start();
        cluster.fails(1, Condition.STOPPED);
        cluster.asks(Kind.NODE_DOWN, 2);
        assertThat(cluster.awaits(() -> cluster.status(1) == NodeStatus.DOWN, 5_000))
                .isTrue();
        assertThat(cluster.view().node(2).detachedByAdministrator()).isTrue();
        assertThat(cluster.view().node(1).detachedByAdministrator()).isFalse();
        assertThat(cluster.view().node(1).reachable()).isFalse();
        int views = cluster.views.size();

        cluster.asks(Kind.NODE_DOWN, 1);
        cluster.pass(100);

        assertThat(cluster.views).as("what a restart has to know is published").hasSizeGreaterThan(views);
        assertThat(cluster.view().node(1).detachedByAdministrator()).isTrue();
        cluster.asks(Kind.NODE_UP, 2);
        cluster.pass(500);
        assertThat(cluster.view().node(2).detachedByAdministrator()).isFalse();
    }

    @Test
    void attachingRunsFailbackCommandFirst() {
        cluster.failbackCommand = "failback %d %m";
        cluster.start();
        cluster.asks(Kind.NODE_DOWN, 2);
        cluster.pass(500);

        CompletableFuture<Answer> up = cluster.asks(Kind.NODE_UP, 2);
        cluster.pass(50);
        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);

        assertThat(cluster.answer(up, 500).done()).isTrue();
        assertThat(cluster.calls(CommandCall.Kind.FAILBACK)).hasSize(1);
        assertThat(cluster.logged())
                .anyMatch(line ->
                        line.matches("received failback request for node_id: 2 from pid \\[\\d+] \\(administrator.*"))
                .contains("=== Starting fail back. reconnect host db2(5432) ===")
                .contains("=== Failback done. reconnect host db2(5432) ===");
    }

    @Test
    void aDetachWhileTheNodeIsBeingAttachedWins() {
        cluster.failbackCommand = "failback";
        cluster.start();
        cluster.asks(Kind.NODE_DOWN, 2);
        cluster.pass(500);
        CompletableFuture<Answer> up = cluster.asks(Kind.NODE_UP, 2);
        cluster.pass(50);

        cluster.asks(Kind.NODE_DOWN, 2);

        assertThat(cluster.answer(up, 500).done()).isFalse();
        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);
    }

    @Test
    void theSameRequestTwiceIsCarriedOutOnceAndBothAreAnswered() {
        cluster.start();
        CompletableFuture<Answer> first = cluster.asks(Kind.NODE_DOWN, 0);
        CompletableFuture<Answer> second = cluster.asks(Kind.NODE_DOWN, 0);

        assertThat(cluster.answer(first, 2_000)).isEqualTo(cluster.answer(second, 10));
        assertThat(first.join().done()).isTrue();
        assertThat(world.calls).hasSize(1);
    }

    @Test
    void tooManyWhoAskTheSameAreRefused() {
        world.failover = CommandWay.HANGS;
        cluster.start();
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 101; i++) {
            answers.add(cluster.asks(Kind.NODE_DOWN, 0));
        }
        cluster.pass(100);

        assertThat(answers.get(100).join().text()).contains("too many");
        assertThat(answers.get(99).isDone()).isFalse();
    }

    @Test
    void whoIsNotPatientGetsAnAnswerAndTheRequestGoesOn() {
        cluster.start();
        world.commandMillis = 5_000;
        CompletableFuture<Answer> hasty = cluster.coordinator()
                .request(new NodeRequest(
                        Kind.NODE_DOWN, 0, Origin.ADMINISTRATOR, Manner.AT_ONCE, Duration.ofSeconds(2)));
        CompletableFuture<Answer> patient = cluster.asks(Kind.NODE_DOWN, 0);

        assertThat(cluster.answer(hasty, 2_100).text()).contains("goes on");
        assertThat(cluster.answer(patient, 10_000).done()).isTrue();
    }

    @Test
    void aNodeThatIsThereAlreadyIsNotAttachedAgain() {
        cluster.start();

        assertThat(cluster.answer(cluster.asks(Kind.NODE_UP, 1), 10).text()).isEqualTo("node 1 is in service already");
        assertThat(cluster.logged())
                .contains("invalid failback request, status: [1] of node id : 1 is invalid for failback");
    }

    @Test
    void aNodeThatDoesNotExistIsRefused() {
        cluster.start();

        assertThat(cluster.answer(cluster.asks(Kind.NODE_DOWN, 7), 10).text()).isEqualTo("node 7 does not exist");
        assertThat(cluster.answer(cluster.asks(Kind.PROMOTE, -1), 10).done()).isFalse();
    }

    @Test
    void idleConnectionsAreClosed() {
        cluster.start();

        assertThat(cluster.answer(cluster.asks(Kind.CLOSE_IDLE, 1), 10).done()).isTrue();
        assertThat(world.closedIdle).containsExactly(1);
    }

    @Test
    void promotingWithoutASwitchoverOnlyTakesNoteOfWhatIsSo() {
        cluster.rolePeriod = 3_600_000;
        cluster.start();
        assertThat(cluster.answer(cluster.asks(Kind.PROMOTE, 1), 500).done()).isFalse();

        world.promote(1);

        assertThat(cluster.answer(cluster.asks(Kind.PROMOTE, 1), 500).done()).isTrue();
        assertThat(cluster.view().primary()).isEqualTo(1);
    }

    @Test
    void aNodeThatGoesOutOfServiceWhileItIsAskedIsNotTakenForThePrimary() {
        cluster.rolePeriod = 3_600_000;
        cluster.start();
        world.promote(1);
        CompletableFuture<Answer> promoted = cluster.asks(Kind.PROMOTE, 1);
        cluster.asks(Kind.NODE_DOWN, 1);

        assertThat(cluster.answer(promoted, 500).done()).isFalse();
        assertThat(cluster.view().primary()).isZero();
    }

    @Test
    void aRecoveredNodeIsAttached() {
        cluster.start();
        cluster.fails(2, Condition.STOPPED);
        cluster.pass(2_000);

        assertThat(cluster.answer(cluster.asks(Kind.RECOVERY, 2), 1_000).done()).isTrue();

        assertThat(cluster.status(2).isInService()).isTrue();
    }

    @Test
    void recoveryIsRefusedForThePrimaryForANodeInServiceAndWithoutAPrimary() {
        cluster.failoverCommand = "";
        cluster.searchLimit = 1_000;
        cluster.start();
        assertThat(cluster.answer(cluster.asks(Kind.RECOVERY, 0), 10).text())
                .isEqualTo("process recovery request failed: primary server cannot be recovered by online recovery.");
        assertThat(cluster.answer(cluster.asks(Kind.RECOVERY, 2), 10).text())
                .isEqualTo("node recovery failed, node id: 2 is alive");
        assertThat(cluster.answer(cluster.asks(Kind.RECOVERY, 3), 10).text()).isEqualTo("node 3 does not exist");
        cluster.fails(0, Condition.STOPPED);
        cluster.pass(10_000);

        assertThat(cluster.answer(cluster.asks(Kind.RECOVERY, 0), 10).text())
                .isEqualTo("node recovery failed, unable to connect to main node: -1: no primary is known");
    }

    @Test
    void recoveryIsRefusedInModesThatHaveNone() {
        cluster.hasRecovery = false;
        cluster.start();
        cluster.answer(cluster.asks(Kind.NODE_DOWN, 2), 500);

        assertThat(cluster.answer(cluster.asks(Kind.RECOVERY, 2), 10).text())
                .isEqualTo("process recovery request failed: recovery request is only allowed in replication and"
                        + " streaming replication modes.");
    }

    @Test
    void aRecoveryThatFailsLeavesTheNodeOut() {
        world.recovery = CommandWay.FAILS;
        cluster.start();
        cluster.fails(2, Condition.STOPPED);
        cluster.pass(2_000);

        assertThat(cluster.answer(cluster.asks(Kind.RECOVERY, 2), 1_000).done()).isFalse();

        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);
    }

    @Test
    void allWhoWaitAreAnsweredWhenTrunklineStops() {
        world.failover = CommandWay.HANGS;
        cluster.start();
        CompletableFuture<Answer> down = cluster.asks(Kind.NODE_DOWN, 0);
        cluster.pass(100);

        cluster.coordinator().stop();

        assertThat(cluster.answer(down, 10).text()).contains("stopping");
        assertThat(world.killed).hasSize(1);
        int checks = world.healthChecks;
        cluster.pass(60_000);
        assertThat(world.healthChecks).isEqualTo(checks);
        assertThat(world.calls).hasSize(1);
    }
}
