package io.trunkline.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How many backends there are, over all event loops, and who waits for one, in order of arrival.
 *
 * <p>Every open backend, lent or idle, holds a permit of its user and database and one of its node. An idle backend
 * changes hands within its event loop without a look here while nobody waits ({@link #isQuiet()}); else one lock serves,
 * held for a few map accesses. The waiters are bounded by the sessions, each of which waits for at most one backend.
 */
final class BackendLimits {
    private static final class NodeUse {
        int open;
        final Map<StartupKey.Owner, Integer> openByOwner = new HashMap<>();
        final ArrayDeque<LendRequest> waiting = new ArrayDeque<>();
    }

    private final Map<Integer, NodeUse> nodes = new HashMap<>();
    private PoolSettings settings;

    /** All who wait. Written under the lock; who reads it without may see it a moment late. */
    private volatile int waiting;

    BackendLimits(PoolSettings settings) {
        this.settings = settings;
    }

    synchronized void reload(PoolSettings fresh) {
        settings = fresh;
    }

    /** Takes a permit for one more backend, unless others wait for the same already. */
    synchronized boolean tryAcquire(LendRequest request) {
        NodeUse use = use(request.key.node());
        return (use.waiting.isEmpty() || !waitsFor(use, request.key)) && take(use, request);
    }

    /** Waits for a permit or an idle backend. Call {@link #grant} after, as a permit may have come free meanwhile. */
    synchronized void await(LendRequest request) {
        use(request.key.node()).waiting.addLast(request);
        waiting++;
    }

    synchronized void forget(LendRequest request) {
        claim(request);
    }

    /** Takes a request out of the queue, to serve it. @return false if others have done so already */
    synchronized boolean claim(LendRequest request) {
        boolean waited = use(request.key.node()).waiting.remove(request);
        waiting -= waited ? 1 : 0;
        return waited;
    }

    /** Whether somebody waits for a backend with this key. */
    synchronized boolean isWaitedFor(PoolKey key) {
        return waitsFor(use(key.node()), key);
    }

    /** Gives a permit back. Call {@link #grant} after. */
    synchronized void release(PoolKey key) {
        NodeUse use = use(key.node());
        use.open--;
        use.openByOwner.computeIfPresent(key.startup().owner(), (owner, n) -> n == 1 ? null : n - 1);
    }

    /** Gives a free permit to the first who waits and can use one; null if there is none. It holds the permit. */
    synchronized @Nullable LendRequest grant(int node) {
        NodeUse use = use(node);
        for (Iterator<LendRequest> it = use.waiting.iterator(); it.hasNext() && use.open < settings.maxPerNode(); ) {
            LendRequest request = it.next();
            if (take(use, request)) {
                it.remove();
                waiting--;
                return request;
            }
        }
        return null;
    }

    /** Whether nobody waits, for any node. Without the lock: who has just come may be missed, and is served when it looks. */
    boolean isQuiet() {
        return waiting == 0;
    }

    /**
     * The first of those who wait that a backend with this key, just come free, would serve: with itself, or with its
     * permit. Null if there is none. It goes on waiting.
     *
     * <p>Who waits on the backend's own event loop is served before those of others by up to {@code patienceNanos}, as
     * those can use only the permit.
     */
    synchronized @Nullable LendRequest firstServedBy(PoolKey key, PoolShard shard, long patienceNanos) {
        NodeUse use = use(key.node());
        LendRequest first = null;
        for (LendRequest request : use.waiting) {
            if (first != null && request.waitingSinceNanos - first.waitingSinceNanos > patienceNanos) {
                return first;
            }
            if (request.key.equals(key) || canUsePermit(use, request, key)) {
                if (request.shard == shard) {
                    return request;
                }
                first = first == null ? request : first;
            }
        }
        return first;
    }

    /** Whether {@code request} could be served if a backend with that key were closed. */
    private boolean canUsePermit(NodeUse use, LendRequest request, PoolKey key) {
        boolean nodeFull = use.open >= settings.maxPerNode();
        return request.key.startup().owner().equals(key.startup().owner())
                ? nodeFull || isFull(request)
                : nodeFull && !isFull(request);
    }

    /** Whether no further backend of the node may be opened. */
    synchronized boolean isFull(int node) {
        return use(node).open >= settings.maxPerNode();
    }

    /** Whether no further backend may be opened for this user and database, whatever else is open. */
    synchronized boolean isFull(LendRequest request) {
        return openBy(use(request.key.node()), request) >= settings.ownerLimit(request.borrower.takesUsed());
    }

    private static int openBy(NodeUse use, LendRequest request) {
        return use.openByOwner.getOrDefault(request.key.startup().owner(), 0);
    }

    synchronized int open(int node) {
        return use(node).open;
    }

    synchronized int waiting(int node) {
        return use(node).waiting.size();
    }

    private boolean take(NodeUse use, LendRequest request) {
        int ofOwner = openBy(use, request);
        if (use.open >= settings.maxPerNode() || ofOwner >= settings.ownerLimit(request.borrower.takesUsed())) {
            return false;
        }
        use.open++;
        use.openByOwner.put(request.key.startup().owner(), ofOwner + 1);
        return true;
    }

    /** Those who have waited for so long on an event loop, the eldest first. */
    synchronized List<LendRequest> waitingLonger(PoolShard shard, long now, long millis) {
        List<LendRequest> longer = new ArrayList<>();
        for (NodeUse use : nodes.values()) {
            for (LendRequest request : use.waiting) {
                if (now - request.waitingSinceNanos < TimeUnit.MILLISECONDS.toNanos(millis)) {
                    break;
                }
                if (request.shard == shard) {
                    longer.add(request);
                }
            }
        }
        return longer;
    }

    private static boolean waitsFor(NodeUse use, PoolKey key) {
        for (LendRequest request : use.waiting) {
            if (request.key.equals(key)) {
                return true;
            }
        }
        return false;
    }

    private NodeUse use(int node) {
        return nodes.computeIfAbsent(node, id -> new NodeUse());
    }
}
