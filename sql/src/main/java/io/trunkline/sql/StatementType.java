package io.trunkline.sql;

import static io.trunkline.sql.StatementKind.DDL;
import static io.trunkline.sql.StatementKind.DML;
import static io.trunkline.sql.StatementKind.TCL;
import static io.trunkline.sql.StatementKind.UTILITY;

/** What a statement does, as finely as a router and a session's state tracking need it. */
public enum StatementType {
    /** No statement at all. Never the type of a {@link Statement}, only of an {@link Analysis}. */
    EMPTY(StatementKind.UNKNOWN),
    /** More than one statement. Never the type of a {@link Statement}, only of an {@link Analysis}. */
    MULTIPLE(StatementKind.UNKNOWN),
    /** Anything that was not recognised, or that cannot be valid. */
    UNKNOWN(StatementKind.UNKNOWN),

    SELECT(StatementKind.SELECT),
    VALUES(StatementKind.SELECT),
    TABLE(StatementKind.SELECT),

    INSERT(DML),
    UPDATE(DML),
    DELETE(DML),
    MERGE(DML),

    BEGIN(TCL),
    COMMIT(TCL),
    ROLLBACK(TCL),
    SAVEPOINT(TCL),
    RELEASE(TCL),
    ROLLBACK_TO(TCL),
    PREPARE_TRANSACTION(TCL),
    COMMIT_PREPARED(TCL),
    ROLLBACK_PREPARED(TCL),

    SET(UTILITY),
    SET_LOCAL(UTILITY),
    SET_TRANSACTION(UTILITY),
    SET_TRANSACTION_SNAPSHOT(UTILITY),
    SET_SESSION_CHARACTERISTICS(UTILITY),
    SET_CONSTRAINTS(UTILITY),
    SET_ROLE(UTILITY),
    SET_SESSION_AUTHORIZATION(UTILITY),
    RESET(UTILITY),
    RESET_ALL(UTILITY),
    SHOW(UTILITY),
    DISCARD_ALL(UTILITY),
    DISCARD_PLANS(UTILITY),
    DISCARD_SEQUENCES(UTILITY),
    DISCARD_TEMP(UTILITY),
    PREPARE(UTILITY),
    EXECUTE(UTILITY),
    DEALLOCATE(UTILITY),
    DEALLOCATE_ALL(UTILITY),
    DECLARE_CURSOR(UTILITY),
    FETCH(UTILITY),
    MOVE(UTILITY),
    CLOSE(UTILITY),
    LISTEN(UTILITY),
    UNLISTEN(UTILITY),
    NOTIFY(UTILITY),
    COPY_FROM(UTILITY),
    /** {@code COPY relation TO STDOUT} or {@code COPY (query) TO STDOUT}. */
    COPY_TO_STDOUT(UTILITY),
    /** {@code COPY ... TO} a file or program of the server. */
    COPY_TO_OTHER(UTILITY),
    LOCK(UTILITY),
    EXPLAIN(UTILITY),
    EXPLAIN_ANALYZE(UTILITY),
    /** {@code EXPLAIN ROUTE}, which no server knows: what stands behind ROUTE is not looked into. */
    EXPLAIN_ROUTE(UTILITY),
    /** {@code PGPOOL SHOW}, {@code SET} and {@code RESET}, which no server knows. */
    PGPOOL(UTILITY),
    CALL(UTILITY),
    DO(UTILITY),
    VACUUM(UTILITY),
    ANALYZE(UTILITY),
    CLUSTER(UTILITY),
    REINDEX(UTILITY),
    CHECKPOINT(UTILITY),
    LOAD(UTILITY),

    SELECT_INTO(DDL),
    CREATE_TABLE_AS(DDL),
    TRUNCATE(DDL),
    CREATE_DATABASE(DDL),
    ALTER_DATABASE(DDL),
    /** {@code ALTER DATABASE ... SET | RESET}. */
    ALTER_DATABASE_SET(DDL),
    DROP_DATABASE(DDL),
    ALTER_ROLE(DDL),
    /** {@code ALTER ROLE | USER ... SET | RESET}. */
    ALTER_ROLE_SET(DDL),
    DROP_ROLE(DDL),
    ALTER_SYSTEM(DDL),
    GRANT(DDL),
    REVOKE(DDL),
    CREATE(DDL),
    ALTER(DDL),
    DROP(DDL),
    /** Other changes of the catalog, such as {@code COMMENT ON} or {@code REFRESH MATERIALIZED VIEW}. */
    OTHER_DDL(DDL);

    private final StatementKind kind;

    StatementType(StatementKind kind) {
        this.kind = kind;
    }

    public StatementKind kind() {
        return kind;
    }
}
