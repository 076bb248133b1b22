package io.trunkline.failover.recovery;

import io.trunkline.config.ClusteringMode;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeStatus;
import java.util.Optional;

/** Which nodes can be recovered at all, as Pgpool-II checks it before it begins. */
public final class RecoveryPreconditions {
    private static final String REFUSED = "process recovery request failed";

    private RecoveryPreconditions() {}

    /** Why this node is not recovered now; empty if it can be. */
    public static Optional<RecoveryOutcome> refusal(ClusterView view, ClusteringMode mode, int node) {
        if (node < 0 || node >= view.nodes().size() || view.node(node).status() == NodeStatus.UNUSED) {
            return refused("node id " + node + " is not valid");
        }
        if (mode != ClusteringMode.STREAMING_REPLICATION) {
            return refused("recovery request is only allowed in replication and streaming replication modes.");
        }
        if (node == view.primary()) {
            return refused("primary server cannot be recovered by online recovery.");
        }
        if (view.node(node).status().isInService()) {
            return Optional.of(RecoveryOutcome.failed("node recovery failed, node id: " + node + " is alive", ""));
        }
        if (!view.hasPrimary()) {
            return Optional.of(RecoveryOutcome.failed(
                    "node recovery failed, unable to connect to main node: " + ClusterView.NO_PRIMARY,
                    "no primary is known"));
        }
        return Optional.empty();
    }

    static RecoveryOutcome anotherIsRunning() {
        return RecoveryOutcome.failed(REFUSED, "pgpool-II is already processing another recovery request.");
    }

    private static Optional<RecoveryOutcome> refused(String why) {
        return Optional.of(RecoveryOutcome.failed(REFUSED, why));
    }
}
