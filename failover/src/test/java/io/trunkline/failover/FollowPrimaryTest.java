package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.SimulatedServer.Condition;
import io.trunkline.failover.SimulatedWorld.CommandWay;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is made to follow the new primary, and what becomes of it. */
class FollowPrimaryTest {
    @RegisterExtension
    final CoordinatorFixture cluster = new CoordinatorFixture(3).listening();

    private final SimulatedWorld world = cluster.world;

    private List<Integer> madeToFollow() {
        return cluster.calls(CommandCall.Kind.FOLLOW_PRIMARY).stream()
                .map(call -> call.values().node().id())
                .toList();
    }

    private void start() {
        cluster.followPrimaryCommand = "follow %d %m";
        cluster.start();
    }

    @Test
    void onlyTheOldPrimaryIsMadeToFollowWhereTheOthersDoByThemselves() {
        start();

        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        cluster.pass(10_000);

        assertThat(madeToFollow()).containsExactly(0);
        assertThat(cluster.status(2).isInService()).isTrue();
        CommandCall.Values values =
                cluster.calls(CommandCall.Kind.FOLLOW_PRIMARY).get(0).values();
        assertThat(values.newMain().id()).isEqualTo(1);
        assertThat(values.oldPrimary().id()).isZero();
        assertThat(values.oldMain()).isZero();
        assertThat(cluster.logged())
                .contains(
                        "=== Starting follow primary command for node 0 ===",
                        "=== Follow primary command for node 0 ended ===");
    }

    @Test
    void aPrimaryThatSomebodyHasDetachedIsMadeToFollowAndLeftToTheCommandToAttach() {
        start();

        cluster.asks(Kind.NODE_DOWN, 0);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        cluster.pass(10_000);

        assertThat(madeToFollow()).containsExactly(0);
        assertThat(cluster.status(0)).isEqualTo(NodeStatus.DOWN);
    }

    @Test
    void aNodeThatWasDownBeforeIsMadeToFollowUnlessSomebodyHasDetachedIt() {
        start();
        cluster.fails(2, Condition.STOPPED);
        assertThat(cluster.awaits(() -> cluster.status(2) == NodeStatus.DOWN, 8_000))
                .isTrue();

        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        cluster.pass(10_000);

        assertThat(madeToFollow()).containsExactlyInAnyOrder(0, 2);
    }

    @Test
    void aStandbyThatDoesNotFollowByItselfIsTakenOutAndPutBack() {
        world.standbysFollow = false;
        start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();

        assertThat(cluster.awaits(() -> cluster.status(2) == NodeStatus.DOWN, 8_000))
                .isTrue();
        assertThat(cluster.awaits(() -> cluster.status(2).isInService() && cluster.readable(2), 8_000))
                .isTrue();

        assertThat(madeToFollow()).containsExactlyInAnyOrder(0, 2);
        assertThat(cluster.view().primary()).isEqualTo(1);
    }

    @Test
    void allAreDetachedFirstIfThatIsWanted() {
        cluster.followDetachesAll = true;
        start();

        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        // once failover_command has ended, too
        assertThat(cluster.awaits(() -> cluster.status(2) == NodeStatus.DOWN, 3_000))
                .isTrue();
        cluster.pass(10_000);

        assertThat(madeToFollow()).containsExactly(0, 2);
        assertThat(cluster.status(2).isInService()).isTrue();
        assertThat(cluster.logged()).contains("failover: 1 follow backends have been degenerated");
    }

    @Test
    void withoutACommandNobodyIsTakenOut() {
        world.standbysFollow = false;
        cluster.start();

        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        cluster.pass(10_000);

        assertThat(cluster.status(2).isInService()).isTrue();
        assertThat(madeToFollow()).isEmpty();
    }

    @Test
    void aStandbyThatStreamsOnlySomeTimeAfterItsCommandIsPutBackAllTheSame() {
        world.standbysFollow = false;
        start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.awaits(() -> madeToFollow().contains(2), 12_000)).isTrue();
        assertThat(cluster.awaits(() -> world.server(2).upstream == 1, 1_000)).isTrue();
        world.server(2).connected = false;
        cluster.pass(2_000);
        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);

        world.server(2).connected = true;

        assertThat(cluster.awaits(() -> cluster.status(2).isInService(), 3_000)).isTrue();
    }

    @Test
    void aNodeDetachedByHandWhileItsCommandRunsStaysOut() {
        world.standbysFollow = false;
        start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.awaits(() -> madeToFollow().contains(2), 12_000)).isTrue();

        cluster.asks(Kind.NODE_DOWN, 2);
        cluster.pass(10_000);

        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);
    }

    @Test
    void aCommandThatHangsIsKilledAndTheNextNodeHasItsTurn() {
        world.standbysFollow = false;
        world.follow = CommandWay.HANGS;
        cluster.followLimit = 30_000;
        start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.awaits(() -> madeToFollow().size() == 1, 12_000)).isTrue();
        cluster.pass(29_000);
        assertThat(madeToFollow()).hasSize(1);

        world.follow = CommandWay.WORKS;

        assertThat(cluster.awaits(() -> madeToFollow().size() == 2, 2_000)).isTrue();
        cluster.pass(10_000);
        assertThat(cluster.status(2).isInService()).isTrue();
        world.fences = true;
        assertThat(cluster.answer(cluster.switchesOver(2), 20_000).done())
                .as("nothing is in the way of a switchover")
                .isTrue();
    }

    @Test
    void anotherFailoverCutsTheCommandOffAndTheNodeIsSeenToAfterwards() {
        world.standbysFollow = false;
        cluster.searchLimit = 1_000;
        start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.awaits(() -> madeToFollow().contains(0), 12_000)).isTrue();
        world.follow = CommandWay.HANGS;
        assertThat(cluster.awaits(() -> cluster.status(2) == NodeStatus.DOWN, 5_000))
                .isTrue();

        world.follow = CommandWay.WORKS;
        cluster.fails(1, Condition.STOPPED);
        cluster.pass(5_000);
        assertThat(cluster.view().hasPrimary()).isFalse();
        cluster.returns(1);

        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.awaits(() -> cluster.status(2).isInService(), 20_000))
                .isTrue();
    }
}
