package io.trunkline.sql;

/** The coarse family of a statement. */
public enum StatementKind {
    /** {@code SELECT} without {@code INTO}, {@code VALUES}, {@code TABLE}. */
    SELECT,
    /** {@code INSERT}, {@code UPDATE}, {@code DELETE}, {@code MERGE}. */
    DML,
    /** Changes of the catalog, {@code SELECT INTO}, {@code TRUNCATE}, {@code GRANT}. */
    DDL,
    /** Transaction control. */
    TCL,
    /** Everything else that PostgreSQL knows. */
    UTILITY,
    /** Not recognised. */
    UNKNOWN
}
