package io.trunkline.proxy.session;

/**
 * What the configuration says about sessions; replaced as a whole at reload. Times in milliseconds, 0 = no limit.
 *
 * @param inspectionLimit query_inspection_limit in bytes: longer statements are not looked into
 * @param loadBalancing whether reads may leave the primary: load_balance_mode, and a mode that has standbys
 */
public record SessionLimits(
        int inspectionLimit,
        boolean loadBalancing,
        long authenticationTimeoutMillis,
        long clientIdleLimitMillis,
        long clientWaitTimeoutMillis,
        boolean logConnections,
        boolean logDisconnections,
        boolean logStatement,
        boolean logPerNodeStatement) {}
