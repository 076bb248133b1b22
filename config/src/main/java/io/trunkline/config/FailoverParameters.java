package io.trunkline.config;

import static io.trunkline.config.DurationType.seconds;
import static io.trunkline.config.Types.MAX;
import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.integer;
import static io.trunkline.config.Types.oneOf;
import static io.trunkline.config.Types.text;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;

/** Finding out that a node has failed, and what happens then. */
public final class FailoverParameters {
    private static final Section HEALTH_CHECK = new Section(Group.HEALTH_CHECK);

    public static final NodeParameter<Duration> HEALTH_CHECK_PERIOD = HEALTH_CHECK
            .reload(
                    "health_check_period",
                    seconds(0, MAX),
                    "0",
                    "Time between the end of one check and the next; 0 is off.")
            .perNodeOrBare();

    public static final NodeParameter<Duration> HEALTH_CHECK_TIMEOUT = HEALTH_CHECK
            .reload(
                    "health_check_timeout",
                    seconds(0, MAX),
                    "20s",
                    "How long one check may take in all; 0 is without limit.")
            .perNodeOrBare();

    public static final NodeParameter<String> HEALTH_CHECK_USER = HEALTH_CHECK
            .reload("health_check_user", text(), "", "User of the checks.")
            .perNodeOrBare();

    public static final NodeParameter<String> HEALTH_CHECK_PASSWORD = HEALTH_CHECK
            .reload(
                    "health_check_password",
                    text(),
                    "",
                    "Password of that user, also with the prefix TEXT, AES or md5; empty takes the entry in pool_passwd.")
            .secret()
            .perNodeOrBare();

    public static final NodeParameter<String> HEALTH_CHECK_DATABASE = HEALTH_CHECK
            .reload(
                    "health_check_database",
                    text(),
                    "postgres",
                    "Database of the checks; empty tries postgres, then template1.")
            .perNodeOrBare();

    public static final NodeParameter<String> HEALTH_CHECK_QUERY = HEALTH_CHECK
            .reload(
                    "health_check_query",
                    text(),
                    "",
                    "Query that a check runs besides, which must end within the check's time; empty is none.")
            .own()
            .perNodeOrBare();

    public static final NodeParameter<Integer> HEALTH_CHECK_MAX_RETRIES = HEALTH_CHECK
            .reload(
                    "health_check_max_retries",
                    integer(0, MAX),
                    "0",
                    "How often a failed check is repeated before the node counts as down.")
            .perNodeOrBare();

    public static final NodeParameter<Duration> HEALTH_CHECK_RETRY_DELAY = HEALTH_CHECK
            .reload("health_check_retry_delay", seconds(0, MAX), "1s", "Time between two such repetitions.")
            .perNodeOrBare();

    public static final Parameter<Boolean> HEALTH_CHECK_TEST = HEALTH_CHECK
            .startup(
                    "health_check_test",
                    bool(),
                    "off",
                    "For tests: health checks of node N fail while the file backend_down_request in work_dir has the line N,"
                            + " tab, down.")
            .single();

    public static final Parameter<Duration> HEALTH_CHECK_NOT_READY_GRACE = HEALTH_CHECK
            .reload(
                    "health_check_not_ready_grace",
                    seconds(0, MAX),
                    "1min",
                    "How long a server that was up before may answer that it is starting, recovering or shutting down"
                            + " (57P03) and still count as alive; 0 takes that answer as a failure at once.")
            .own()
            .single();

    private static final Section FAILOVER = new Section(Group.FAILOVER);

    public static final Parameter<String> FAILOVER_COMMAND = FAILOVER.reload(
                    "failover_command",
                    text(),
                    "",
                    "Shell command run when a node is detached; % and a letter stand for nodes, ports and directories.")
            .single();

    public static final Parameter<String> FAILBACK_COMMAND = FAILOVER.reload(
                    "failback_command",
                    text(),
                    "",
                    "Shell command run when a node is attached, with the same place holders.")
            .single();

    public static final Parameter<String> FOLLOW_PRIMARY_COMMAND = FAILOVER.reload(
                    "follow_primary_command",
                    text(),
                    "",
                    "Shell command run for each other standby after the primary has changed, with the same place holders.")
            .formerly("follow_master_command")
            .single();

    public static final Parameter<Boolean> FAILOVER_ON_BACKEND_ERROR = FAILOVER.reload(
                    "failover_on_backend_error",
                    bool(),
                    "on",
                    "Takes a broken connection to a node as its failure; otherwise only the client learns of it.")
            .formerly("fail_over_on_backend_error")
            .single();

    public static final Parameter<Boolean> FAILOVER_ON_BACKEND_SHUTDOWN = FAILOVER.reload(
                    "failover_on_backend_shutdown",
                    bool(),
                    "off",
                    "Takes the message that a node is being shut down as its failure.")
            .single();

    public static final Parameter<Boolean> DETACH_FALSE_PRIMARY = FAILOVER.reload(
                    "detach_false_primary",
                    bool(),
                    "off",
                    "Detaches a node that calls itself the primary while the standbys follow another.")
            .single();

