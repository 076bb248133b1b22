package io.trunkline.proxy.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.trunkline.config.LoggingParameters;
import io.trunkline.config.LoggingParameters.LogFormat;
import io.trunkline.config.LoggingParameters.Verbosity;
import io.trunkline.config.MessageLevel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes lines of messages, on the thread that logs, and hands them to the {@link LogWriter}. Before there is one, and
 * after, they go to standard error at once.
 */
final class LogAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    /**
     * The forms that are in force.
     *
     * @param plain for syslog
     */
    private record Forms(LineForm form, LineForm plain) {}

    private final long pid = ProcessHandle.current().pid();
    private final Clock clock;
    private final StandardError standardError;
    private final Path syslogSocket;
    private final AtomicLong numbers = new AtomicLong();
    private volatile Forms forms;
    private volatile @Nullable LogWriter writer;
    private volatile boolean toFiles;

    LogAppender(StandardError standardError, Clock clock, Path syslogSocket) {
        this.standardError = standardError;
        this.clock = clock;
        this.syslogSocket = syslogSocket;
        LineForm text = textLine(LoggingParameters.LOG_LINE_PREFIX.defaultValue(), Verbosity.DEFAULT, false);
        this.forms = new Forms(text, text);
    }

    private LineForm textLine(String prefix, Verbosity verbosity, boolean plainHeadings) {
        return new TextLine(LinePrefix.of(prefix, pid, clock.getZone()), verbosity, plainHeadings);
    }

    @Override
    protected void append(ILoggingEvent event) {
        LogWriter.Line line = line(LogEntry.of(event, numbers.incrementAndGet()));
        LogWriter to = writer;
        if (to == null || !to.take(line)) {
            standardError.write(line.text());
        }
    }

    private LogWriter.Line line(LogEntry entry) {
        Forms now = forms;
        String text = now.form.write(entry);
        String plain = now.plain == now.form ? text : now.plain.write(entry);
        return new LogWriter.Line(entry.level(), entry.time(), text, plain);
    }

    private LogWriter.Line ownLine(MessageLevel level, String message) {
        return line(LogEntry.own(numbers.incrementAndGet(), clock.instant(), level, message));
    }

    synchronized void apply(LogSettings settings) {
        LineForm text = textLine(settings.linePrefix(), settings.verbosity(), settings.plainHeadings());
        boolean isJson = settings.format() == LogFormat.JSON;
        forms = isJson
                ? new Forms(new JsonLine(pid, clock.getZone(), settings.verbosity()), text)
                : new Forms(text, text);
        toFiles = settings.toFiles();
        LogWriter to = writer;
        if (to == null) {
            tellWhereItGoes(settings);
            to = new LogWriter(settings, standardError, this::ownLine, clock, syslogSocket);
            to.start();
            writer = to;
        } else {
            to.configure(settings);
        }
    }

    /** For whoever reads standard error only. */
    private void tellWhereItGoes(LogSettings settings) {
        if (!settings.toStandardError()) {
            String where = settings.toFiles()
                    ? "files in " + settings.files().directory().path()
                    : "syslog";
            standardError.write(ownLine(MessageLevel.LOG, "the log goes to " + where + " from now on")
                    .text());
        }
    }

    /** A new file, if there is a collector. */
    boolean rotate() {
        LogWriter to = writer;
        if (to == null || !toFiles) {
            return false;
        }
        to.rotate();
        return true;
    }

    /** What has been logged is written; what comes goes to standard error. */
    synchronized void endWriting() {
        LogWriter to = writer;
        writer = null;
        if (to != null) {
            to.close();
        }
    }
}
