package io.trunkline.proxy;

import io.netty.util.internal.PlatformDependent;
import io.trunkline.config.AdministrationParameters;
import io.trunkline.config.CompatVersion;
import io.trunkline.config.ConnectionParameters;
import io.trunkline.config.ContinuityParameters;
import io.trunkline.config.ContinuityParameters.FailoverSessionPolicy;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolParameters;
import io.trunkline.config.RuntimeParameters;
import io.trunkline.pool.PoolSettings;
import io.trunkline.proxy.session.AdmissionLimits;
import io.trunkline.proxy.session.LossPolicy;
import io.trunkline.proxy.session.PoolModes;
import io.trunkline.proxy.session.SessionLimits;
import io.trunkline.proxy.session.SessionLogging;

/** A configuration as the parts of the proxy want it. Derives, and holds nothing that the configuration does not. */
record RunningConfig(PgpoolConfig config) {
    SessionLimits sessionLimits() {
        return new SessionLimits(
                Math.toIntExact(config.get(RuntimeParameters.QUERY_INSPECTION_LIMIT)),
                config.get(ConnectionParameters.AUTHENTICATION_TIMEOUT).toMillis(),
                config.get(PoolParameters.CLIENT_IDLE_LIMIT).toMillis(),
                config.get(PoolParameters.CLIENT_WAIT_TIMEOUT).toMillis(),
                admissionLimits(),
                lossPolicy(),
                SessionLogging.of(config),
                PoolModes.of(config),
                config.get(PoolParameters.REUSE_UNNAMED_STATEMENTS),
                config.get(PoolParameters.MAX_PREPARED_STATEMENTS),
                !config.get(AdministrationParameters.PGPOOL_COMPAT_VERSION).isAtLeast(CompatVersion.V4_7));
    }

    /** The bound to all buffers, in bytes. */
    long bufferMemory() {
        long given = config.get(RuntimeParameters.MAX_BUFFER_MEMORY);
        long most = PlatformDependent.maxDirectMemory();
        return given > 0 ? given : most - most / 4;
    }

    private LossPolicy lossPolicy() {
        return new LossPolicy(
                config.get(ContinuityParameters.FAILOVER_SESSION_POLICY) == FailoverSessionPolicy.KEEP,
                config.get(ContinuityParameters.FAILOVER_KEEP_SESSIONS_WITH),
                config.get(ContinuityParameters.UNKNOWN_OUTCOME_SQLSTATE).sqlstate(),
                config.get(ContinuityParameters.PRIMARY_WAIT_TIMEOUT).toMillis());
    }

    private AdmissionLimits admissionLimits() {
        return new AdmissionLimits(
                config.get(ConnectionParameters.MAX_HALF_OPEN_CONNECTIONS),
                config.get(ConnectionParameters.MAX_HALF_OPEN_CONNECTIONS_PER_ADDRESS),
                config.get(PoolParameters.MAX_USER_SESSIONS),
                config.get(PoolParameters.MAX_DB_SESSIONS));
    }

    PoolSettings poolSettings() {
        int asked = config.get(PoolParameters.BACKEND_MAX_CONNECTIONS);
        long perNode = asked > 0 ? asked : (long) numInitChildren() * Math.max(1, config.get(PoolParameters.MAX_POOL));
        return new PoolSettings(
                config.get(PoolParameters.CONNECTION_CACHE),
                (int) Math.min(perNode, Integer.MAX_VALUE),
                config.get(PoolParameters.BACKEND_POOL_SIZE),
                shorter(
                        config.get(PoolParameters.CONNECTION_LIFE_TIME).toMillis(),
                        config.get(PoolParameters.CHILD_LIFE_TIME).toMillis()),
                config.get(PoolParameters.CHILD_MAX_CONNECTIONS),
                config.get(PoolParameters.CLIENT_WAIT_TIMEOUT).toMillis(),
                config.get(PoolParameters.CLIENT_WAIT_NOTICE).toMillis(),
                config.get(PoolParameters.RESET_QUERY_LIST));
    }

    private static long shorter(long one, long other) {
        return one == 0 ? other : other == 0 ? one : Math.min(one, other);
    }

    int numInitChildren() {
        return config.get(PoolParameters.NUM_INIT_CHILDREN);
    }

    int reservedConnections() {
        return config.get(PoolParameters.RESERVED_CONNECTIONS);
    }
}
