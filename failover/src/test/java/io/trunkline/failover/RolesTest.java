package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.SimulatedServer.Condition;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which node is the primary, by what all of them say. */
class RolesTest {
    @RegisterExtension
    final CoordinatorFixture cluster = new CoordinatorFixture(3).listening();

    private final SimulatedWorld world = cluster.world;

    @Test
    void thePrimaryNeedNotBeNodeZero() {
        world.primaryIs(2);
        cluster.start();

        assertThat(cluster.view().primary()).isEqualTo(2);
        assertThat(cluster.logged()).contains("find_primary_node: primary node is 2");
    }

    @Test
    void ofSeveralClaimantsTheHighestTimelineDecidesAndNotTheNumber() {
        world.server(2).inRecovery = false;
        world.server(0).timeline = 3;
        cluster.start();

        assertThat(cluster.view().primary()).isZero();
        assertThat(cluster.readable(2))
                .as("what it has is not what the cluster has")
                .isFalse();
    }

    @Test
    void aTieMeansNoWritesAndAnAlarm() {
        world.server(2).inRecovery = false;
        cluster.start();

        assertThat(cluster.view().hasPrimary()).isFalse();
        assertThat(cluster.view().writes()).isEqualTo(Writes.NOT_SERVED);
        assertThat(cluster.logged()).anyMatch(line -> line.contains("nodes [0, 2] all say that they are the primary"));

        world.server(2).becomeStandbyOf(world.server(0));

        assertThat(cluster.awaitsPrimary(0, 1_000)).isTrue();
    }

    @Test
    void aTieThatComesLaterTakesTheWritesAway() {
        cluster.start();
        world.server(1).inRecovery = false;

        cluster.pass(2_000);

        assertThat(cluster.view().hasPrimary()).isFalse();
    }

    @Test
    void whoIsPromotedByAnotherManagerTakesOver() {
        cluster.start();

        world.promote(1);

        assertThat(cluster.awaitsPrimary(1, 1_500)).isTrue();
    }

    @Test
    void anOldPrimaryThatReturnsOnALowerTimelineGetsNeitherWritesNorReads() {
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        cluster.returns(0);
        assertThat(cluster.answer(cluster.asks(Kind.NODE_UP, 0), 100).done()).isTrue();
        cluster.pass(3_000);
        assertThat(cluster.view().primary()).isEqualTo(1);
        assertThat(cluster.status(0).isInService()).isTrue();
        assertThat(cluster.readable(0)).isFalse();

        cluster.failoverCommand = "";
        cluster.searchLimit = 1_000;
        cluster.reload();
        cluster.fails(1, Condition.STOPPED);
        cluster.pass(1_500);
        assertThat(cluster.view().hasPrimary()).isFalse();
        assertThat(cluster.readable(0)).as("not even while there is no primary").isFalse();
        cluster.pass(20_000);
        assertThat(cluster.view().primary()).isNotEqualTo(0);
    }

    @Test
    void anOldPrimaryInServiceIsNeverProposed() {
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        cluster.returns(0);
        cluster.asks(Kind.NODE_UP, 0);
        cluster.pass(2_000);

        cluster.fails(1, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(2, 3_000)).isTrue();
    }

