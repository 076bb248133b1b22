package io.trunkline.proxy.session;

/**
 * What the configuration says about sessions; replaced as a whole at reload. Times in milliseconds, 0 = no limit.
 *
 * @param inspectionLimit query_inspection_limit in bytes: longer statements are not looked into
 * @param losses what becomes of sessions whose node is lost
 * @param poolModes which sessions give their backends back after each transaction
 * @param reuseUnnamedStatements whether what is parsed again and again without a name is kept on the servers
 * @param maxPreparedStatements how many statements are kept on a backend that is given back after each transaction
 * @param likeOlderPgpool whether sessions keep habits of a Pgpool-II older than 4.7: a Query in a
 *     transaction that has failed is refused here and quoted, a statement waits for what the catalog has of its names, and
 *     DEALLOCATE ALL goes to the read node too
 */
public record SessionLimits(
        int inspectionLimit,
        long authenticationTimeoutMillis,
        long clientIdleLimitMillis,
        long clientWaitTimeoutMillis,
        AdmissionLimits admission,
        LossPolicy losses,
        SessionLogging logging,
        PoolModes poolModes,
        boolean reuseUnnamedStatements,
        int maxPreparedStatements,
        boolean likeOlderPgpool) {}