    public static final Parameter<Duration> SEARCH_PRIMARY_NODE_TIMEOUT = FAILOVER.reload(
                    "search_primary_node_timeout",
                    seconds(0, MAX),
                    "5min",
                    "How long a new primary is searched for after a failover; 0 is without limit.")
            .single();

    public static final Parameter<Boolean> AUTO_FAILBACK = FAILOVER.reload(
                    "auto_failback",
                    bool(),
                    "off",
                    "Attaches a standby again by itself once it streams from the primary.")
            .single();

    public static final Parameter<Duration> AUTO_FAILBACK_INTERVAL = FAILOVER.reload(
                    "auto_failback_interval",
                    seconds(0, MAX),
                    "1min",
                    "The shortest time between two such attachments of a node.")
            .single();

    public static final Parameter<Boolean> FAILOVER_WHEN_QUORUM_EXISTS = FAILOVER.startup(
                    "failover_when_quorum_exists",
                    bool(),
                    "on",
                    "With the watchdog: does a failover only with a quorum; without one, the node is put in quarantine.")
            .notBuiltPartOf("use_watchdog")
            .single();

    public static final Parameter<Boolean> FAILOVER_REQUIRE_CONSENSUS = FAILOVER.startup(
                    "failover_require_consensus",
                    bool(),
                    "on",
                    "With the watchdog: does a failover only if a majority of its nodes sees the failure.")
            .notBuiltPartOf("use_watchdog")
            .single();

    public static final Parameter<Boolean> ALLOW_MULTIPLE_FAILOVER_REQUESTS_FROM_NODE = FAILOVER.startup(
                    "allow_multiple_failover_requests_from_node",
                    bool(),
                    "off",
                    "With the watchdog: counts each report of a node as a vote instead of one a node.")
            .notBuiltPartOf("use_watchdog")
            .single();

    public static final Parameter<Boolean> ENABLE_CONSENSUS_WITH_HALF_VOTES = FAILOVER.startup(
                    "enable_consensus_with_half_votes",
                    bool(),
                    "off",
                    "With the watchdog: lets exactly half of the votes pass as a majority.")
            .notBuiltPartOf("use_watchdog")
            .single();

    private static final Section RECOVERY = new Section(Group.RECOVERY);

    public static final Parameter<RecoveryMode> RECOVERY_MODE = RECOVERY.reload(
                    "recovery_mode",
                    oneOf(RecoveryMode.class),
                    "commands",
                    "How a node is recovered: commands calls the scripts on the primary as Pgpool-II does; builtin runs"
                            + " pg_rewind or pg_basebackup here, for a backend_data_directory on this host.")
            .own()
            .single();

    public static final Parameter<String> RECOVERY_BIN_DIRECTORY = RECOVERY.reload(
                    "recovery_bin_directory",
                    text(),
                    "",
                    "Directory of PostgreSQL's programs for recovery_mode = builtin; empty looks on the PATH and in"
                            + " /usr/lib/postgresql and /usr/pgsql-N for those of the data directory's version.")
            .own()
            .single();

    public static final Parameter<String> RECOVERY_USER = RECOVERY.reload(
                    "recovery_user", text(), "", "Superuser that runs online recovery.")
            .single();

    public static final Parameter<String> RECOVERY_PASSWORD = RECOVERY.reload(
                    "recovery_password",
                    text(),
                    "",
                    "Password of that user, also with the prefix TEXT, AES or md5; empty takes the entry in pool_passwd.")
            .secret()
            .single();

    public static final Parameter<String> RECOVERY_DATABASE = RECOVERY.reload(
                    "recovery_database",
                    text(),
                    "postgres",
                    "Database that has the recovery functions; postgres, or empty, tries template1 too.")
            .single();

    public static final Parameter<String> RECOVERY_1ST_STAGE_COMMAND = RECOVERY.reload(
                    "recovery_1st_stage_command",
                    text(),
                    "",
                    "Script in the primary's data directory that copies the data, while clients go on.")
            .single();

    public static final Parameter<String> RECOVERY_2ND_STAGE_COMMAND = RECOVERY.reload(
                    "recovery_2nd_stage_command",
                    text(),
                    "",
                    "Script for the rest, while clients are kept out; for replication by statement only.")
            .notBuilt()
            .single();

    public static final Parameter<Duration> RECOVERY_TIMEOUT = RECOVERY.reload(
                    "recovery_timeout",
                    seconds(0, MAX),
                    "90s",
                    "How long to wait for the clients to leave and for the recovered server to come up.")
            .single();

    public static final Parameter<Duration> CLIENT_IDLE_LIMIT_IN_RECOVERY = RECOVERY.session(
                    "client_idle_limit_in_recovery",
                    seconds(-1, MAX),
                    "0",
                    "In the second stage, how long a client may be silent before it is disconnected; 0 is without limit,"
                            + " -1 disconnects at once.")
            .notBuiltPartOf("recovery_2nd_stage_command")
            .single();

    private FailoverParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(
                HEALTH_CHECK.definitions(),
                FAILOVER.definitions(),
                ContinuityParameters.definitions(),
                RECOVERY.definitions());
    }
}
