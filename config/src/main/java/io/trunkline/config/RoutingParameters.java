package io.trunkline.config;

import static io.trunkline.config.DurationType.milliseconds;
import static io.trunkline.config.FloatType.between;
import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.integer;
import static io.trunkline.config.Types.oneOf;
import static io.trunkline.config.Types.patterns;
import static io.trunkline.config.Types.redirects;
import static io.trunkline.config.Types.relationships;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Which node a statement goes to. */
public final class RoutingParameters {
    /** {@code disable_load_balance_on_write}: what a write does to later reads of its session. */
    public enum AfterWrite {
        OFF,
        TRANSACTION,
        TRANS_TRANSACTION,
        ALWAYS,
        DML_ADAPTIVE,
        DML_ADAPTIVE_GLOBAL
    }

    /** {@code check_temp_table}: how reads of temporary tables are found. */
    public enum TempTableCheck {
        CATALOG,
        TRACE,
        NONE
    }

    /** {@code relcache_query_target}. */
    public enum RelationCacheTarget {
        PRIMARY,
        LOAD_BALANCE_NODE
    }

    private static final Section ROUTING = new Section(Group.ROUTING);

    public static final Parameter<Boolean> LOAD_BALANCE_MODE = ROUTING.startup(
                    "load_balance_mode", bool(), "on", "Spreads reads over the nodes by their weights.")
            .single();

    public static final Parameter<Boolean> STATEMENT_LEVEL_LOAD_BALANCE = ROUTING.reload(
                    "statement_level_load_balance",
                    bool(),
                    "off",
                    "Chooses the node of a read for each statement instead of once for each session.")
            .single();

    public static final Parameter<AfterWrite> DISABLE_LOAD_BALANCE_ON_WRITE = ROUTING.reload(
                    "disable_load_balance_on_write",
                    oneOf(AfterWrite.class),
                    "transaction",
                    "After a write, for how long the reads of the session go to the primary too.")
            .single();

    public static final Parameter<List<ObjectRelationship>> DML_ADAPTIVE_OBJECT_RELATIONSHIP_LIST = ROUTING.reload(
                    "dml_adaptive_object_relationship_list",
                    relationships(),
                    "",
                    "Pairs object:dependent for dml_adaptive: after a write to the object, reads of the dependent go to the"
                            + " primary until the transaction ends.")
            .single();

    public static final Parameter<PatternList> WRITE_FUNCTION_LIST = ROUTING.reload(
                    "write_function_list",
                    patterns(','),
                    "",
                    "Regular expressions of functions that write; a SELECT that calls one goes to the primary.")
            .formerly("black_function_list")
            .single();

    public static final Parameter<PatternList> READ_ONLY_FUNCTION_LIST = ROUTING.reload(
                    "read_only_function_list",
                    patterns(','),
                    "",
                    "Regular expressions of functions that only read; all others count as writing.")
            .formerly("white_function_list")
            .single();

    public static final Parameter<PatternList> PRIMARY_ROUTING_QUERY_PATTERN_LIST = ROUTING.reload(
                    "primary_routing_query_pattern_list",
                    patterns(';'),
                    "",
                    "Regular expressions, separated by semicolons, of statements that go to the primary whatever they do.")
            .formerly("black_query_pattern_list")
            .single();

    public static final Parameter<List<Redirect>> DATABASE_REDIRECT_PREFERENCE_LIST = ROUTING.reload(
                    "database_redirect_preference_list",
                    redirects(),
                    "",
                    "Chooses the node for reads by the name of the database: regex:target or regex:target(ratio).")
            .single();

    public static final Parameter<List<Redirect>> USER_REDIRECT_PREFERENCE_LIST = ROUTING.reload(
                    "user_redirect_preference_list",
                    redirects(),
                    "",
                    "Chooses the node for reads by the name of the user: regex:target or regex:target(ratio).")
            .single();

