package io.trunkline.pool;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The idle backends of one event loop, by key, and which of them serves whom best. Only for that loop, but for the
 * counts.
 */
final class IdleBackends {
    /** So many idle backends are looked at for one that was started with the client's application_name. */
    private static final int LOOKS = 8;

    /** By node id. */
    private final List<Map<StartupKey, IdleStack>> idle = new ArrayList<>();

    private final NodeCounts counts = new NodeCounts();

    /** Any thread, approximate. */
    int count() {
        return counts.total();
    }

    /** Of a node. Any thread, approximate. */
    int count(int node) {
        return counts.of(node);
    }

    /** All of them, in no order. */
    List<BackendConnection> all() {
        return matching(backend -> true);
    }

    /** Those for which this is true. */
    List<BackendConnection> matching(Predicate<BackendConnection> which) {
        List<BackendConnection> matching = new ArrayList<>();
        idle.forEach(ofNode -> ofNode.values()
                .forEach(backends -> backends.stream().filter(which).forEach(matching::add)));
        return matching;
    }

    /** It is idle from now on. */
    void add(BackendConnection backend) {
        while (idle.size() <= backend.node()) {
            idle.add(new HashMap<>());
        }
        StartupKey key = backend.key().startup();
        IdleStack others = of(backend.node(), key);
        if (others == null) {
            others = new IdleStack();
            idle.get(backend.node()).put(key, others);
        }
        others.add(backend);
        counts.add(backend.node(), 1);
    }

    /** It is idle no more; nothing happens if it was not. */
    void remove(BackendConnection backend) {
        IdleStack backends = of(backend.node(), backend.key().startup());
        if (backends != null && backends.remove(backend)) {
            counts.add(backend.node(), -1);
        }
    }

    private Map<StartupKey, IdleStack> of(int node) {
        return node < idle.size() ? idle.get(node) : Map.of();
    }

    private @Nullable IdleStack of(int node, StartupKey key) {
        return of(node).get(key);
    }

    /** The best one of the node to lend to this borrower, which is idle no more; null if there is none. */
    @Nullable
    BackendConnection take(int node, Borrower borrower) {
        IdleStack candidates = of(node, borrower.startup());
        if (candidates == null) {
            return null;
        }
        BackendConnection best = candidates.last();
        if (best == null || !mayBeLent(best, borrower) || !needsNoName(best, borrower)) {
            best = choose(candidates, borrower);
        }
        if (best != null && candidates.remove(best)) {
            counts.add(best.node(), -1);
        }
        return best;
    }

    private static @Nullable BackendConnection choose(IdleStack candidates, Borrower borrower) {
        BackendConnection best = null;
        int looks = 0;
        for (int back = 0; back < candidates.size(); back++) {
            BackendConnection backend = candidates.get(back);
            if (mayBeLent(backend, borrower)) {
                boolean fits = needsNoName(backend, borrower);
                best = best == null || fits ? backend : best;
                if (fits || ++looks == LOOKS) {
                    break;
                }
            }
        }
        return best;
    }

    /** Whether a statement that tells it the client's application_name is spared, or seen to by the borrower. */
    private static boolean needsNoName(BackendConnection backend, Borrower borrower) {
        return borrower.takesUsed() || backend.startedAs().equals(borrower.applicationName());
    }

    /** Whether the borrower may have it without a login of its own. */
    static boolean mayBeLent(BackendConnection backend, Borrower borrower) {
        return switch (borrower.admissionIfChallenged()) {
            case RELAYED, PROVING -> false;
            case TRUST -> backend.admission() == Admission.TRUST;
            case VERIFIED -> true;
        };
    }

    /** One of the node that has the very key somebody waits for; null if there is none. */
    @Nullable
    BackendConnection waitedFor(int node, BackendLimits limits) {
        for (IdleStack backends : of(node).values()) {
            BackendConnection last = backends.oldest();
            if (last != null && limits.isWaitedFor(last.key())) {
                return last;
            }
        }
        return null;
    }

    /**
     * The one of the node that has not been used for longest; null if there is none.
     *
     * @param only of this user and database; null if of any
     */
    @Nullable
    BackendConnection oldest(int node, StartupKey.@Nullable Owner only) {
        BackendConnection oldest = null;
        for (IdleStack backends : of(node).values()) {
            BackendConnection last = backends.oldest();
            if (last == null) {
                continue;
            }
            boolean concerned = only == null || last.key().startup().owner().equals(only);
            if (concerned && (oldest == null || last.idleSinceNanos() - oldest.idleSinceNanos() < 0)) {
                oldest = last;
            }
        }
        return oldest;
    }

    /** Gives up the room of keys of which none is idle: now and then, as there is often none for a moment. */
    void tidy() {
        idle.forEach(ofNode -> ofNode.values().removeIf(IdleStack::isEmpty));
    }
}
