package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.SimulatedServer.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What counts as the failure of a node, and what does not. */
class DetectionTest {
    @RegisterExtension
    final CoordinatorFixture cluster = new CoordinatorFixture(3).listening();

    private final SimulatedWorld world = cluster.world;

    @Test
    void aHungServerIsFoundByTheTimeoutOfTheCheck() {
        cluster.start();

        cluster.fails(0, Condition.HUNG);

        assertThat(cluster.awaitsPrimary(1, 2_500)).isTrue();
        assertThat(cluster.logged()).anyMatch(line -> line.startsWith("health check failed on node 0 (timeout:1)"));
    }

    @Test
    void aFailureIsOneOnlyAfterAllRetries() {
        cluster.checkRetries = 2;
        cluster.checkRetryDelay = 1_000;
        cluster.start();
        cluster.fails(1, Condition.STOPPED);
        cluster.pass(2_900);
        assertThat(cluster.status(1).isInService()).isTrue();
        assertThat(cluster.view().node(1).isUsable())
                .as("reads go elsewhere meanwhile")
                .isFalse();

        cluster.pass(1_000);

        assertThat(cluster.status(1)).isEqualTo(NodeStatus.DOWN);
        assertThat(cluster.logged())
                .anyMatch(line -> line.startsWith("health check retrying on DB node: 1 (round:1)"))
                .anyMatch(line -> line.startsWith("health check retrying on DB node: 1 (round:2)"));
    }

    @Test
    void aServerThatIsBackBeforeTheLastRetryStaysInService() {
        cluster.checkRetries = 2;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        assertThat(cluster.awaits(() -> cluster.view().writes() == Writes.AWAITED, 1_500))
                .isTrue();

        cluster.returns(0);

        assertThat(cluster.awaitsPrimary(0, 1_000)).isTrue();
        cluster.pass(1_000);
        assertThat(world.calls).isEmpty();
        assertThat(cluster.logged()).contains("health check retrying on DB node: 0 succeeded");
    }

    @Test
    void aServerThatAnswersWithAnErrorNeverFailsOver() {
        cluster.start();

        cluster.fails(0, Condition.FULL);
        cluster.pass(60_000);

        assertThat(cluster.view().primary()).isZero();
        assertThat(cluster.view().writes()).isEqualTo(Writes.SERVED);
        assertThat(world.calls).isEmpty();
        assertThat(cluster.logged())
                .anyMatch(line -> line.startsWith("health check on node 0 is answered with an error"));
    }

    @Test
    void aServerThatStartsUpHasAGraceAndServesAgainAfterwards() {
        cluster.notReadyGrace = 5_000;
        cluster.start();
        cluster.fails(0, Condition.STARTING);
        cluster.pass(4_000);
        assertThat(cluster.view().writes()).isEqualTo(Writes.AWAITED);

        cluster.returns(0);

        assertThat(cluster.awaitsPrimary(0, 1_000)).isTrue();
        assertThat(world.calls).isEmpty();
    }

    @Test
    void aServerThatStartsUpForTooLongHasFailed() {
        cluster.notReadyGrace = 5_000;
        cluster.start();

        cluster.fails(0, Condition.STARTING);

        assertThat(cluster.awaitsPrimary(1, 5_800))
                .as("not before its grace is over")
                .isFalse();
        assertThat(cluster.awaitsPrimary(1, 1_500)).isTrue();
    }

    @Test
    void aSessionsHintMakesTheNodeBeCheckedAtOnceAndDegeneratedIfTheCheckAgrees() {
        cluster.checkPeriod = 3_600_000;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);

        cluster.coordinator().unreachable(0, "connection reset");

