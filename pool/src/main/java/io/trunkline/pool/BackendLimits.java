package io.trunkline.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
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
    private final PermitsElsewhere elsewhere = new PermitsElsewhere();
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
        PermitSource source = elsewhere.source();
        if (source != null) {
            source.release(new Permits(key.node(), Permits.owner(key.startup().owner()), 1));
        }
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
            if (request.key.equals(key) || canUsePermit(request, key)) {
                if (request.shard == shard) {
                    return request;
                }
                first = first == null ? request : first;
            }
        }
        return first;
    }

    /** Whether {@code request} could be served if a backend with that key were closed. */
    private boolean canUsePermit(LendRequest request, PoolKey key) {
        boolean nodeFull = isFull(key.node());
        return request.key.startup().owner().equals(key.startup().owner())
                ? nodeFull || isFull(request)
                : nodeFull && !isFull(request);
    }

    /** Whether no further backend of the node may be opened. */
    synchronized boolean isFull(int node) {
        return elsewhere.source() == null && use(node).open + elsewhere.held(node) >= settings.maxPerNode();
    }

    /** Whether no further backend may be opened for this user and database, whatever else is open. */
    synchronized boolean isFull(LendRequest request) {
        return elsewhere.source() == null
                && openBy(use(request.key.node()), request) >= settings.ownerLimit(request.borrower.takesUsed());
    }

    private int openBy(NodeUse use, LendRequest request) {
        StartupKey.Owner owner = request.key.startup().owner();
        return use.openByOwner.getOrDefault(owner, 0) + elsewhere.held(request.key.node(), Permits.owner(owner));
    }

    synchronized int open(int node) {
        return use(node).open;
    }

    synchronized int waiting(int node) {
        return use(node).waiting.size();
    }

    private boolean take(NodeUse use, LendRequest request) {
        int node = request.key.node();
        StartupKey.Owner owner = request.key.startup().owner();
        boolean free = elsewhere.source() == null
                ? !isFull(node) && !isFull(request)
                : elsewhere.takeGranted(node, Permits.owner(owner));
        if (free) {
            use.open++;
            use.openByOwner.merge(owner, 1, Integer::sum);
        }
        return free;
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

    // ---- several processes

    /**
     * From now on permits come from another process, which counts those that are out.
     *
     * @return those, with those of processes before this one
     */
    synchronized List<Permits> handOver(PermitSource to) {
        elsewhere.source(to);
        List<Permits> out = new ArrayList<>(elsewhere.allHeld());
        nodes.forEach((node, use) ->
                use.openByOwner.forEach((owner, number) -> out.add(new Permits(node, Permits.owner(owner), number))));
        return out;
    }

    /** The other process has not made it. */
    synchronized void takeBack() {
        elsewhere.source(null);
    }

    /** From whom permits come; null if from here. */
    synchronized @Nullable PermitSource source() {
        return elsewhere.source();
    }

    /** The processes before this one hold so many more, or fewer if it is negative. */
    synchronized void hold(Permits more) {
        elsewhere.hold(more);
    }

    /** They hold none any more. @return what they have held */
    synchronized List<Permits> forgetHeld() {
        List<Permits> held = elsewhere.allHeld();
        elsewhere.forgetHeld();
        return held;
    }

    synchronized int held(int node) {
        return elsewhere.held(node);
    }

    /** The nodes of which processes before this one have backends while sessions here wait for some. */
    synchronized List<Integer> wantingRoom() {
        return nodes.entrySet().stream()
                .filter(node -> !node.getValue().waiting.isEmpty() && elsewhere.held(node.getKey()) > 0)
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * Takes a permit for a process before this one.
     *
     * @param shared whether it is for somebody who gives backends back between transactions
     */
    synchronized boolean takeFor(Permits one, boolean shared) {
        NodeUse use = use(one.node());
        int ofOwner = use.openByOwner.entrySet().stream()
                .filter(open -> Permits.owner(open.getKey()) == one.owner())
                .mapToInt(Map.Entry::getValue)
                .sum();
        boolean free = elsewhere.source() == null
                && use.open + elsewhere.held(one.node()) < settings.maxPerNode()
                && ofOwner + elsewhere.held(one.node(), one.owner()) < settings.ownerLimit(shared);
        if (free) {
            elsewhere.hold(one);
        }
        return free;
    }

    /**
     * What those who wait here need of another process, besides what it has granted already, and whether it is for somebody
     * who gives backends back between transactions.
     */
    synchronized Map<Permits, Boolean> missing() {
        Map<Permits, Integer> wanted = new HashMap<>();
        Map<Permits, Boolean> missing = new LinkedHashMap<>();
        nodes.forEach((node, use) -> use.waiting.forEach(request -> {
            Permits one = new Permits(node, Permits.owner(request.key.startup().owner()), 1);
            if (wanted.merge(one, 1, Integer::sum) > elsewhere.granted(node, one.owner())) {
                missing.putIfAbsent(one, request.borrower.takesUsed());
            }
        }));
        return missing;
    }

    /** The other process has granted one; {@link #grant} hands it on. */
    synchronized void granted(Permits permit) {
        elsewhere.grant(permit);
    }

    /** One that was granted, and that nobody wants any more: it is to be given back. */
    synchronized boolean isLeft(Permits permit) {
        return elsewhere.takeGranted(permit.node(), permit.owner());
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
