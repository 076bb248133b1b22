package io.trunkline.failover;

/** Which nodes can be recovered at all; in the words of Pgpool-II, where it has the case. */
final class RecoveryPreconditions {
    private RecoveryPreconditions() {}

    /**
     * Why a node is not recovered now; empty if it can be.
     *
     * @param hasRecovery whether the mode has online recovery
     */
    static String objection(Node node, ClusterState state, boolean hasRecovery) {
        if (!hasRecovery) {
            return "process recovery request failed: recovery request is only allowed in replication and streaming"
                    + " replication modes.";
        }
        if (node.id() == state.primary()) {
            return "process recovery request failed: primary server cannot be recovered by online recovery.";
        }
        if (node.isInService()) {
            return "node recovery failed, node id: " + node.id() + " is alive";
        }
        if (state.primary() == ClusterView.NO_PRIMARY) {
            return "node recovery failed, unable to connect to main node: " + ClusterView.NO_PRIMARY
                    + ": no primary is known";
        }
        return "";
    }
}