        assertThat(cluster.awaitsPrimary(1, 500)).isTrue();
        assertThat(cluster.logged())
                .anyMatch(line -> line.matches(
                        "received degenerate backend request for node_id: 0 from pid \\[\\d+] \\(session.*"));
    }

    @Test
    void aHintAboutALivingNodeHasNoConsequence() {
        cluster.checkPeriod = 3_600_000;
        cluster.start();

        cluster.coordinator().unreachable(0, "the session's backend was terminated");
        cluster.pass(1_000);

        assertThat(cluster.view().primary()).isZero();
        assertThat(world.healthChecks).isEqualTo(1);
    }

    @Test
    void aHintThatComesShortlyAfterAnotherIsNotLost() {
        cluster.checkPeriod = 3_600_000;
        cluster.start();
        cluster.coordinator().unreachable(0, "one connection reset");
        cluster.pass(20);

        cluster.fails(0, Condition.STOPPED);
        cluster.coordinator().unreachable(0, "another connection reset");

        assertThat(cluster.awaitsPrimary(1, 1_000)).isTrue();
    }

    @Test
    void manyHintsCauseFewChecks() {
        cluster.checkPeriod = 3_600_000;
        cluster.start();

        for (int i = 0; i < 1_000; i++) {
            cluster.coordinator().unreachable(1, "connection reset");
            cluster.pass(1);
        }

        assertThat(world.healthChecks).isBetween(4, 7);
    }

    @Test
    void hintsDoNotCountWithoutFailoverOnBackendErrorHoweverManyThereAre() {
        cluster.hintsCount = false;
        cluster.checkPeriod = 30_000;
        cluster.start();
        cluster.pass(1_000);
        cluster.fails(0, Condition.STOPPED);
        for (int i = 0; i < 50; i++) {
            cluster.coordinator().unreachable(0, "connection reset");
            cluster.pass(200);
        }
        assertThat(cluster.status(0).isInService()).isTrue();
        assertThat(cluster.view().writes()).as("writes wait for it").isEqualTo(Writes.AWAITED);

        cluster.returns(0);

        assertThat(cluster.awaitsPrimary(0, 1_500)).isTrue();
        assertThat(world.calls).isEmpty();
    }

    @Test
    void hintsThatDoNotCountDoNotKeepTheHealthCheckFromItsConclusion() {
        cluster.hintsCount = false;
        cluster.checkRetries = 2;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);

        for (int i = 0; i < 20; i++) {
            cluster.coordinator().unreachable(0, "connection reset");
            cluster.pass(210);
        }

        assertThat(cluster.view().primary()).isEqualTo(1);
    }

    @Test
    void aShutdownThatTheServerAnnouncesCountsByItselfIfThatIsConfigured() {
        cluster.hintsCount = false;
        cluster.shutdownCounts = true;
        cluster.checkPeriod = 3_600_000;
        cluster.start();
        cluster.coordinator().shutDown(0);
        cluster.pass(1_000);
        assertThat(world.calls).as("not before the check agrees").isEmpty();
        cluster.fails(0, Condition.STOPPED);

        cluster.coordinator().shutDown(0);

        assertThat(cluster.awaitsPrimary(1, 1_000)).isTrue();
    }

    @Test
    void withAnExternalFailoverManagerNoNodeIsEverDegenerated() {
        cluster.hintsCount = false;
        cluster.checkPeriod = 0;
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        cluster.coordinator().unreachable(0, "connection reset");
        cluster.pass(60_000);
        assertThat(world.calls).isEmpty();
        assertThat(cluster.status(0).isInService()).isTrue();

        world.promote(2);

        assertThat(cluster.awaitsPrimary(2, 1_500))
                .as("what the manager promotes is found")
                .isTrue();
    }

    @Test
    void aNodeThatMayNotFailOverStaysInServiceAndIsShownAsUnreachable() {
        cluster.disallowed = 1;
        cluster.start();

        cluster.fails(1, Condition.HUNG);
        cluster.pass(5_000);

        assertThat(cluster.status(1).isInService()).isTrue();
        assertThat(cluster.view().node(1).isUsable()).isFalse();
        assertThat(cluster.logged()).contains("health check failed on node 1 but failover is disallowed for the node");
        assertThat(cluster.answer(cluster.asks(Kind.NODE_DOWN, 1), 100).done()).isFalse();
    }

    @Test
    void aNodeInQuarantineIsReleasedWhenItAnswers() {
        cluster.start();
        cluster.fails(1, Condition.STOPPED);

        assertThat(cluster.answer(cluster.asks(Kind.QUARANTINE, 1), 100).done()).isTrue();
        cluster.pass(10_000);
        assertThat(cluster.status(1)).isEqualTo(NodeStatus.QUARANTINE);
        assertThat(world.calls).as("no command for a quarantine").isEmpty();
        cluster.returns(1);

        assertThat(cluster.awaits(() -> cluster.status(1).isInService(), 1_500)).isTrue();
        assertThat(cluster.logged())
                .contains("=== Starting quarantine. shutdown host db1(5432) ===")
                .contains("=== Quarantine done. shutdown host db1(5432) ===");
    }

    @Test
    void thePrimaryInQuarantineGetsNoWritesUntilItIsReleased() {
        cluster.start();
        cluster.fails(0, Condition.STOPPED);
        cluster.asks(Kind.QUARANTINE, 0);
        cluster.pass(5_000);
        assertThat(cluster.view().hasPrimary()).isFalse();
        assertThat(cluster.view().writes()).isEqualTo(Writes.NOT_SERVED);

        cluster.returns(0);

        assertThat(cluster.awaitsPrimary(0, 2_000)).isTrue();
    }

    @Test
    void aNodeInQuarantineIsReleasedWhereNothingIsCheckedRegularly() {
        cluster.checkPeriod = 0;
        cluster.start();
        cluster.fails(1, Condition.STOPPED);
        cluster.asks(Kind.QUARANTINE, 1);
        cluster.pass(10_000);
        assertThat(cluster.status(1)).isEqualTo(NodeStatus.QUARANTINE);
        cluster.returns(1);

        assertThat(cluster.awaits(() -> cluster.status(1).isInService(), 1_500)).isTrue();
        int checks = world.healthChecks;
        cluster.pass(60_000);
        assertThat(world.healthChecks).as("none any more").isEqualTo(checks);
    }

    @Test
    void theOnlyNodeStaysInServiceAndIsUsedAgainWhenItIsBack() {
        try (CoordinatorFixture single = new CoordinatorFixture(1)) {
            single.canAsk = false;
            single.start();
            assertThat(single.awaitsPrimary(0, 100)).isTrue();

            single.fails(0, Condition.STOPPED);
            single.pass(60_000);
            assertThat(single.status(0).isInService()).isTrue();
            assertThat(single.view().writes()).isEqualTo(Writes.AWAITED);
            assertThat(single.world.calls).isEmpty();
            single.returns(0);

            assertThat(single.awaitsPrimary(0, 1_500)).isTrue();
        }
    }

    @Test
    void oneHungStandbyDoesNotHurtTheOthers() {
        cluster.disallowed = 2;
        cluster.checkPeriod = 0;
        cluster.start();
        cluster.fails(2, Condition.HUNG);
        cluster.pass(5_000);
        assertThat(cluster.view().primary()).isZero();

        cluster.fails(0, Condition.STOPPED);
        cluster.coordinator().unreachable(0, "connection reset");

        assertThat(cluster.awaitsPrimary(1, 4_000)).isTrue();
    }
}
