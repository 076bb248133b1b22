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
    BACKEND_SIGNAL("function that cancels or terminates a backend, on the node that has it"),
    ROLE_OR_DATABASE("role or database"),
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
