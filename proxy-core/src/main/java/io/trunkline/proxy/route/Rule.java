package io.trunkline.proxy.route;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

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
    TEMPORARY_PATH("search_path that begins with pg_temp"),
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
    LAST_VALUE("currval() or lastval(), which tell what the session has drawn"),
    ADVISORY_LOCK("advisory lock of the session"),
    TEMPORARY("temporary object"),
    HELD_CURSOR("cursor WITH HOLD"),
    ANONYMOUS("DO or CALL, which may set anything"),
    SET_CONFIG("set_config()"),
    SHOW_ALIKE("setting that is the same everywhere"),
    SHOW_OF_NODE("setting that may differ between nodes"),
    ROLE_OR_DATABASE("role or database"),
    NOT_BALANCING("load balancing is off, or there is no standby"),
    OWN_COMMAND("command of Trunkline"),

    // ---- of the session
    RELAYED_LOGIN("login relayed to one node"),
    PINNED("state that is on one node only"),
    ONE_NODE_TRANSACTION("transaction that stays on one node"),
    SECOND_TRY("second try, after replay on a standby has cancelled it"),
    WRITES_AFTER_ALL("refused by a standby, as it writes after all"),
    NODE_LOST("second try, after its node was lost"),
    PARSED_ANEW("second try, as its server had lost the statement"),
    SIGNAL("signal to a server process, on the node that has it"),
    AFTER_WRITE("read after a write of the session"),

    // ---- of the node for reads
    WEIGHT("node chosen by backend_weight"),
    NO_WEIGHT("no node in service has a weight"),
    APPLICATION_REDIRECT("app_name_redirect_preference_list"),
    DATABASE_REDIRECT("database_redirect_preference_list"),
    USER_REDIRECT("user_redirect_preference_list"),
    LEAST_DELAYED("standby that is least behind, in place of one too far behind"),
    TOO_FAR_BEHIND("standby too far behind the primary"),
    NO_NODE("no node is in service"),

    // ---- of the catalog
    NOT_LOOKED_UP("not yet looked up in the catalog"),
    TEMPORARY_TABLE("name of a temporary table"),
    UNLOGGED_TABLE("unlogged table"),
    CATALOG_BEHIND_VIEW("view over a system catalog"),
    SEQUENCE("sequence, whose standbys run ahead"),
    UNCLEAR_VIEW("view that is not certainly read-only"),
    UNKNOWN_FUNCTION("function that does not exist"),
    UNKNOWN_RELATION("relation that does not exist");

    private static final Set<Rule> WRITES = EnumSet.of(
            NOT_READ_ONLY,
            NOT_UNDERSTOOD,
            MODIFIES,
            DEFINES,
            CURSOR,
            MODIFYING_WITH,
            ROW_LOCK,
            EXPLAIN_ANALYZE,
            LOCK,
            TOO_LONG,
            FUNCTION_CALL,
            MULTIPLE,
            FUNCTION_LIST,
            VOLATILE_FUNCTION,
            LAST_VALUE,
            WRITES_AFTER_ALL,
            ADVISORY_LOCK,
            TEMPORARY,
            ANONYMOUS,
            ROLE_OR_DATABASE,
            NOT_LOOKED_UP,
            UNCLEAR_VIEW);

    /** Statements of these draw nothing from a sequence, unless a function of the user's does. */
    private static final Set<Rule> DRAWS_NOTHING = EnumSet.of(
            READ_ONLY,
            EMPTY,
            LOCK,
            NOTIFICATION,
            TRANSACTION,
            BEGIN_MAY_WRITE,
            BEGIN_READ_ONLY,
            TRANSACTION_SETTING,
            SETTING,
            PREPARED,
            LAST_VALUE,
            SHOW_ALIKE,
            SHOW_OF_NODE);

    private final String text;

    Rule(String text) {
        this.text = text;
    }

    /** In a few words, for people. */
    public String text() {
        return text;
    }

    /** Whether a statement that goes to the primary by this rule may write there. */
    public boolean writes() {
        return WRITES.contains(this);
    }

    /** Whether a statement of this rule may call nextval(). */
    public boolean mayDraw() {
        return !DRAWS_NOTHING.contains(this);
    }

    /** Whether it is known that there is just one statement. */
    public boolean isOneStatement() {
        return this != MULTIPLE && this != TOO_LONG;
    }

    /** As a metric's label: {@code read_only}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
