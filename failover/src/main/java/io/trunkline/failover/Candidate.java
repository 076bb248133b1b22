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
                .filter(node -> node.report != null && isOfTheCluster(node.report, state))
                .max(Comparator.comparing((Node node) -> node.claimsToBePrimary())
                        .thenComparingInt(Primaries::timeline)
                        .thenComparingLong(Candidate::received)
                        .thenComparing(Node::id, Comparator.reverseOrder()));
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
