package io.trunkline.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
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
    private final PermitsElsewhere elsewhere = new PermitsElsewhere();
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
        return take(use, key);
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
        PermitSource source = elsewhere.source();
        if (source != null) {
            source.release(new Permits(key.node(), Permits.owner(key.startup()), 1));
        }
    }

    /** Gives a free permit to the first who waits and can use one; null if there is none. It holds the permit. */
    synchronized @Nullable LendRequest grant(int node) {
        NodeUse use = use(node);
        for (Iterator<LendRequest> it = use.waiting.iterator(); it.hasNext() && use.open < settings.maxPerNode(); ) {
            LendRequest request = it.next();
            if (take(use, request.key)) {
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
        return elsewhere.source() == null && use(node).open + elsewhere.held(node) >= settings.maxPerNode();
    }

    /** Whether no further backend of the key may be opened, whatever else is open. */
    synchronized boolean isFull(PoolKey key) {
        return elsewhere.source() == null && openWithElsewhere(use(key.node()), key) >= settings.keyLimit();
    }

    private int openWithElsewhere(NodeUse use, PoolKey key) {
        return use.openByKey.getOrDefault(key.startup(), 0) + elsewhere.held(key.node(), Permits.owner(key.startup()));
    }

    synchronized int open(int node) {
        return use(node).open;
    }

    synchronized int waiting(int node) {
        return use(node).waiting.size();
    }

    private boolean take(NodeUse use, PoolKey key) {
        boolean free = elsewhere.source() == null
                ? use.open + elsewhere.held(key.node()) < settings.maxPerNode()
                        && openWithElsewhere(use, key) < settings.keyLimit()
                : elsewhere.takeGranted(key.node(), Permits.owner(key.startup()));
        if (free) {
            use.open++;
            use.openByKey.merge(key.startup(), 1, Integer::sum);
        }
        return free;
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
                use.openByKey.forEach((key, number) -> out.add(new Permits(node, Permits.owner(key), number))));
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

    /** Takes a permit for a process before this one. */
    synchronized boolean takeFor(Permits one) {
        NodeUse use = use(one.node());
        int ofOwner = use.openByKey.entrySet().stream()
                .filter(open -> Permits.owner(open.getKey()) == one.owner())
                .mapToInt(Map.Entry::getValue)
                .sum();
        boolean free = elsewhere.source() == null
                && use.open + elsewhere.held(one.node()) < settings.maxPerNode()
                && ofOwner + elsewhere.held(one.node(), one.owner()) < settings.keyLimit();
        if (free) {
            elsewhere.hold(one.one());
        }
        return free;
    }

    /** What those who wait here need of another process, besides what it has granted already. */
    synchronized List<Permits> missing() {
        Map<Permits, Integer> wanted = new LinkedHashMap<>();
        nodes.forEach((node, use) -> use.waiting.forEach(
                request -> wanted.merge(new Permits(node, Permits.owner(request.key.startup()), 1), 1, Integer::sum)));
        wanted.entrySet()
                .removeIf(want -> want.getValue()
                        <= elsewhere.granted(want.getKey().node(), want.getKey().owner()));
        return List.copyOf(wanted.keySet());
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
        return use.waiting.stream().anyMatch(request -> request.key.equals(key));
    }

    private NodeUse use(int node) {
        return nodes.computeIfAbsent(node, id -> new NodeUse());
    }
}
