package io.trunkline.pool;

import java.util.List;
import java.util.Set;

/**
 * What the configuration says about pooling; replaced as a whole at reload.
 *
 * @param cache connection_cache: whether backends are kept when their session ends
 * @param maxPerNode backends a node, over all users and databases: num_init_children * max_pool
 * @param maxPerKey backends per user, database and node: backend_pool_size, 0 = {@code maxPerNode}, but
 *     {@link #SHARED_BY_DEFAULT} where they are given back between transactions
 * @param idleMillis how long an idle backend is kept: the shorter of connection_life_time and child_life_time, 0 = for
 *     ever
 * @param maxSessions a backend is closed after this many sessions: child_max_connections, 0 = never
 * @param waitMillis how long a session waits for a backend: client_wait_timeout, 0 = for ever
 * @param noticeMillis how long a session waits before it is told that it does: client_wait_notice, 0 = never
 * @param resetQueries reset_query_list
 */
public record PoolSettings(
        boolean cache,
        int maxPerNode,
        int maxPerKey,
        long idleMillis,
        int maxSessions,
        long waitMillis,
        long noticeMillis,
        List<String> resetQueries) {
    /** Databases whose connections are never kept (Pgpool-II manual, connection_cache). */
    private static final Set<String> NEVER_CACHED = Set.of("template0", "template1", "postgres", "regression");

    /** How many backends serve the transactions of a user and database if the configuration does not say. */
    public static final int SHARED_BY_DEFAULT = 20;

    public PoolSettings {
        resetQueries = List.copyOf(resetQueries);
    }

    boolean caches(StartupKey key) {
        return cache && !NEVER_CACHED.contains(key.database());
    }

    /** @param shared whether those who use the backends give them back between transactions */
    int ownerLimit(boolean shared) {
        int limit = maxPerKey == 0 && shared ? SHARED_BY_DEFAULT : maxPerKey;
        return limit == 0 ? maxPerNode : Math.min(limit, maxPerNode);
    }
}