    @Test
    void whoIsPromotedByAccidentIsDetachedIfAskedForWhileTheOthersFollowThePrimary() {
        cluster.detachFalsePrimary = true;
        cluster.start();

        world.promote(2);
        cluster.pass(3_000);

        assertThat(cluster.view().primary()).isZero();
        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);
        assertThat(cluster.status(1).isInService()).isTrue();
    }

    @Test
    void aFalsePrimaryIsDetachedIfThatIsWanted() {
        cluster.detachFalsePrimary = true;
        cluster.start();
        world.server(0).timeline = 2;
        world.settle();
        cluster.pass(2_000);
        world.server(2).timeline = 1;
        world.server(2).inRecovery = false;

        assertThat(cluster.awaits(() -> cluster.status(2) == NodeStatus.DOWN, 2_000))
                .isTrue();
        assertThat(cluster.view().primary()).isZero();
    }

    @Test
    void aFalsePrimaryStaysAttachedOtherwise() {
        cluster.start();
        world.server(0).timeline = 2;
        cluster.pass(2_000);
        world.server(2).inRecovery = false;

        cluster.pass(3_000);

        assertThat(cluster.status(2).isInService()).isTrue();
        assertThat(cluster.view().primary()).isZero();
    }

    @Test
    void anOlderPrimaryThatShowsUpTakesNoWritesFromOneThatWasSlowToAnswer() {
        world.server(0).timeline = 2;
        world.settle();
        cluster.start();
        world.server(2).timeline = 1;
        world.server(2).inRecovery = false;
        cluster.pass(2_000);

        cluster.checkPeriod = 0;
        cluster.reload();
        cluster.fails(0, Condition.FULL);
        cluster.pass(5_000);

        assertThat(cluster.view().primary()).isZero();
        assertThat(cluster.view().writes()).isEqualTo(Writes.SERVED);
    }

    @Test
    void alwaysPrimaryIsThePrimaryWhateverTheNodesSay() {
        cluster.alwaysPrimary = 1;
        cluster.start();
        cluster.pass(5_000);

        assertThat(cluster.view().primary()).isEqualTo(1);
    }

    @Test
    void aServerOfAnotherSystemGetsNoWrites() {
        cluster.start();
        world.server(2).systemIdentifier = 4_711;
        world.server(2).timeline = 9;
        world.server(2).inRecovery = false;

        cluster.pass(3_000);

        assertThat(cluster.view().primary()).isZero();
        assertThat(cluster.logged()).anyMatch(line -> line.contains("node 2 is of another database system"));
    }

    @Test
    void atTheStartTheSystemIsThatOfMostNodesAndNotOfTheFirst() {
        world.primaryIs(1);
        world.server(0).inRecovery = false;
        world.server(0).systemIdentifier = 4_711;
        world.server(0).timeline = 9;
        cluster.start();

        assertThat(cluster.view().primary()).isEqualTo(1);
    }

    private static ClusterMemory primaryBefore(int node, int timeline, OptionalLong system) {
        return new ClusterMemory(0, node, OptionalInt.of(timeline), system, List.of(), List.of());
    }

    @Test
    void aPrimaryThatWasReplacedWhileTrunklineWasAwayGetsNoWrites() {
        cluster.memory = primaryBefore(1, 5, OptionalLong.empty());
        cluster.start();
        cluster.pass(2_000);

        assertThat(cluster.view().hasPrimary()).isFalse();
    }

    @Test
    void whatIsRememberedOfAnotherDatabaseSystemDoesNotCount() {
        cluster.memory = primaryBefore(1, 5, OptionalLong.of(4_711));
        cluster.start();

        assertThat(cluster.view().primary()).isZero();
    }

    @Test
    void withEverythingDownAtTheStartTheFirstPrimaryThatComesServes() {
        for (int id = 0; id < 3; id++) {
            cluster.fails(id, Condition.STOPPED);
        }
        cluster.failoverCommand = "";
        cluster.disallowed = 0;
        cluster.start();
        cluster.pass(10_000);
        assertThat(cluster.view().hasPrimary()).isFalse();

        cluster.returns(0);

        assertThat(cluster.awaitsPrimary(0, 2_000)).isTrue();
    }

    @Test
    void aStandbyThatStreamsIsAttachedAgainIfAutoFailbackIsOn() {
        cluster.autoFailback = true;
        cluster.start();
        cluster.fails(2, Condition.STOPPED);
        assertThat(cluster.awaits(() -> cluster.status(2) == NodeStatus.DOWN, 2_000))
                .isTrue();

        cluster.returns(2);

        assertThat(cluster.awaits(() -> cluster.status(2).isInService(), 3_000)).isTrue();
        assertThat(cluster.logged()).contains("request auto failback, node id:2");
    }

    @Test
    void aStandbyThatAnAdministratorDetachedIsNotAttachedAgain() {
        cluster.autoFailback = true;
        cluster.start();
        assertThat(cluster.answer(cluster.asks(Kind.NODE_DOWN, 2), 500).done()).isTrue();

        cluster.pass(30_000);

        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);
    }

    @Test
    void withoutAutoFailbackAStandbyStaysDetached() {
        cluster.start();
        cluster.fails(2, Condition.STOPPED);
        assertThat(cluster.awaits(() -> cluster.status(2) == NodeStatus.DOWN, 2_000))
                .isTrue();

        cluster.returns(2);
        cluster.pass(30_000);

        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);
    }

    @Test
    void theLagOfEachStandbyIsMeasured() {
        cluster.start();
        world.server(2).lag = 300;
        world.write(0, 1_000);

        cluster.pass(1_500);

        assertThat(cluster.view().node(1).lagBytes()).hasValue(0);
        assertThat(cluster.view().node(2).lagBytes()).hasValue(300);
        assertThat(cluster.view().node(2).replication()).isEqualTo(new NodeView.Replication("streaming", "async"));
        assertThat(cluster.view().node(0).replication()).isEqualTo(NodeView.Replication.NONE);
    }
}
