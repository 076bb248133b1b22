package io.trunkline.config;

import static io.trunkline.config.DurationType.seconds;
import static io.trunkline.config.Types.MAX;
import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.integer;
import static io.trunkline.config.Types.list;
import static io.trunkline.config.Types.nameLimits;
import static io.trunkline.config.Types.oneOf;
import static io.trunkline.config.Types.poolModes;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;

/** How many sessions are served, and how backend connections are kept. */
public final class PoolParameters {
    /** {@code process_management_mode}. */
    public enum ProcessManagementMode {
        STATIC,
        DYNAMIC
    }

    /** {@code process_management_strategy}. */
    public enum ProcessManagementStrategy {
        AGGRESSIVE,
        GENTLE,
        LAZY
    }

    private static final Section POOL = new Section(Group.POOL);

    public static final Parameter<Integer> NUM_INIT_CHILDREN = POOL.startup(
                    "num_init_children",
                    integer(1, MAX),
                    "32",
                    "Client sessions served at once. Further clients wait their turn in the order of their arrival.")
            .single();

    public static final Parameter<Integer> RESERVED_CONNECTIONS = POOL.startup(
                    "reserved_connections",
                    integer(0, MAX),
                    "0",
                    "If not 0, clients beyond num_init_children less this number are refused instead of made to wait.")
            .single();

    public static final Parameter<List<NameLimit>> MAX_USER_SESSIONS = POOL.reload(
                    "max_user_sessions",
                    nameLimits(),
                    "0",
                    "Sessions that one user may have at once: a number for all, or regex:number for some; more are refused.")
            .own()
            .single();

    public static final Parameter<List<NameLimit>> MAX_DB_SESSIONS = POOL.reload(
                    "max_db_sessions",
                    nameLimits(),
                    "0",
                    "Sessions that one database may have at once: a number for all, or regex:number for some; more are"
                            + " refused.")
            .own()
            .single();

    public static final Parameter<Duration> CLIENT_WAIT_TIMEOUT = POOL.reload(
                    "client_wait_timeout",
                    seconds(0, MAX),
                    "0",
                    "How long a client waits for its turn or for a backend before it gets an error; 0 is without limit.")
            .own()
            .single();

    public static final Parameter<Duration> CLIENT_WAIT_NOTICE = POOL.reload(
                    "client_wait_notice",
                    seconds(0, MAX),
                    "5s",
                    "How long a statement waits for a backend before its client gets a notice of that; 0 is never.")
            .own()
            .single();

    public static final Parameter<PoolMode> POOL_MODE = POOL.reload(
                    "pool_mode",
                    oneOf(PoolMode.class),
                    "session",
                    "When a session gives back the backend connections that it has used: at its end, or after each"
                            + " transaction.")
            .own()
            .single();

    public static final Parameter<List<NamedPoolMode>> DATABASE_POOL_MODE_LIST = POOL.reload(
                    "database_pool_mode_list",
                    poolModes(),
                    "",
                    "pool_mode by the name of the database: regex:session or regex:transaction.")
            .own()
            .single();

    public static final Parameter<List<NamedPoolMode>> USER_POOL_MODE_LIST = POOL.reload(
                    "user_pool_mode_list",
                    poolModes(),
                    "",
                    "pool_mode by the name of the user, before the list by database.")
            .own()
            .single();

    public static final Parameter<Integer> MAX_PREPARED_STATEMENTS = POOL.startup(
                    "max_prepared_statements",
                    integer(1, 100_000),
                    "200",
                    "How many prepared statements of clients are kept on a backend connection that is given back after each"
                            + " transaction; the one unused longest makes room.")
            .own()
            .single();

    public static final Parameter<Integer> MAX_POOL = POOL.startup(
                    "max_pool",
                    integer(0, MAX),
                    "4",
                    "Times num_init_children, the most backend connections that are open to a node.")
            .single();

    public static final Parameter<Integer> BACKEND_POOL_SIZE = POOL.startup(
                    "backend_pool_size",
                    integer(0, MAX),
                    "0",
                    "The most backend connections for one user and database on one node; 0 means num_init_children times"
                            + " max_pool, and 20 with pool_mode transaction.")
            .own()
            .single();

    public static final Parameter<Integer> BACKEND_MAX_CONNECTIONS = POOL.startup(
                    "backend_max_connections",
                    integer(0, MAX),
                    "0",
                    "The most backend connections that are open to a node; 0 means num_init_children times max_pool.")
            .own()
            .single();

    public static final Parameter<Boolean> CONNECTION_CACHE = POOL.startup(
                    "connection_cache",
                    bool(),
                    "on",
                    "Keeps backend connections for later sessions. Those of template0, template1, postgres and regression"
                            + " are never kept.")
            .single();

    public static final Parameter<Duration> CONNECTION_LIFE_TIME = POOL.startup(
                    "connection_life_time",
                    seconds(0, MAX),
                    "0",
                    "How long an unused backend connection is kept; 0 is without limit.")
            .single();

    public static final Parameter<Duration> CHILD_LIFE_TIME = POOL.startup(
                    "child_life_time",
                    seconds(0, MAX),
                    "5min",
                    "How long a slot of num_init_children may stand unused before its backend connections are closed; 0 is"
                            + " without limit.")
            .single();

    public static final Parameter<Integer> CHILD_MAX_CONNECTIONS = POOL.startup(
                    "child_max_connections",
                    integer(0, MAX),
                    "0",
                    "After how many client sessions the backend connections of a slot are closed; 0 is without limit.")
            .single();

    public static final Parameter<Duration> CLIENT_IDLE_LIMIT = POOL.session(
                    "client_idle_limit",
                    seconds(0, MAX),
                    "0",
                    "How long a client may be silent after its last query before it is disconnected; 0 is without limit.")
            .single();

    public static final Parameter<List<String>> RESET_QUERY_LIST = POOL.reload(
                    "reset_query_list",
                    list(';'),
                    "ABORT;DISCARD ALL",
                    "Statements, separated by semicolons, that clean a backend connection after a session.")
            .single();

    public static final Parameter<Boolean> REUSE_UNNAMED_STATEMENTS = POOL.reload(
                    "reuse_unnamed_statements",
                    bool(),
                    "off",
                    "Keeps statements that clients parse again and again without a name on the servers, which then plan them"
                            + " as named ones: with generic plans where those seem to cost no more.")
            .own()
            .single();

    public static final Parameter<ProcessManagementMode> PROCESS_MANAGEMENT_MODE = POOL.reload(
                    "process_management_mode",
                    oneOf(ProcessManagementMode.class),
                    "static",
                    "Whether child processes are all started at once or as needed. Trunkline has no child processes.")
            .notNeeded()
            .single();

    public static final Parameter<ProcessManagementStrategy> PROCESS_MANAGEMENT_STRATEGY = POOL.reload(
                    "process_management_strategy",
                    oneOf(ProcessManagementStrategy.class),
                    "gentle",
                    "How soon spare child processes are ended. Trunkline has no child processes.")
            .notNeeded()
            .single();

    public static final Parameter<Integer> MIN_SPARE_CHILDREN = POOL.reload(
                    "min_spare_children",
                    integer(1, MAX),
                    "5",
                    "The fewest spare child processes. Trunkline has no child processes.")
            .notNeeded()
            .single();

    public static final Parameter<Integer> MAX_SPARE_CHILDREN = POOL.reload(
                    "max_spare_children",
                    integer(1, MAX),
                    "10",
                    "The most spare child processes. Trunkline has no child processes.")
            .notNeeded()
            .single();

    private PoolParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(POOL.definitions());
    }
}
