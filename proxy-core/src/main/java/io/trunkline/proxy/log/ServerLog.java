package io.trunkline.proxy.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.trunkline.config.MessageLevel;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/**
 * The log of the server.
 *
 * <p>Our loggers speak PostgreSQL's levels: {@code info} is LOG, {@code warn} WARNING, {@code error} ERROR, or FATAL
 * with the marker {@link #FATAL}; {@code debug} is DEBUG1 and {@code trace} DEBUG2. Libraries are heard from WARNING on,
 * whatever {@code log_min_messages} says, and so are ours until a server has called {@link #apply}. Until then lines go
 * to standard error at once.
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
        LogAppender appender = new LogAppender(StandardError.ofProcess(), Clock.systemDefaultZone(), Syslog.SOCKET);
        appender.setContext(context);
        appender.setName("log");
        appender.addFilter(threshold);
        appender.start();

        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(appender);
        context.putObject(LogThreshold.class.getName(), threshold);
        context.putObject(LogAppender.class.getName(), appender);
    }

    /** Puts the settings in force, from the next message on; at the first call writing begins. Any thread. */
    public static void apply(LogSettings settings) {
        setMinimum(settings.minimum());
        appender().ifPresent(appender -> appender.apply(settings));
    }

    /**
     * Begins a new file, a moment later. Any thread.
     *
     * @return false if there are no files: logging_collector is off
     */
    public static boolean rotate() {
        return appender().map(LogAppender::rotate).orElse(false);
    }

    /** Returns when what was logged has been written, or that takes too long; what comes goes to standard error. */
    public static void close() {
        appender().ifPresent(LogAppender::endWriting);
    }

    private static Optional<LogAppender> appender() {
        return context()
                .map(context -> Objects.requireNonNull((LogAppender) context.getObject(LogAppender.class.getName())));
    }

    private static Optional<LoggerContext> context() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        return factory instanceof LoggerContext context ? Optional.of(context) : Optional.empty();
    }

    /** Sets {@code log_min_messages}; it holds from the next message on. Any thread. */
    static void setMinimum(MessageLevel minimum) {
        context().ifPresent(context -> {
            Objects.requireNonNull((LogThreshold) context.getObject(LogThreshold.class.getName()))
                    .setMinimum(minimum);
            context.getLogger(OURS).setLevel(loggerLevel(minimum));
        });
    }

    /** The logger level below which nothing can come through, so that such messages are not even made. */
    private static Level loggerLevel(MessageLevel minimum) {
        if (minimum.compareTo(MessageLevel.DEBUG2) <= 0) {
            return Level.TRACE;
        }
        return minimum == MessageLevel.DEBUG1 ? Level.DEBUG : Level.INFO;
    }
}
