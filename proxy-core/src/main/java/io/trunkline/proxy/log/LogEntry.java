package io.trunkline.proxy.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.trunkline.config.MessageLevel;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * A message on its way to a line.
 *
 * @param number of the message since the start of the process
 * @param process the kind of process that would say so in Pgpool-II
 * @param logger name of the logger, which is a class or a subject
 * @param stack of an exception, else null
 */
record LogEntry(
        long number,
        Instant time,
        MessageLevel level,
        String process,
        String logger,
        String message,
        @Nullable String detail,
        @Nullable String stack,
        @Nullable LoggedClient client) {

    static LogEntry of(ILoggingEvent event, long number) {
        String detail = null;
        LoggedClient client = null;
        if (event.getKeyValuePairs() != null) {
            for (KeyValuePair pair : event.getKeyValuePairs()) {
                if (pair.key.equals(LogFields.CLIENT) && pair.value instanceof LoggedClient who) {
                    client = who;
                } else if (pair.key.equals(LogFields.DETAIL)) {
                    detail = String.valueOf(pair.value);
                }
            }
        }
        return new LogEntry(
                number,
                event.getInstant() == null ? Instant.ofEpochMilli(event.getTimeStamp()) : event.getInstant(),
                levelOf(event),
                ProcessName.of(event.getThreadName(), event.getLoggerName()),
                event.getLoggerName(),
                event.getFormattedMessage().stripTrailing(),
                detail,
                event.getThrowableProxy() == null
                        ? null
                        : ThrowableProxyUtil.asString(event.getThrowableProxy()).stripTrailing(),
                client);
    }

    /** A message of the log about itself. */
    static LogEntry own(long number, Instant time, MessageLevel level, String message) {
        return new LogEntry(
                number, time, level, ProcessName.LOGGER, LogEntry.class.getName(), message, null, null, null);
    }

    /** The level of a message in PostgreSQL's words. */
    static MessageLevel levelOf(ILoggingEvent event) {
        return switch (event.getLevel().toInt()) {
            case Level.ERROR_INT ->
                event.getMarkerList() != null && event.getMarkerList().contains(ServerLog.FATAL)
                        ? MessageLevel.FATAL
                        : MessageLevel.ERROR;
            case Level.WARN_INT -> MessageLevel.WARNING;
            case Level.INFO_INT -> MessageLevel.LOG;
            case Level.DEBUG_INT -> MessageLevel.DEBUG1;
            default -> MessageLevel.DEBUG2;
        };
    }
}
