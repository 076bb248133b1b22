package io.trunkline.config;

import static io.trunkline.config.DurationType.milliseconds;
import static io.trunkline.config.DurationType.seconds;
import static io.trunkline.config.SizeType.bytes;
import static io.trunkline.config.Types.MAX;
import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.oneOf;
import static io.trunkline.config.Types.text;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;

/** Watching the delay of standbys, and replication by statement. */
public final class ReplicationParameters {
    /** {@code log_standby_delay}. */
    public enum StandbyDelayLog {
        ALWAYS,
        IF_OVER_THRESHOLD,
        NONE
    }

    private static final Section CHECK = new Section(Group.REPLICATION_CHECK);

    public static final Parameter<Duration> SR_CHECK_PERIOD = CHECK.reload(
                    "sr_check_period",
                    seconds(0, MAX),
                    "10s",
                    "Time between two checks of which node is the primary and how far the standbys are behind; 0 is off.")
            .single();

    public static final Parameter<String> SR_CHECK_USER =
            CHECK.reload("sr_check_user", text(), "", "User of these checks.").single();

    public static final Parameter<String> SR_CHECK_PASSWORD = CHECK.reload(
                    "sr_check_password",
                    text(),
                    "",
                    "Password of that user, also with the prefix TEXT, AES or md5; empty takes the entry in pool_passwd.")
            .secret()
            .single();

    public static final Parameter<String> SR_CHECK_DATABASE = CHECK.reload(
                    "sr_check_database", text(), "postgres", "Database of these checks.")
            .single();

    public static final Parameter<Long> DELAY_THRESHOLD = CHECK.reload(
                    "delay_threshold",
                    bytes(0, Long.MAX_VALUE),
                    "0",
                    "A standby further behind than this, or of unknown delay, gets no reads; 0 is off. It needs sr_check_period and"
                            + " sr_check_user.")
            .single();

    public static final Parameter<Duration> DELAY_THRESHOLD_BY_TIME = CHECK.reload(
                    "delay_threshold_by_time",
                    milliseconds(0, MAX),
                    "0",
                    "The same as a time, and used instead if not 0. It needs backend_application_name.")
            .single();

    public static final Parameter<Boolean> PREFER_LOWER_DELAY_STANDBY = CHECK.reload(
                    "prefer_lower_delay_standby",
                    bool(),
                    "off",
                    "In place of a standby that is too far behind, takes the one least behind instead of the primary.")
            .single();

    public static final Parameter<StandbyDelayLog> LOG_STANDBY_DELAY = CHECK.reload(
                    "log_standby_delay",
                    oneOf(StandbyDelayLog.class),
                    "if_over_threshold",
                    "When the delay of standbys is logged.")
            .single();

    public static final Parameter<String> REPLICATION_DELAY_SOURCE_CMD = CHECK.reload(
                    "replication_delay_source_cmd",
                    text(),
                    "",
                    "Command that prints the delays, in place of queries to the nodes.")
            .notBuilt()
            .single();

    public static final Parameter<Duration> REPLICATION_DELAY_SOURCE_TIMEOUT = CHECK.reload(
                    "replication_delay_source_timeout", seconds(1, 3600), "10s", "How long that command may take.")
            .notBuiltPartOf("replication_delay_source_cmd")
            .single();

    private static final Section REPLICATION = new Section(Group.REPLICATION);

    public static final Parameter<Boolean> REPLICATE_SELECT = REPLICATION
            .reload("replicate_select", bool(), "off", "Sends reads to all nodes, not only writes.")
            .notBuiltPartOf("backend_clustering_mode")
            .single();

    public static final Parameter<Boolean> INSERT_LOCK = REPLICATION
            .reload(
                    "insert_lock",
                    bool(),
                    "on",
                    "Locks a table with a serial column before an INSERT, so that all nodes draw the same numbers.")
            .notBuiltPartOf("backend_clustering_mode")
            .single();

    public static final Parameter<String> LOBJ_LOCK_TABLE = REPLICATION
            .reload("lobj_lock_table", text(), "", "Table that is locked while a large object is made.")
            .notBuiltPartOf("backend_clustering_mode")
            .single();

    public static final Parameter<Boolean> REPLICATION_STOP_ON_MISMATCH = REPLICATION
            .reload(
                    "replication_stop_on_mismatch",
                    bool(),
                    "off",
                    "Detaches the minority of nodes that answer with another kind of message.")
            .notBuiltPartOf("backend_clustering_mode")
            .single();

    public static final Parameter<Boolean> FAILOVER_IF_AFFECTED_TUPLES_MISMATCH = REPLICATION
            .reload(
                    "failover_if_affected_tuples_mismatch",
                    bool(),
                    "off",
                    "Detaches the minority of nodes where a write touched another number of rows.")
            .notBuiltPartOf("backend_clustering_mode")
            .single();

    private ReplicationParameters() {}

    static List<List<ParameterDefinition<?>>> checkSections() {
        return List.of(CHECK.definitions());
    }

    static List<List<ParameterDefinition<?>>> replicationSections() {
        return List.of(REPLICATION.definitions());
    }
}
