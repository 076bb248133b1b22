package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.SimulatedServer.Condition;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a start takes over from the run before. */
class RestartTest {
    private final CoordinatorFixture before = new CoordinatorFixture(3);
    private final CoordinatorFixture after = new CoordinatorFixture(3);

    @AfterEach
    void close() {
        before.close();
        after.close();
    }

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
}
