package io.trunkline.proxy.route;

import java.util.Locale;

/** Why a statement went where it went: what logs, metrics and {@code EXPLAIN ROUTE} say. */
public enum Rule {
    // ---- of the statement
    READ_ONLY("read-only statement"),
    EMPTY("empty statement"),
    NOT_READ_ONLY("not certainly read-only"),
    NOT_UNDERSTOOD("not understood"),
    MODIFIES("INSERT, UPDATE, DELETE or MERGE"),
    DEFINES("change of the catalog"),
    MODIFYING_WITH("data-modifying WITH"),
    ROW_LOCK("FOR UPDATE, FOR SHARE or the like"),
    EXPLAIN_ANALYZE("EXPLAIN ANALYZE, which runs the statement"),
    COPY_OUT("COPY TO STDOUT"),
    LOCK("LOCK"),
    NOTIFICATION("LISTEN, UNLISTEN or NOTIFY"),
    CURSOR("cursor"),
    TOO_LONG("longer than query_inspection_limit"),
    FUNCTION_CALL("function call message"),
    MULTIPLE("several statements in one string"),
    TRANSACTION("transaction control"),
    BEGIN_MAY_WRITE("transaction that may write"),
    BEGIN_READ_ONLY("transaction declared read-only"),
    TRANSACTION_SETTING("setting of the transaction"),
    TWO_PHASE("two-phase commit"),
    SETTING("setting of the session"),
    UNCLEAR_SETTING("setting that is not understood"),
    SERIALIZABLE_DEFAULT("SERIALIZABLE as the default, which standbys do not have"),
    DISCARD_ALL("DISCARD ALL"),
    PREPARED("prepared statement"),
    HINT("comment that asks for a node"),
    LEADING_COMMENT("comment before the statement, with allow_sql_comments off"),
    LEADING_SPACE("white space before the statement, with ignore_leading_white_space off"),
    QUERY_PATTERN("primary_routing_query_pattern_list"),
    FUNCTION_LIST("write_function_list or read_only_function_list"),
    VOLATILE_FUNCTION("function that is volatile, or tells of its session or server"),
    SYSTEM_CATALOG("system catalog"),
    TEMPORARY("temporary object"),
    HELD_CURSOR("cursor WITH HOLD"),
    ANONYMOUS("DO or CALL, which may set anything"),
    SET_CONFIG("set_config()"),
    SHOW_ALIKE("setting that is the same everywhere"),
    SHOW_OF_NODE("setting that may differ between nodes"),
    ROLE_OR_DATABASE("role or database"),
    NOT_BALANCING("load balancing is off, or there is no standby"),
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
