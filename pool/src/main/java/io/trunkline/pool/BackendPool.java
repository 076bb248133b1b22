package io.trunkline.pool;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The cached backends of all nodes: a {@link PoolShard} per event loop, and the limits that they share.
 *
 * <p>A backend is on one event loop, so a session and its backends need no locks between them. Where others wait for one
 * while it is idle, or comes free, on another loop, it moves to theirs.
 */
public final class BackendPool {
    private final BackendOpener opener;
    private final BackendLimits limits;
    private final Map<EventLoop, PoolShard> shards = new ConcurrentHashMap<>();
    private final StartupProfiles profiles = new StartupProfiles();
    private final SharedLimits sharedLimits = new SharedLimits(this);
    private volatile PoolSettings settings;

    public BackendPool(BackendOpener opener, PoolSettings settings) {
        this.opener = opener;
        this.settings = settings;
        this.limits = new BackendLimits(settings);
    }

    /** The shard of an event loop; made at the first call. */
    public PoolShard shard(EventLoop loop) {
        PoolShard shard = shards.get(loop);
        return shard != null ? shard : shards.computeIfAbsent(loop, l -> new PoolShard(this, l));
    }

    /** What the backends opened so far have shown. */
    public StartupProfiles profiles() {
        return profiles;
    }

    public BackendOpener opener() {
        return opener;
    }

    /** Applies new settings to all that happens from now on. */
    public void reload(PoolSettings fresh) {
        settings = fresh;
        limits.reload(fresh);
    }

    /** Closes the idle backends that {@code which} concerns, on every event loop; those in use when they come back. */
    public void discard(IdleFilter which) {
        shards.values().forEach(shard -> shard.discard(which));
    }

    /** The limits where other processes keep to them, too. */
    public SharedLimits sharedLimits() {
        return sharedLimits;
    }

    /** Backends of a node that are open, lent or idle. */
    public int open(int node) {
        return limits.open(node);
    }

    /** Sessions that wait for a backend of a node. */
    public int waiting(int node) {
        return limits.waiting(node);
    }

    /** The shards made so far. */
    public List<PoolShard> shards() {
        return List.copyOf(shards.values());
    }

    PoolSettings settings() {
        return settings;
    }

    BackendLimits limits() {
        return limits;
    }

    /** Serves the first who waits for a permit of the node, if one is free. Any thread. */
    void serveWaiting(int node) {
        while (true) {
            @Nullable LendRequest next = limits.grant(node);
            if (next == null) {
                return;
            }
            next.shard.openGranted(next);
        }
    }

    /** A request waits for a limit: some idle backend of another event loop has to move or to make room. */
    void makeRoom(PoolShard asking, int node, StartupKey.@Nullable Owner only) {
        for (PoolShard shard : shards.values()) {
            if (shard != asking) {
                shard.evictOneLater(node, only);
            }
        }
    }
}
