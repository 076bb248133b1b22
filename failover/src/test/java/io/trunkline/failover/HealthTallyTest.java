package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeRequest.Origin;
import io.trunkline.failover.SimulatedServer.Condition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is counted of health checks, and what is kept of the changes of the cluster. */
class HealthTallyTest {
    private final CoordinatorFixture cluster = new CoordinatorFixture(3);

    @AfterEach
    void close() {
        cluster.close();
    }

    private HealthTally.Counts counts(int node) {
        return cluster.coordinator().healthTally(node).counts();
    }

    @Test
    void aCheckIsCountedOnceWithAllItsRetries() {
        cluster.checkRetries = 2;
        cluster.start();
        cluster.pass(5_000);
        HealthTally.Counts before = counts(1);
        assertThat(before.succeeded()).isPositive().isEqualTo(before.checks());
        assertThat(before.retries()).isZero();
        assertThat(before.lastFailure()).isEmpty();

        cluster.fails(1, Condition.STOPPED);
        cluster.pass(20_000);

        HealthTally.Counts after = counts(1);
        assertThat(after.failed()).isEqualTo(1);
        assertThat(after.retries()).isEqualTo(2);
        assertThat(after.mostRetries()).isEqualTo(2);
        assertThat(after.skipped()).as("once it is down").isPositive();
        assertThat(after.checks()).isEqualTo(after.succeeded() + after.failed() + after.skipped());
        assertThat(after.lastSkip()).isEqualTo(after.last());
        assertThat(counts(0).failed()).isZero();
    }

    @Test
    void whatBecameOfTheClusterIsKeptWithItsReasons() {
        cluster.start();
        cluster.pass(3_000);
        cluster.coordinator().request(NodeRequest.of(Kind.NODE_DOWN, 2, Origin.ADMINISTRATOR));
        cluster.pass(3_000);
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaitsPrimary(1, 30_000)).isTrue();

        assertThat(cluster.coordinator().events().last())
                .extracting(event -> event.node() + " " + event.what() + " (" + event.reason() + ")")
                .containsSubsequence(
                        "2 down (administrator)",
                        "-1 writes awaited ()",
                        "0 down (health check)",
                        "1 primary (failover)",
                        "-1 writes served ()");
    }
}
