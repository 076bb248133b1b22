package io.trunkline.failover;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Which standby is proposed to failover_command as the new primary. */
final class Candidate {
    private Candidate() {}

    /**
     * The one that has received most on the highest timeline; of those that have received the same, the one with the
     * lowest id.
     *
     * @param answering nodes in service that have just told how far they are
     */
    static Optional<Node> mostAdvanced(List<Node> answering, ClusterState state) {
        return answering.stream()
                .filter(node -> mayTakeOver(node, state))
                .max(Comparator.comparing((Node node) -> node.claimsToBePrimary())
                        .thenComparingInt(Primaries::timeline)
                        .thenComparingLong(Candidate::received)
                        .thenComparing(Node::id, Comparator.reverseOrder()));
    }

    /** The one with the lowest id of those that can take over at all. */
    static Optional<Node> lowestId(List<Node> answering, ClusterState state) {
        return answering.stream().filter(node -> mayTakeOver(node, state)).min(Comparator.comparingInt(Node::id));
    }

    /** Not if it is of another system, nor if it was the primary before the one that is lost. */
    private static boolean mayTakeOver(Node node, ClusterState state) {
        boolean wasReplaced = node.claimsToBePrimary() && Primaries.timeline(node) < state.timeline();
        return node.report != null && isOfTheCluster(node.report, state) && !wasReplaced;
    }

    static long received(Node node) {
        return node.report == null ? -1 : node.report.received().orElse(-1);
    }

    private static boolean isOfTheCluster(NodeReport report, ClusterState state) {
        return report.systemIdentifier().isEmpty()
                || state.systemIdentifier().isEmpty()
                || report.systemIdentifier().getAsLong()
                        == state.systemIdentifier().getAsLong();
    }
}
