package io.trunkline.proxy.session;

import io.trunkline.config.NamedPoolMode;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolMode;
import io.trunkline.config.PoolParameters;
import io.trunkline.pool.StartupKey;
import java.util.List;

/**
 * Which sessions give their backends back after each transaction: {@code pool_mode}, and the lists by user and by
 * database, of which that by user comes first.
 */
public record PoolModes(PoolMode general, List<NamedPoolMode> byUser, List<NamedPoolMode> byDatabase) {
    /** All sessions keep their backends. */
    public static final PoolModes SESSION = new PoolModes(PoolMode.SESSION, List.of(), List.of());

    /**
     * What holds for a session.
     *
     * @param source what says so: the name of a parameter, or the reason why it does not count
     */
    record Choice(PoolMode mode, String source) {
        boolean isTransaction() {
            return mode == PoolMode.TRANSACTION;
        }
    }

    private static final Choice RELAYED = new Choice(PoolMode.SESSION, "its login was relayed to one backend");

    public static PoolModes of(PgpoolConfig config) {
        return new PoolModes(
                config.get(PoolParameters.POOL_MODE),
                config.get(PoolParameters.USER_POOL_MODE_LIST),
                config.get(PoolParameters.DATABASE_POOL_MODE_LIST));
    }

    Choice of(SessionLogin login) {
        StartupKey key = login.key();
        if (login.ownBackend() != null) {
            return RELAYED;
        }
        for (NamedPoolMode item : byUser) {
            if (item.matches(key.user())) {
                return new Choice(item.mode(), PoolParameters.USER_POOL_MODE_LIST.name());
            }
        }
        for (NamedPoolMode item : byDatabase) {
            if (item.matches(key.database())) {
                return new Choice(item.mode(), PoolParameters.DATABASE_POOL_MODE_LIST.name());
            }
        }
        return new Choice(general, PoolParameters.POOL_MODE.name());
    }
}
