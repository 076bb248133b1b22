package io.trunkline.failover;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.LongStream;

/**
 * Which of the nodes that say they take writes is the primary. Decided by the system identifier and the timeline, on
 * which every promotion begins a new, higher one; never by the number of the node.
 *
 * @param primary empty if none may be given writes
 * @param refused those that say they are the primary, and are not
 * @param trouble what somebody has to see to; empty if nothing
 */
record Primaries(OptionalInt primary, List<Integer> refused, String trouble) {
    Primaries {
        refused = List.copyOf(refused);
    }

    /**
     * @param candidates nodes that have answered; in service, or about to be
     * @param state what is known of the cluster from before
     */
    static Primaries among(List<Node> candidates, ClusterState state) {
        for (Node node : candidates) {
            if (node.slot.alwaysPrimary()) {
                return new Primaries(OptionalInt.of(node.id()), List.of(), "");
            }
        }
        List<Integer> refused = new ArrayList<>();
        List<String> trouble = new ArrayList<>();
        List<Node> claimants = new ArrayList<>();
        for (Node node : candidates) {
            if (!node.claimsToBePrimary()) {
                continue;
            }
            if (isOfAnotherSystem(node, state)) {
                refused.add(node.id());
                trouble.add("node " + node.id() + " is of another database system: its identifier differs");
            } else if (timeline(node) < state.timeline()) {
                refused.add(node.id());
                trouble.add("node " + node.id() + " says that it is the primary, on timeline " + timeline(node)
                        + ", but timeline " + state.timeline() + " has been seen: it was replaced and gets no writes");
            } else {
                claimants.add(node);
            }
        }
        if (claimants.isEmpty()) {
            return new Primaries(OptionalInt.empty(), refused, String.join("; ", trouble));
        }
        long systems = claimants.stream()
                .flatMapToLong(
                        node -> node.report == null ? LongStream.empty() : node.report.systemIdentifier().stream())
                .distinct()
                .count();
        if (systems > 1) {
            claimants.forEach(node -> refused.add(node.id()));
            trouble.add("nodes " + claimants.stream().map(Node::id).toList()
                    + " all say that they are the primary, of different database systems: none of them gets writes");
            return new Primaries(OptionalInt.empty(), refused, String.join("; ", trouble));
        }
        claimants.sort(Comparator.comparingInt(Primaries::timeline).reversed());
        Node first = claimants.get(0);
        List<Node> equal = claimants.stream()
                .filter(node -> timeline(node) == timeline(first))
                .toList();
        if (equal.size() > 1) {
            List<Integer> ids = equal.stream().map(Node::id).sorted().toList();
            claimants.forEach(node -> refused.add(node.id()));
            trouble.add("nodes " + ids + " all say that they are the primary, on the same timeline " + timeline(first)
                    + ": none of them gets writes until only one is left");
            return new Primaries(OptionalInt.empty(), refused, String.join("; ", trouble));
        }
        claimants.subList(1, claimants.size()).forEach(node -> {
            refused.add(node.id());
            trouble.add("node " + node.id() + " says that it is the primary, on timeline " + timeline(node)
                    + ", but node " + first.id() + " is, on timeline " + timeline(first));
        });
        return new Primaries(OptionalInt.of(first.id()), refused, String.join("; ", trouble));
    }

    /** 0 if the server does not tell. */
    static int timeline(Node node) {
        return node.report == null ? 0 : node.report.timeline().orElse(0);
    }

    private static boolean isOfAnotherSystem(Node node, ClusterState state) {
        return node.report != null
                && node.report.systemIdentifier().isPresent()
                && state.systemIdentifier().isPresent()
                && node.report.systemIdentifier().getAsLong()
                        != state.systemIdentifier().getAsLong();
    }
}
