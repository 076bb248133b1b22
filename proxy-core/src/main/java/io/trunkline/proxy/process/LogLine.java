package io.trunkline.proxy.process;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * A message as a line of the log, in the form that Pgpool-II has by default ({@code log_line_prefix = '%m: %a pid %p:
 * '}): {@code 2026-11-21 10:02:03.123: worker pid 4711: LOG:  message}. The word before {@code pid} is the kind of
 * thread. Further lines of a message, and the stack of an exception, begin with a tab as in PostgreSQL's log; control
 * characters, which a client may have sent, are made visible, so that nobody can forge a line.
 */
final class LogLine extends LayoutBase<ILoggingEvent> {
    private final DateTimeFormatter time =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneId.systemDefault());
    private final long pid;

    LogLine(long pid) {
        this.pid = pid;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160);
        time.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
        line.append(": ").append(threadKind(event.getThreadName()));
        line.append(" pid ").append(pid).append(": ");
        line.append(ServerLog.levelOf(event)).append(":  ");
        append(line, event.getFormattedMessage().stripTrailing());
        if (event.getThrowableProxy() != null) {
            line.append("\n\t");
            append(line, ThrowableProxyUtil.asString(event.getThrowableProxy()).stripTrailing());
        }
        return line.append('\n').toString();
    }

    /** Without the numbers of the pool at the end: {@code worker} of {@code worker-1-3}. */
    private static String threadKind(String thread) {
        int end = thread.length();
        while (end > 0 && (thread.charAt(end - 1) == '-' || Character.isDigit(thread.charAt(end - 1)))) {
            end--;
        }
        return end == 0 ? thread : thread.substring(0, end);
    }

    private static void append(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line.append(i + 1 < text.length() && text.charAt(i + 1) == '\t' ? "\n" : "\n\t");
            } else if (Character.isISOControl(c) && c != '\t') {
                line.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
            } else {
                line.append(c);
            }
        }
    }
}
