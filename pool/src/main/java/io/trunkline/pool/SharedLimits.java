package io.trunkline.pool;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The limits of a pool where several processes have to keep to them together, during a restart without interruption: the one
 * that serves gives permits to those that only finish their sessions. Safe for any thread; nothing blocks.
 */
public final class SharedLimits {
    private final BackendPool pool;
    private final Set<Permits> asked = ConcurrentHashMap.newKeySet();
    private final Set<Integer> roomAsked = ConcurrentHashMap.newKeySet();

    SharedLimits(BackendPool pool) {
        this.pool = pool;
    }

    // ---- of the process that serves

    /** A process before this one holds so many more, or fewer if it is negative; who waits may be served then. */
    public void hold(Permits more) {
        pool.limits().hold(more);
        PermitSource source = pool.limits().source();
        if (source == null) {
            pool.serveWaiting(more.node());
        } else if (more.number() < 0) {
            source.release(new Permits(more.node(), more.owner(), -more.number()));
        }
    }

    /** No process before this one is left. */
    public void forgetHeld() {
        List<Permits> held = pool.limits().forgetHeld();
        PermitSource source = pool.limits().source();
        for (Permits permits : held) {
            if (source == null) {
                pool.serveWaiting(permits.node());
            } else {
                source.release(permits);
            }
        }
    }

    /** A process before this one needs one more, as {@link PermitSource#acquire}; the future tells whether it has got it. */
    public CompletableFuture<Boolean> acquireFor(Permits one, boolean shared) {
        PermitSource source = pool.limits().source();
        if (source != null) {
            return source.acquire(one, shared).thenApply(granted -> {
                if (granted) {
                    pool.limits().hold(one);
                } else {
                    makeRoom(one.node());
                }
                return granted;
            });
        }
        boolean granted = pool.limits().takeFor(one, shared);
        if (!granted) {
            makeRoom(one.node());
        }
        return CompletableFuture.completedFuture(granted);
    }

    /**
     * The nodes of which processes before this one have backends that are wanted, here or in the process after this one. To
     * be asked again and again.
     */
    public Set<Integer> wantingRoom() {
        Set<Integer> wanting = new HashSet<>(pool.limits().wantingRoom());
        for (int node : Set.copyOf(roomAsked)) {
            if (roomAsked.remove(node) && pool.limits().held(node) > 0) {
                wanting.add(node);
            }
        }
        return wanting;
    }

    // ---- of a process that finishes its sessions

    /**
     * From now on permits come from another process.
     *
     * @return those that this one, and processes before it, hold
     */
    public List<Permits> handOver(PermitSource to) {
        return pool.limits().handOver(to);
    }

    /** It has not come to that after all. */
    public void takeBack() {
        pool.limits().takeBack();
        pool.limits().missing().keySet().forEach(want -> pool.serveWaiting(want.node()));
    }

    /** Sessions of the other process wait for backends of a node: idle ones are closed, here and in those before this one. */
    public void roomAsked(int node) {
        makeRoom(node);
        roomAsked.add(node);
    }

    private void makeRoom(int node) {
        pool.shards().forEach(shard -> shard.closeOneLater(node));
    }

    /** Asks the other process for what is missing here. To be called again and again, as it may refuse. */
    public void askForMissing() {
        PermitSource source = pool.limits().source();
        if (source == null) {
            return;
        }
        pool.limits().missing().forEach((want, shared) -> {
            if (asked.add(want)) {
                source.acquire(want, shared).whenComplete((granted, failure) -> {
                    asked.remove(want);
                    if (failure == null && granted) {
                        use(want, source);
                    } else {
                        makeRoom(want.node());
                    }
                });
            }
        });
    }

    private void use(Permits granted, PermitSource source) {
        pool.limits().granted(granted);
        pool.serveWaiting(granted.node());
        if (pool.limits().isLeft(granted)) {
            source.release(granted);
        }
        askForMissing();
    }
}
