package io.trunkline.pool;

import java.util.Arrays;

/** A number for each node, changed by one event loop and read by anyone, who may see it a moment late. */
final class NodeCounts {
    private volatile int[] counts = new int[4];

    void add(int node, int change) {
        int[] now = counts;
        if (node >= now.length) {
            now = Arrays.copyOf(now, node + 4);
        }
        now[node] += change;
        // writing the reference again is what makes the number visible to others
        counts = now;
    }

    int of(int node) {
        int[] now = counts;
        return node < now.length ? now[node] : 0;
    }

    int total() {
        return Arrays.stream(counts).sum();
    }
}
