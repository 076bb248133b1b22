package io.trunkline.proxy.session;

import io.trunkline.config.NameLimit;
import java.util.List;

/**
 * What the configuration says about sessions; replaced as a whole at reload. Times in milliseconds, 0 = no limit.
 *
 * @param inspectionLimit query_inspection_limit in bytes: longer statements are not looked into
 * @param halfOpen max_half_open_connections, 0 = no limit
 * @param halfOpenPerAddress max_half_open_connections_per_address, 0 = no limit
 * @param perUser max_user_sessions
 * @param perDatabase max_db_sessions
 */
public record SessionLimits(
        int inspectionLimit,
        long authenticationTimeoutMillis,
        long clientIdleLimitMillis,
        long clientWaitTimeoutMillis,
        int halfOpen,
        int halfOpenPerAddress,
        List<NameLimit> perUser,
        List<NameLimit> perDatabase,
        boolean logConnections,
        boolean logDisconnections,
        boolean logStatement,
        boolean logPerNodeStatement,
        boolean noticePerNodeStatement) {}
