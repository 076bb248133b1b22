package io.trunkline.config;

import static io.trunkline.config.DurationType.minutes;
import static io.trunkline.config.SizeType.kilobytes;
import static io.trunkline.config.Types.MAX;
import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.oneOf;
import static io.trunkline.config.Types.text;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is logged and where to, and the files that Trunkline writes beside the log. */
public final class LoggingParameters {
    /** {@code log_destination}. */
    public enum LogDestination {
        STDERR,
        SYSLOG
    }

    /** {@code log_format}. */
    public enum LogFormat {
        TEXT,
        JSON
    }

    /** {@code log_error_verbosity}. */
    public enum Verbosity {
        TERSE,
        DEFAULT,
        VERBOSE
    }

    /** {@code log_backend_messages}. */
    public enum BackendMessageLog {
        NONE,
        TERSE,
        VERBOSE
    }

    /** {@code syslog_facility}; the words are upper case in Pgpool-II. */
    public enum SyslogFacility {
        LOCAL0,
        LOCAL1,
        LOCAL2,
        LOCAL3,
        LOCAL4,
        LOCAL5,
        LOCAL6,
        LOCAL7
    }

    private static final Map<String, MessageLevel> OLD_LEVELS = Map.of("debug", MessageLevel.DEBUG2);

    private static final Section LOGGING = new Section(Group.LOGGING);

    public static final Parameter<Set<LogDestination>> LOG_DESTINATION = LOGGING.reload(
                    "log_destination", EnumSetType.of(LogDestination.class), "stderr", "Where the log goes.")
            .single();

    public static final Parameter<LogFormat> LOG_FORMAT = LOGGING.reload(
                    "log_format",
                    oneOf(LogFormat.class),
                    "text",
                    "Form of the log on standard error and in files: lines of text, or a JSON object a line.")
            .own()
            .single();

    public static final Parameter<SyslogFacility> SYSLOG_FACILITY = LOGGING.reload(
                    "syslog_facility",
                    EnumType.inUpperCase(SyslogFacility.class),
                    "LOCAL0",
                    "Facility under which syslog files the log.")
            .single();

    public static final Parameter<String> SYSLOG_IDENT = LOGGING.reload(
                    "syslog_ident", text(), "pgpool", "Name of the program in syslog.")
            .single();

    public static final Parameter<Boolean> LOGGING_COLLECTOR = LOGGING.startup(
                    "logging_collector", bool(), "off", "Writes the log to files that are rotated.")
            .single();

    public static final Parameter<String> LOG_DIRECTORY = LOGGING.reload(
                    "log_directory",
                    text(),
                    "/tmp/pgpool_logs",
                    "Directory of these files; it is made if it does not exist.")
            .single();

    public static final Parameter<String> LOG_FILENAME = LOGGING.reload(
                    "log_filename",
                    text(),
                    "pgpool-%Y-%m-%d_%H%M%S.log",
                    "Name of these files, with the place holders of strftime.")
            .single();

    public static final Parameter<Integer> LOG_FILE_MODE = LOGGING.reload(
                    "log_file_mode", IntegerType.permissions(), "0600", "Access permissions of these files.")
            .single();

    public static final Parameter<Boolean> LOG_TRUNCATE_ON_ROTATION = LOGGING.reload(
                    "log_truncate_on_rotation",
                    bool(),
                    "off",
                    "Empties a file of the same name instead of adding to it, when time makes for a new file.")
            .single();

    public static final Parameter<Duration> LOG_ROTATION_AGE = LOGGING.reload(
                    "log_rotation_age", minutes(0, MAX), "1d", "After what time a new file is begun; 0 is never.")
            .single();

    public static final Parameter<Long> LOG_ROTATION_SIZE = LOGGING.reload(
                    "log_rotation_size",
                    kilobytes(0, MAX / 1024),
                    "10MB",
                    "From what size on a new file is begun; 0 is never.")
            .single();

    public static final Parameter<String> LOG_LINE_PREFIX = LOGGING.reload(
                    "log_line_prefix",
                    text(),
                    "%m: %a pid %p: %q[%c %u@%d %r] ",
                    "Beginning of a line of the log; % and a letter stand for time, user, database and more.")
            .single();

    public static final Parameter<MessageLevel> LOG_MIN_MESSAGES = LOGGING.session(
                    "log_min_messages",
                    oneOf(MessageLevel.class, OLD_LEVELS),
                    "warning",
                    "The least important messages that are logged.")
            .single();

    public static final Parameter<MessageLevel> CLIENT_MIN_MESSAGES = LOGGING.session(
                    "client_min_messages",
                    oneOf(MessageLevel.class, OLD_LEVELS),
                    "notice",
                    "The least important messages of Trunkline that clients get.")
            .single();

    public static final Parameter<Verbosity> LOG_ERROR_VERBOSITY = LOGGING.session(
                    "log_error_verbosity", oneOf(Verbosity.class), "default", "How detailed logged messages are.")
            .single();

    public static final Parameter<Boolean> LOG_CONNECTIONS = LOGGING.reload(
                    "log_connections", bool(), "off", "Logs each connection of a client.")
            .single();

    public static final Parameter<Boolean> LOG_DISCONNECTIONS = LOGGING.reload(
                    "log_disconnections", bool(), "off", "Logs the end of each session and how long it was.")
            .single();

    public static final Parameter<Boolean> LOG_HOSTNAME = LOGGING.reload(
                    "log_hostname", bool(), "off", "Logs the name of a client's host and not only its address.")
            .single();

    public static final Parameter<Boolean> LOG_STATEMENT = LOGGING.session(
                    "log_statement", bool(), "off", "Logs each statement of a client.")
            .single();

    public static final Parameter<Boolean> LOG_PER_NODE_STATEMENT = LOGGING.session(
                    "log_per_node_statement", bool(), "off", "Logs each statement with the node that it is sent to.")
            .single();

    public static final Parameter<Boolean> NOTICE_PER_NODE_STATEMENT = LOGGING.session(
                    "notice_per_node_statement", bool(), "off", "Tells the same to the client, as a notice.")
            .single();

    public static final Parameter<Boolean> LOG_CLIENT_MESSAGES = LOGGING.session(
                    "log_client_messages", bool(), "off", "Logs the protocol messages that clients send.")
            .single();

    public static final Parameter<BackendMessageLog> LOG_BACKEND_MESSAGES = LOGGING.session(
                    "log_backend_messages",
                    oneOf(BackendMessageLog.class),
                    "none",
                    "Logs the protocol messages that nodes send.")
            .single();

    public static final Parameter<Boolean> LOG_PCP_PROCESSES = LOGGING.reload(
                    "log_pcp_processes", bool(), "off", "Logs the beginning and end of PCP connections.")
            .single();

    private static final Section FILES = new Section(Group.FILES);

    public static final Parameter<String> PID_FILE_NAME = FILES.startup(
                    "pid_file_name", text(), "/var/run/pgpool/pgpool.pid", "File of the process id.")
            .single();

    public static final Parameter<String> WORK_DIR = FILES.startup(
                    "work_dir", text(), "/tmp", "Directory of the file that keeps the state of the nodes.")
            .formerly("logdir")
            .single();

    private LoggingParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(LOGGING.definitions(), FILES.definitions());
    }
}