    public static final Parameter<List<Redirect>> APP_NAME_REDIRECT_PREFERENCE_LIST = ROUTING.reload(
                    "app_name_redirect_preference_list",
                    redirects(),
                    "",
                    "Chooses the node for reads by the application_name of the startup message, before the lists by database and by"
                            + " user.")
            .single();

    public static final Parameter<Boolean> ALLOW_SQL_COMMENTS = ROUTING.session(
                    "allow_sql_comments",
                    bool(),
                    "off",
                    "Balances and caches statements that begin with a comment as if it were not there.")
            .single();

    public static final Parameter<Boolean> IGNORE_LEADING_WHITE_SPACE = ROUTING.reload(
                    "ignore_leading_white_space",
                    bool(),
                    "on",
                    "Passes over blanks at the beginning of a statement when it is classified.")
            .single();

    public static final Parameter<TempTableCheck> CHECK_TEMP_TABLE = ROUTING.reload(
                    "check_temp_table",
                    oneOf(
                            TempTableCheck.class,
                            Map.of(
                                    "on", TempTableCheck.CATALOG,
                                    "true", TempTableCheck.CATALOG,
                                    "yes", TempTableCheck.CATALOG,
                                    "off", TempTableCheck.NONE,
                                    "false", TempTableCheck.NONE,
                                    "no", TempTableCheck.NONE)),
                    "catalog",
                    "How temporary tables are recognised, whose reads belong on the primary: from the catalog, by following"
                            + " the statements of the session, or not at all. The booleans of older releases mean catalog and none.")
            .single();

    public static final Parameter<Boolean> CHECK_UNLOGGED_TABLE = ROUTING.session(
                    "check_unlogged_table",
                    bool(),
                    "on",
                    "Recognises unlogged tables, which standbys do not have, and reads them on the primary.")
            .single();

    public static final Parameter<RelationCacheTarget> RELCACHE_QUERY_TARGET = ROUTING.reload(
                    "relcache_query_target",
                    oneOf(RelationCacheTarget.class, Map.of("master", RelationCacheTarget.PRIMARY)),
                    "primary",
                    "The node that is asked about tables and functions; others are if it is not to be had.")
            .single();

    public static final Parameter<Duration> TRACK_TABLE_MUTATION_COLD_START_DURATION = ROUTING.reload(
                    "track_table_mutation_cold_start_duration",
                    milliseconds(0, 60_000),
                    "2s",
                    "For dml_adaptive_global: how long after the start all reads go to the primary.")
            .notBuilt()
            .single();

    public static final Parameter<Duration> TRACK_TABLE_MUTATION_MAX_STALENESS = ROUTING.reload(
                    "track_table_mutation_max_staleness",
                    milliseconds(0, 3_600_000),
                    "1min",
                    "For dml_adaptive_global: the longest time for which a written table is read on the primary.")
            .notBuilt()
            .single();

    public static final Parameter<Integer> TRACK_TABLE_MUTATION_TABLE_BUCKETS = ROUTING.startup(
                    "track_table_mutation_table_buckets",
                    integer(64, 65_536),
                    "1024",
                    "For dml_adaptive_global: hash buckets of the map of written tables.")
            .notBuilt()
            .single();

    public static final Parameter<Integer> TRACK_TABLE_MUTATION_TABLE_SIZE = ROUTING.startup(
                    "track_table_mutation_table_size",
                    integer(128, 131_072),
                    "2048",
                    "For dml_adaptive_global: entries of the map of written tables.")
            .notBuilt()
            .single();

    public static final Parameter<Double> TRACK_TABLE_MUTATION_TTL_FACTOR = ROUTING.reload(
                    "track_table_mutation_ttl_factor",
                    between(1, 100),
                    "5",
                    "For dml_adaptive_global: times the measured delay, how long a written table is read on the primary.")
            .notBuilt()
            .single();

    private RoutingParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(ROUTING.definitions());
    }
}
