package io.trunkline.failover;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * What lost primaries promised of their commits, one after the other. A standby that has come as far as the timeline of a
 * later primary has what that one had; one that has not is bound by the promises of the earlier ones too. The
 * coordinator's thread only.
 */
final class Promises {
    /** More failovers in a row than any standby misses. */
    private static final int MAX = 16;

    private record Promise(int timeline, Node primary, List<Node> standbys, SynchronousStandbys synchronous) {
        ClusterMemory.Promise remembered() {
            return new ClusterMemory.Promise(
                    timeline, primary.id(), standbys.stream().map(Node::id).toList(), synchronous.setting());
        }
    }

    private final Deque<Promise> promises = new ArrayDeque<>();

    /** A primary is lost that was on {@code timeline}. */
    void lost(Node primary, int timeline, List<Node> standbys, SynchronousStandbys synchronous) {
        promises.removeIf(promise -> promise.timeline() >= timeline);
        if (synchronous.isInForce()) {
            promises.add(new Promise(timeline, primary, List.copyOf(standbys), synchronous));
        }
        if (promises.size() > MAX) {
            promises.remove();
        }
    }

    /** How many standbys are missing until one of those that answer is sure to have every acknowledged commit. */
    int missing(List<Node> answering) {
        int furthest = answering.stream().mapToInt(Primaries::timeline).max().orElse(0);
        return promises.stream()
                .filter(promise -> promise.timeline() >= furthest)
                .mapToInt(promise -> promise.synchronous().missing(promise.primary(), promise.standbys(), answering))
                .max()
                .orElse(0);
    }

    boolean areInForce() {
        return !promises.isEmpty();
    }

    /** What has been seen of them was another database system. */
    void forget() {
        promises.clear();
    }

    List<ClusterMemory.Promise> remembered() {
        return promises.stream().map(Promise::remembered).toList();
    }
}
