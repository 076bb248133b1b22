package io.trunkline.pool;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Paces how backends are opened: at most {@link #LIMIT} at a time to one node, so that a node that many sessions turn to
 * at once is not met by all of them in the same moment; others wait in order. One for each {@link PoolShard}. Event loop
 * only.
 */
final class Openings {
    static final int LIMIT = 32;

    private static final class Node {
        int underWay;
        final ArrayDeque<LendRequest> waiting = new ArrayDeque<>(0);
    }

    private final Map<Integer, Node> nodes = new HashMap<>();
    private final Consumer<LendRequest> open;

    /** @param open begins to open a backend; that it has ended, well or not, is told to {@link #ended} */
    Openings(Consumer<LendRequest> open) {
        this.open = open;
    }

    /** A request has its permit: opens for it, now or when others have been opened. */
    void begin(LendRequest request) {
        Node node = nodes.computeIfAbsent(request.key.node(), id -> new Node());
        if (node.underWay >= LIMIT) {
            node.waiting.addLast(request);
        } else {
            node.underWay++;
            open.accept(request);
        }
    }

    void ended(int id) {
        Node node = nodes.computeIfAbsent(id, missing -> new Node());
        node.underWay--;
        LendRequest next = node.waiting.pollFirst();
        if (next != null) {
            node.underWay++;
            open.accept(next);
        }
    }

    /** @return whether it waited here, so that its permit is free again */
    boolean forget(LendRequest request) {
        Node node = nodes.get(request.key.node());
        return node != null && node.waiting.remove(request);
    }
}
