package io.trunkline.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.HealthOutcome;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.NodeAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file by which tests take nodes out of service. */
final class PretendedFailuresTest {
    private static final Executor AT_ONCE = Runnable::run;

    @TempDir
    private Path directory = Path.of("");

    private static ClusterView cluster(NodeStatus... statuses) {
        List<NodeView> nodes = new ArrayList<>();
        for (NodeStatus status : statuses) {
            nodes.add(new NodeView(
                    new NodeAddress(nodes.size(), "db", 5432, 0),
                    1,
                    status,
                    NodeRole.STANDBY,
                    OptionalLong.empty(),
                    Optional.empty(),
                    true,
                    Instant.EPOCH));
        }
        return new ClusterView(1, nodes, ClusterView.NO_PRIMARY, Writes.SERVED);
    }

    private Path request(String text) throws IOException {
        return Files.writeString(directory.resolve("backend_down_request"), text);
    }

    /** What the check of a node comes to; a node that is checked in earnest lives. */
    private static HealthOutcome.Kind check(PretendedFailures failures, int node) {
        List<HealthOutcome> outcomes = new ArrayList<>();
        failures.check(node, outcomes::add, () -> outcomes.add(HealthOutcome.ALIVE));
        assertThat(outcomes).hasSize(1);
        return outcomes.get(0).kind();
    }

    @Test
    void onlyTheNodeOfALineFails() throws IOException {
        request("1\tdown\n");
        PretendedFailures failures = new PretendedFailures(directory, AT_ONCE, AT_ONCE);

        assertThat(check(failures, 0)).isEqualTo(HealthOutcome.Kind.ALIVE);
        assertThat(check(failures, 1)).isEqualTo(HealthOutcome.Kind.DEAD);
    }

    @Test
    void nodesAreCheckedInEarnestWithoutTheFileAndWhenItCannotBeLookedInto() throws IOException {
        assertThat(check(new PretendedFailures(directory, AT_ONCE, AT_ONCE), 1)).isEqualTo(HealthOutcome.Kind.ALIVE);
        request("1\tdown\n");
        Executor full = work -> {
            throw new RejectedExecutionException();
        };

        assertThat(check(new PretendedFailures(directory, full, AT_ONCE), 1)).isEqualTo(HealthOutcome.Kind.ALIVE);
    }

    @Test
    void theLineOfANodeThatHasGoneIsMarkedSoThatItCanComeBack() throws IOException {
        Path file = request("0\tdown\n1\tdown\n");
        PretendedFailures failures = new PretendedFailures(directory, AT_ONCE, AT_ONCE);
        failures.clusterChanged(cluster(NodeStatus.UP, NodeStatus.UP));

        failures.clusterChanged(cluster(NodeStatus.UP, NodeStatus.DOWN));

        assertThat(file).content().isEqualTo("0\tdown\n1\talready_down\n");
        assertThat(check(failures, 1)).isEqualTo(HealthOutcome.Kind.ALIVE);
    }

    @Test
    void aNodeThatAReloadAddsOutOfServiceHasNotGone() throws IOException {
        Path file = request("1\tdown\n");
        PretendedFailures failures = new PretendedFailures(directory, AT_ONCE, AT_ONCE);
        failures.clusterChanged(cluster(NodeStatus.UP));

        failures.clusterChanged(cluster(NodeStatus.UP, NodeStatus.DOWN));

        assertThat(file).content().isEqualTo("1\tdown\n");
    }
}
