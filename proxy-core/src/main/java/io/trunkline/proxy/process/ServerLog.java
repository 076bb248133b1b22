package io.trunkline.proxy.process;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import io.trunkline.config.MessageLevel;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/**
 * The log of the server, on standard error in the form of {@link LogLine}.
 *
 * <p>Our loggers speak PostgreSQL's levels: {@code info} is LOG, {@code warn} WARNING, {@code error} ERROR, or FATAL
 * with the marker {@link #FATAL}; {@code debug} is DEBUG1 and {@code trace} DEBUG2. Libraries are heard from WARNING on,
 * whatever {@code log_min_messages} says, and so are ours until a server has called {@link #setMinimum}.
 */
public final class ServerLog {
    /** Marks an error after which the process ends. */
    public static final Marker FATAL = MarkerFactory.getMarker("FATAL");

    private static final String OURS = "io.trunkline";

    private ServerLog() {}

    static void install(LoggerContext context) {
        LogThreshold threshold = new LogThreshold();
        threshold.setContext(context);
        threshold.start();

        LogLine line = new LogLine(ProcessHandle.current().pid());
        line.setContext(context);
        line.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(line);
        encoder.start();

        OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
        appender.setContext(context);
        appender.setName("stderr");
        appender.setEncoder(encoder);
        // System.err would take a line apart; this way each one is a single write.
        appender.setOutputStream(new FileOutputStream(FileDescriptor.err));
        appender.addFilter(threshold);
        appender.start();

        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(appender);
        context.putObject(LogThreshold.class.getName(), threshold);
    }

    /** Sets {@code log_min_messages}; it holds from the next message on. Any thread. */
    public static void setMinimum(MessageLevel minimum) {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext context) {
            Objects.requireNonNull((LogThreshold) context.getObject(LogThreshold.class.getName()))
                    .setMinimum(minimum);
            context.getLogger(OURS).setLevel(loggerLevel(minimum));
        }
    }

    /** The logger level below which nothing can come through, so that such messages are not even made. */
    private static Level loggerLevel(MessageLevel minimum) {
        if (minimum.compareTo(MessageLevel.DEBUG2) <= 0) {
            return Level.TRACE;
        }
        return minimum == MessageLevel.DEBUG1 ? Level.DEBUG : Level.INFO;
    }

    /** The level of a message in PostgreSQL's words. */
    static MessageLevel levelOf(ILoggingEvent event) {
        return switch (event.getLevel().toInt()) {
            case Level.ERROR_INT ->
                event.getMarkerList() != null && event.getMarkerList().contains(FATAL)
                        ? MessageLevel.FATAL
                        : MessageLevel.ERROR;
            case Level.WARN_INT -> MessageLevel.WARNING;
            case Level.INFO_INT -> MessageLevel.LOG;
            case Level.DEBUG_INT -> MessageLevel.DEBUG1;
            default -> MessageLevel.DEBUG2;
        };
    }
}
