package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.SimulatedServer.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a pgpool_compat_version below 4.7 changes, or lets the sessions know. */
class OlderHabitsTest {
    @RegisterExtension
    final CoordinatorFixture cluster = new CoordinatorFixture(3).listening();

    private final SimulatedWorld world = cluster.world;

    @Test
    void aStandbyThatIsBackIsAttachedWhenAHealthCheckOfItIsDue() {
        cluster.autoFailback = true;
        cluster.autoFailbackInterval = 60_000;
        cluster.failbackAtChecks = true;
        cluster.checkPeriod = 10_000;
        cluster.start();
        goesAndReturns();

        cluster.pass(7_000);
        assertThat(cluster.status(2)).isEqualTo(NodeStatus.DOWN);
        assertThat(cluster.awaits(() -> cluster.status(2).isInService(), 3_500)).isTrue();

        goesAndReturns();
        cluster.pass(60_000);
        assertThat(cluster.status(2))
                .as("the 60 seconds were not over at its check")
                .isEqualTo(NodeStatus.DOWN);
        assertThat(cluster.awaits(() -> cluster.status(2).isInService(), 11_000))
                .isTrue();
    }

    @Test
    void aStandbyThatIsNotCheckedIsAttachedAllTheSame() {
        cluster.autoFailback = true;
        cluster.failbackAtChecks = true;
        cluster.checkPeriod = 0;
        cluster.start();

        goesAndReturns();

        assertThat(cluster.awaits(() -> cluster.status(2).isInService(), 3_000)).isTrue();
    }

    private void goesAndReturns() {
        cluster.fails(2, Condition.STOPPED);
        cluster.coordinator().unreachable(2, "gone");
        assertThat(cluster.awaits(() -> cluster.status(2) == NodeStatus.DOWN, 2_000))
                .isTrue();
        cluster.returns(2);
    }

    @Test
    void anOldPrimaryThatIsKeptInServiceIsMissedWhenItGoes() {
        cluster.disallowed = 0;
        world.promote(1);
        cluster.start();
        assertThat(cluster.view().primary()).isEqualTo(1);
        assertThat(cluster.view().missesRival()).as("it answers").isFalse();

        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaits(() -> cluster.view().missesRival(), 5_000)).isTrue();
        assertThat(cluster.status(0).isInService()).isTrue();

        cluster.returns(0);
        assertThat(cluster.awaits(() -> !cluster.view().missesRival(), 5_000)).isTrue();
    }

    @Test
    void aPrimaryThatGoesAndIsReplacedByOthersIsNotMissed() {
        cluster.disallowed = 0;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);

        world.promote(1);
        assertThat(cluster.awaitsPrimary(1, 5_000)).isTrue();
        cluster.pass(5_000);

        assertThat(cluster.status(0).isInService()).isTrue();
        assertThat(cluster.view().missesRival()).isFalse();
    }

    @Test
    void aStandbyThatGoesIsNotMissed() {
        cluster.disallowed = 2;
        cluster.start();

        cluster.fails(2, Condition.STOPPED);
        cluster.pass(5_000);

        assertThat(cluster.status(2).isInService()).isTrue();
        assertThat(cluster.view().missesRival()).isFalse();
    }
}
