package io.trunkline.pool;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many backends there are, over all event loops, and who waits for one, in order of arrival.
 *
 * <p>Every open backend, lent or idle, holds a permit of its {@link PoolKey} and of its node. Sessions touch this only
 * when they take a backend and give it back, never per statement, so one lock serves; it is held for a few map
 * accesses. The waiters are bounded by the sessions, each of which waits for at most one backend.
 */
final class BackendLimits {
    private static final class NodeUse {
        int open;
        final Map<StartupKey, Integer> openByKey = new HashMap<>();
        final ArrayDeque<LendRequest> waiting = new ArrayDeque<>();
    }

    private final Map<Integer, NodeUse> nodes = new HashMap<>();
    private PoolSettings settings;

    BackendLimits(PoolSettings settings) {
        this.settings = settings;
    }

    synchronized void reload(PoolSettings fresh) {
        settings = fresh;
    }

    /**
     * Takes a permit for one more backend.
     *
     * @param mayOvertake false lets those who wait already go first
     */
    synchronized boolean tryAcquire(PoolKey key, boolean mayOvertake) {
        NodeUse use = use(key.node());
        if (!mayOvertake && !use.waiting.isEmpty() && waitsFor(use, key)) {
            return false;
        }
        return take(use, key.startup());
    }

    /** Waits for a permit or an idle backend. Call {@link #grant} after, as a permit may have come free meanwhile. */
    synchronized void await(LendRequest request) {
        use(request.key.node()).waiting.addLast(request);
    }

    synchronized void forget(LendRequest request) {
        use(request.key.node()).waiting.remove(request);
    }

    /** Gives a permit back. Call {@link #grant} after. */
    synchronized void release(PoolKey key) {
        NodeUse use = use(key.node());
        use.open--;
        use.openByKey.computeIfPresent(key.startup(), (k, n) -> n == 1 ? null : n - 1);
    }

    /** Gives a free permit to the first who waits and can use one; null if there is none. It holds the permit. */
    synchronized @Nullable LendRequest grant(int node) {
        NodeUse use = use(node);
        for (Iterator<LendRequest> it = use.waiting.iterator(); it.hasNext() && use.open < settings.maxPerNode(); ) {
            LendRequest request = it.next();
            if (take(use, request.key.startup())) {
                it.remove();
                return request;
            }
        }
        return null;
    }

    /**
     * The first of those who wait that a backend with this key, just come free, would serve: with itself, or with its
     * permit. Null if there is none. It goes on waiting.
     */
    synchronized @Nullable LendRequest firstServedBy(PoolKey key) {
        NodeUse use = use(key.node());
        for (LendRequest request : use.waiting) {
            if (request.key.equals(key) || isFull(key.node()) && !isFull(request.key)) {
                return request;
            }
        }
        return null;
    }

    /** Whether no further backend of the node may be opened. */
    synchronized boolean isFull(int node) {
        return use(node).open >= settings.maxPerNode();
    }

    /** Whether no further backend of the key may be opened, whatever else is open. */
    synchronized boolean isFull(PoolKey key) {
        return use(key.node()).openByKey.getOrDefault(key.startup(), 0) >= settings.keyLimit();
    }

    synchronized int open(int node) {
        return use(node).open;
    }

    synchronized int waiting(int node) {
        return use(node).waiting.size();
    }

    private boolean take(NodeUse use, StartupKey key) {
        int ofKey = use.openByKey.getOrDefault(key, 0);
        if (use.open >= settings.maxPerNode() || ofKey >= settings.keyLimit()) {
            return false;
        }
        use.open++;
        use.openByKey.put(key, ofKey + 1);
        return true;
    }

    private static boolean waitsFor(NodeUse use, PoolKey key) {
        return use.waiting.stream().anyMatch(request -> request.key.equals(key));
    }

    private NodeUse use(int node) {
        return nodes.computeIfAbsent(node, id -> new NodeUse());
    }
}
