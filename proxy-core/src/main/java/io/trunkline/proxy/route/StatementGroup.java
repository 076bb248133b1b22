package io.trunkline.proxy.route;

import io.trunkline.sql.StatementKind;
import io.trunkline.sql.StatementType;

/**
 * What statements are counted as, node by node, in the groups of Pgpool-II's SHOW POOL_BACKEND_STATS. A string of several
 * statements counts as the first of them.
 */
public enum StatementGroup {
    SELECT,
    INSERT,
    UPDATE,
    DELETE,
    /** Everything that is in no other group, such as COPY. */
    DDL,
    /** Transaction control, settings, PREPARE, EXPLAIN and their like, and what is not understood. */
    OTHER;

    static StatementGroup of(StatementType type) {
        return switch (type) {
            case SELECT, VALUES, TABLE -> SELECT;
            case INSERT -> INSERT;
            case UPDATE, MERGE -> UPDATE;
            case DELETE -> DELETE;
            case EMPTY,
                    MULTIPLE,
                    UNKNOWN,
                    SET,
                    SET_LOCAL,
                    SET_TRANSACTION,
                    SET_TRANSACTION_SNAPSHOT,
                    SET_SESSION_CHARACTERISTICS,
                    SET_CONSTRAINTS,
                    SET_ROLE,
                    SET_SESSION_AUTHORIZATION,
                    RESET,
                    RESET_ALL,
                    SHOW,
                    DISCARD_ALL,
                    DISCARD_PLANS,
                    DISCARD_SEQUENCES,
                    DISCARD_TEMP,
                    PREPARE,
                    EXECUTE,
                    DEALLOCATE,
                    DEALLOCATE_ALL,
                    LISTEN,
                    UNLISTEN,
                    NOTIFY,
                    LOCK,
                    EXPLAIN,
                    EXPLAIN_ANALYZE,
                    EXPLAIN_ROUTE,
                    PGPOOL,
                    CHECKPOINT,
                    LOAD -> OTHER;
            default -> type.kind() == StatementKind.TCL ? OTHER : DDL;
        };
    }
}
