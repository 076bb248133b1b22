package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.SimulatedServer.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where replication is synchronous, nothing is promoted that may lack an acknowledged commit. */
class SynchronousHoldTest {
    @RegisterExtension
    final CoordinatorFixture cluster = new CoordinatorFixture(3).listening();

    private final SimulatedWorld world = cluster.world;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FIRST 1 (s1, s2) | true",
                "ANY 1 (s1, s2) | true",
                "ANY 1 (s0, s1, s2) | true",
                "* | true",
                "s1 | true",
                "s2 | false",
                "ANY 2 (s1, s2) | false",
                "2 (*) | false",
                "FIRST 1 (elsewhere, s2) | true"
            })
    void withOneOfTwoStandbysLostThePromotionIsHeldUntilTheOtherMustHaveEverything(String setting, boolean held) {
        world.servers.forEach(server -> server.synchronousStandbyNames = setting);
        cluster.start();
        cluster.fails(1, Condition.STOPPED);
        cluster.pass(3_000);
        cluster.fails(0, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(2, 10_000)).isNotEqualTo(held);

        if (held) {
            assertThat(cluster.view().writes()).isEqualTo(Writes.AWAITED);
            assertThat(cluster.coordinator().counters().isPromotionHeld()).isTrue();
            assertThat(world.calls).noneMatch(call -> call.values().node().id() == 0);
            assertThat(cluster.logged()).anyMatch(line -> line.startsWith("failover: the promotion is held"));
        }
    }

    @Test
    void theHoldEndsWhenTheMissingStandbyIsAttachedAgain() {
        cluster.autoFailback = true;
        world.servers.forEach(server -> server.synchronousStandbyNames = "ANY 1 (s1, s2)");
        cluster.start();
        cluster.fails(1, Condition.STOPPED);
        cluster.pass(3_000);
        cluster.fails(0, Condition.STOPPED);
        cluster.pass(10_000);
        assertThat(cluster.view().hasPrimary()).isFalse();

        cluster.returns(1);
        cluster.asks(NodeRequest.Kind.NODE_UP, 1);

        assertThat(cluster.awaits(() -> cluster.view().hasPrimary(), 5_000)).isTrue();
        assertThat(cluster.view().primary()).isNotZero();
        assertThat(cluster.coordinator().counters().isPromotionHeld()).isFalse();
    }

    @Test
    void theHoldEndsWhenTheLastPrimaryIsBack() {
        world.server(0).synchronousStandbyNames = "*";
        cluster.start();
        cluster.fails(1, Condition.STOPPED);
        cluster.pass(3_000);
        cluster.fails(0, Condition.STOPPED);
        cluster.pass(10_000);

        cluster.returns(0);

        assertThat(cluster.awaitsPrimary(0, 3_000)).isTrue();
        CoordinatorCounters counters = cluster.coordinator().counters();
        assertThat(counters.events(CoordinatorCounters.Event.FAILOVER_CALLED_OFF))
                .isOne();
        assertThat(counters.isPromotionHeld()).isFalse();
    }

    @Test
    void theHoldCanBeOverridden() {
        cluster.needsSynchronous = false;
        world.server(0).synchronousStandbyNames = "*";
        cluster.start();
        cluster.fails(1, Condition.STOPPED);
        cluster.pass(3_000);

        cluster.fails(0, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(2, 3_000)).isTrue();
    }

    @Test
    void theMostAdvancedIsProposedEvenIfTheLowestIdWasAskedFor() {
        cluster.mostAdvanced = false;
        world.server(0).synchronousStandbyNames = "ANY 1 (s1, s2)";
        cluster.start();
        world.server(1).connected = false;
        world.write(0, 500);

        cluster.fails(0, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(2, 3_000)).isTrue();
    }

    @Test
    void whatTheFirstPrimaryPromisedHoldsAlsoAfterTheSecondIsLost() {
        world.standbysFollow = false;
        world.servers.forEach(server -> server.synchronousStandbyNames = "ANY 1 (s0, s1, s2)");
        cluster.start();
        world.server(2).connected = false;
        world.write(0, 500);
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 3_000)).isTrue();
        cluster.asks(NodeRequest.Kind.NODE_UP, 0);
        cluster.pass(3_000);

        cluster.fails(1, Condition.STOPPED);

        assertThat(cluster.awaitsPrimary(2, 20_000))
                .as("it lacks what node 0 acknowledged")
                .isFalse();
    }
}
