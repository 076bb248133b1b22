package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.SimulatedServer.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which standbys serve reads after the primary has changed. */
class StandbyReadsTest {
    @RegisterExtension
    final CoordinatorFixture cluster = new CoordinatorFixture(3).listening();

    private final SimulatedWorld world = cluster.world;

    @Test
    void aStandbyThatFollowsServesReadsAllTheTime() {
        cluster.start();

        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.readable(2)).isTrue();
        cluster.pass(10_000);

        assertThat(cluster.readable(2)).isTrue();
    }

    @Test
    void aStandbyThatDoesNotFollowServesReadsForTheGraceOnly() {
        world.standbysFollow = false;
        cluster.readGrace = 3_000;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();

        cluster.pass(2_500);
        assertThat(cluster.readable(2)).isTrue();
        cluster.pass(1_000);
        assertThat(cluster.readable(2)).isFalse();

        world.server(2).upstream = 1;

        assertThat(cluster.awaits(() -> cluster.readable(2), 1_500)).isTrue();
        assertThat(cluster.logged()).contains("node 2 follows node 1 now and serves reads again");
    }

    @Test
    void withoutAGraceItServesNoneUntilItFollows() {
        world.standbysFollow = false;
        cluster.readGrace = 0;
        cluster.start();

        cluster.fails(0, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.readable(2)).isFalse();
    }

    @Test
    void aStandbyThatIsAheadOfTheForkServesNone() {
        cluster.mostAdvanced = false;
        cluster.readGrace = 10_000;
        cluster.start();
        world.server(1).connected = false;
        world.write(0, 50);

        cluster.fails(0, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.readable(2))
                .as("it has 50 bytes that nobody else has")
                .isFalse();
        cluster.pass(20_000);
        assertThat(cluster.readable(2)).isFalse();
    }

    @Test
    void aStandbyAttachedAfterAChangeServesOnceItIsSeenToFollow() {
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        cluster.pass(3_000);

        assertThat(cluster.answer(cluster.asks(Kind.RECOVERY, 0), 1_000).done()).isTrue();

        assertThat(cluster.awaits(() -> cluster.readable(0) && cluster.status(0).isInService(), 1_500))
                .isTrue();
    }

    @Test
    void aHungOldPrimaryDoesNotDelayWhatIsLearnedOfTheStandbys() {
        world.standbysFollow = false;
        cluster.readGrace = 0;
        cluster.start();
        cluster.fails(0, Condition.HUNG);
        assertThat(cluster.awaitsPrimary(1, 4_000)).isTrue();

        world.server(2).upstream = 1;

        assertThat(cluster.awaits(() -> cluster.readable(2), 4_500)).isTrue();
    }

    @Test
    void aFalsePrimaryThatIsMadeAStandbyServesReadsAgain() {
        world.server(0).timeline = 2;
        world.server(2).inRecovery = false;
        cluster.start();
        assertThat(cluster.readable(2)).isFalse();

        world.server(2).becomeStandbyOf(world.server(0));

        assertThat(cluster.awaits(() -> cluster.readable(2), 1_500)).isTrue();
    }

    @Test
    void standbysOfWhichNothingIsToldAreTrustedOnceNewWritesComeThrough() {
        world.servers.forEach(server -> server.isTalkative = false);
        cluster.readGrace = 0;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        assertThat(cluster.readable(2)).isFalse();

        world.write(1, 500);

        assertThat(cluster.awaits(() -> cluster.readable(2), 1_500)).isTrue();
    }
}
