package io.trunkline.proxy.session;

import io.trunkline.config.LoggingParameters;
import io.trunkline.config.LoggingParameters.BackendMessageLog;
import io.trunkline.config.MessageLevel;
import io.trunkline.config.PgpoolConfig;

/**
 * What the configuration says about the log of sessions, and about what their clients are told.
 *
 * @param nodeStatements log_per_node_statement
 * @param nodeNotices notice_per_node_statement
 * @param clientMinimum client_min_messages
 */
public record SessionLogging(
        boolean connections,
        boolean disconnections,
        boolean hostNames,
        boolean statements,
        boolean nodeStatements,
        boolean nodeNotices,
        boolean clientMessages,
        BackendMessageLog backendMessages,
        MessageLevel clientMinimum) {
    /** Nothing is logged. */
    public static final SessionLogging NONE = new SessionLogging(
            false, false, false, false, false, false, false, BackendMessageLog.NONE, MessageLevel.NOTICE);

    public static SessionLogging of(PgpoolConfig config) {
        return new SessionLogging(
                config.get(LoggingParameters.LOG_CONNECTIONS),
                config.get(LoggingParameters.LOG_DISCONNECTIONS),
                config.get(LoggingParameters.LOG_HOSTNAME),
                config.get(LoggingParameters.LOG_STATEMENT),
                config.get(LoggingParameters.LOG_PER_NODE_STATEMENT),
                config.get(LoggingParameters.NOTICE_PER_NODE_STATEMENT),
                config.get(LoggingParameters.LOG_CLIENT_MESSAGES),
                config.get(LoggingParameters.LOG_BACKEND_MESSAGES),
                config.get(LoggingParameters.CLIENT_MIN_MESSAGES));
    }

    /** Whether the texts of statements are wanted. */
    boolean asksForStatements() {
        return statements || nodeStatements || nodeNotices;
    }

    /** Whether clients get notices. */
    boolean tellsNotices() {
        return clientMinimum.compareTo(MessageLevel.NOTICE) <= 0 || tellsLog();
    }

    /** Whether clients get what is logged of their sessions; for them LOG ranks below NOTICE, as in PostgreSQL. */
    boolean tellsLog() {
        return clientMinimum.compareTo(MessageLevel.DEBUG1) <= 0 || clientMinimum == MessageLevel.LOG;
    }
}
