package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.SimulatedServer.Condition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a start takes over from the run before. */
class RestartTest {
    @RegisterExtension
    final CoordinatorFixture before = new CoordinatorFixture(3);

    @RegisterExtension
    final CoordinatorFixture after = new CoordinatorFixture(3);

    /** A second run, an hour later, with the servers as new ones. */
    private void restart() {
        after.loop.pass(3_600_000);
        after.memory = before.coordinator().memory();
        after.start();
    }

    private static Instant since(CoordinatorFixture cluster, int node) {
        return cluster.view().node(node).statusSince();
    }

    @Test
    void theEpochGoesOnGrowing() {
        before.start();
        ClusterMemory early = before.coordinator().memory();
        before.fails(2, Condition.STOPPED);
        assertThat(before.awaits(() -> before.status(2) == NodeStatus.DOWN, 3_000))
                .isTrue();
        long last = before.view().epoch();

        restart();

        assertThat(after.views).isNotEmpty().allMatch(view -> view.epoch() > last);
        assertThat(early.epoch())
                .as("also if the last views came too late to be kept")
                .isGreaterThan(last);
    }

    @Test
    void whatIsUnderWayEndsBeforeAnotherProcessDecidesAndNothingIsBegunAfterwards() {
        before.world.commandMillis = 5_000;
        before.world.failoverPromotesAfter = 100;
        before.start();
        before.fails(0, Condition.STOPPED);
        assertThat(before.awaits(() -> !before.world.calls.isEmpty(), 5_000)).isTrue();

        assertThat(before.coordinator().stopIfQuiet()).isFalse();
        assertThat(before.awaits(() -> before.coordinator().stopIfQuiet(), 30_000))
                .isTrue();

        int commands = before.world.calls.size();
        int primary = before.view().primary();
        before.fails(primary, Condition.STOPPED);
        before.pass(60_000);
        assertThat(before.world.calls).hasSize(commands);
        assertThat(before.answer(before.asks(Kind.NODE_DOWN, 2), 1_000).done()).isFalse();
        assertThat(before.status(primary)).isEqualTo(NodeStatus.UP);
    }

    @Test
    void sinceWhenANodeIsInServiceOrOutOfItIsKnownAsBefore() {
        before.start();
        before.pass(60_000);
        before.answer(before.asks(Kind.NODE_DOWN, 2), 1_000);
        Instant detached = since(before, 2);
        assertThat(detached).isAfter(since(before, 1));

        restart();

        assertThat(since(after, 1)).isEqualTo(since(before, 1));
        assertThat(since(after, 2)).isEqualTo(detached);
        assertThat(after.status(2)).isEqualTo(NodeStatus.DOWN);
        assertThat(after.view().node(2).detachedByAdministrator()).isTrue();
    }

    @Test
    void theFirstConnectionToANodeInServiceIsNoChange() {
        before.start();

        restart();
        after.pass(10_000);

        assertThat(after.status(1)).isEqualTo(NodeStatus.UP);
        assertThat(since(after, 1)).isEqualTo(since(before, 1));
    }

    @Test
    void whatThePrimaryPromisedHoldsAlsoIfItWasLostWhileTrunklineWasAway() {
        before.world.server(0).synchronousStandbyNames = "ANY 1 (s1, s2)";
        before.start();
        after.fails(0, Condition.STOPPED);
        after.fails(1, Condition.STOPPED);

        restart();

        assertThat(after.awaitsPrimary(2, 20_000)).isFalse();
        assertThat(after.coordinator().counters().isPromotionHeld()).isTrue();
        after.returns(1);
        after.asks(Kind.NODE_UP, 1);
        assertThat(after.awaits(() -> after.view().hasPrimary(), 5_000)).isTrue();
    }

    @Test
    void whatAnEarlierPrimaryPromisedHoldsForStandbysThatHaveMissedItsEnd() {
        before.world.standbysFollow = false;
        before.world.server(0).synchronousStandbyNames = "ANY 1 (s1, s2)";
        before.start();
        before.world.server(2).connected = false;
        before.world.write(0, 500);
        before.fails(0, Condition.STOPPED);
        assertThat(before.awaitsPrimary(1, 3_000)).isTrue();
        after.fails(0, Condition.STOPPED);
        after.world.standbysFollow = false;
        after.world.promote(1);

        restart();

        assertThat(after.awaitsPrimary(1, 1_000)).isTrue();
        after.fails(1, Condition.STOPPED);
        assertThat(after.awaitsPrimary(2, 20_000))
                .as("it lacks what node 0 acknowledged")
                .isFalse();
    }

    @Test
    void whatIsNotSynchronousAnyMoreIsNotRemembered() {
        before.world.server(0).synchronousStandbyNames = "*";
        before.start();
        assertThat(before.coordinator().memory().promises()).hasSize(1);
        List<ClusterMemory> kept = new ArrayList<>();
        before.coordinator().listener(view -> kept.add(before.coordinator().memory()));

        before.world.server(0).synchronousStandbyNames = "";
        before.pass(3_000);

        assertThat(kept).isNotEmpty();
        assertThat(kept.get(kept.size() - 1).promises()).isEmpty();
    }

    @Test
    void promisesOfAnotherDatabaseSystemDoNotCount() {
        before.world.servers.forEach(server -> server.synchronousStandbyNames = "*");
        before.start();
        after.world.servers.forEach(server -> server.systemIdentifier = 4_711);

        restart();

        assertThat(after.awaitsPrimary(0, 1_000)).isTrue();
        assertThat(after.coordinator().memory().promises()).isEmpty();
    }
}
