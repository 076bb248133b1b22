package io.trunkline.proxy.route;

import java.util.Locale;

/** Why a statement went where it went: what logs, metrics and {@code EXPLAIN ROUTE} say. */
public enum Rule {
    // ---- of the statement
    READ_ONLY("read-only statement"),
    EMPTY("empty statement"),
    NOT_READ_ONLY("not certainly read-only"),
    TOO_LONG("longer than query_inspection_limit"),
    FUNCTION_CALL("function call message"),
    MULTIPLE("several statements in one string"),
    TRANSACTION("transaction control"),
    BEGIN_MAY_WRITE("transaction that may write"),
    BEGIN_READ_ONLY("transaction declared read-only"),
    TRANSACTION_SETTING("setting of the transaction"),
    SETTING("setting of the session"),
    UNCLEAR_SETTING("setting that is not understood"),
    SERIALIZABLE_DEFAULT("SERIALIZABLE as the default, which standbys do not have"),
    DISCARD_ALL("DISCARD ALL"),
    PREPARED("prepared statement"),
    HINT("comment that asks for a node"),
    VOLATILE_FUNCTION("function that is not known to be read-only"),
    SYSTEM_CATALOG("system catalog"),
    TEMPORARY("temporary object"),
    HELD_CURSOR("cursor WITH HOLD"),
    ANONYMOUS("DO or CALL, which may set anything"),
    SET_CONFIG("set_config()"),
    SHOW_ALIKE("setting that is the same everywhere"),
    SHOW_OF_NODE("setting that may differ between nodes"),
    ROLE_OR_DATABASE("role or database"),

    // ---- of the catalog
    NOT_LOOKED_UP("not yet looked up in the catalog"),
    TEMPORARY_TABLE("name of a temporary table"),
    UNLOGGED_TABLE("unlogged table"),
    CATALOG_BEHIND_VIEW("view over a system catalog"),
    SEQUENCE("sequence, whose standbys run ahead"),
    UNCLEAR_VIEW("view that is not certainly read-only"),
    UNKNOWN_FUNCTION("function that does not exist"),
    UNKNOWN_RELATION("relation that does not exist"),

    // ---- of Trunkline
    OWN_COMMAND("command of Trunkline");

    private final String text;

    Rule(String text) {
        this.text = text;
    }

    /** In a few words, for people. */
    public String text() {
        return text;
    }

    /** As a metric's label: {@code read_only}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
