package io.trunkline.proxy.process;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import io.trunkline.config.MessageLevel;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** The form of the log and what gets into it. */
final class LogLineTest {
    private final LogLine line = new LogLine(4711);

    @Test
    void aLineHasTheFormOfPgpool() {
        LoggingEvent event = event(Level.INFO, "{} connection", "new");
        event.setThreadName("worker-2-1");
        LocalDateTime time = LocalDateTime.of(2026, 11, 21, 10, 2, 3, 123_000_000);
        event.setInstant(time.atZone(ZoneId.systemDefault()).toInstant());

        assertThat(line.doLayout(event)).isEqualTo("2026-11-21 10:02:03.123: worker pid 4711: LOG:  new connection\n");
    }

    @ParameterizedTest
    @CsvSource({"ERROR, ERROR", "WARN, WARNING", "INFO, LOG", "DEBUG, DEBUG1", "TRACE, DEBUG2"})
    void levelsHaveTheWordsOfPostgresql(String level, String word) {
        assertThat(line.doLayout(event(Level.toLevel(level), "x"))).endsWith(": " + word + ":  x\n");
    }

    @Test
    void anErrorThatEndsTheProcessIsFatal() {
        LoggingEvent event = event(Level.ERROR, "x");
        event.addMarker(ServerLog.FATAL);

        assertThat(line.doLayout(event)).endsWith(": FATAL:  x\n");
    }

    @Test
    void furtherLinesAreIndentedOnceAndControlCharactersAreShown() {
        assertThat(line.doLayout(event(Level.INFO, "SELECT 1,\n\t2,\r\n3\u001b[2J\n")))
                .endsWith(": LOG:  SELECT 1,\n\t2,\\x0d\n\t3\\x1b[2J\n");
    }

    @Test
    void theStackOfAnExceptionFollowsItsMessageIndented() {
        LoggingEvent event = new LoggingEvent(
                "", logger(), Level.ERROR, "internal error", new IllegalStateException("broken"), new Object[0]);

        assertThat(line.doLayout(event).lines().toList())
                .hasSizeGreaterThan(2)
                .satisfies(lines -> assertThat(lines.get(0)).endsWith("ERROR:  internal error"))
                .satisfies(lines -> assertThat(lines.get(1)).isEqualTo("\tjava.lang.IllegalStateException: broken"))
                .satisfies(lines -> assertThat(lines.subList(1, lines.size())).allMatch(text -> text.startsWith("\t")));
    }

    @ParameterizedTest
    @CsvSource({
        "debug5,  TRACE DEBUG INFO WARN ERROR",
        "debug1,  DEBUG INFO WARN ERROR",
        "notice,  INFO WARN ERROR",
        "warning, INFO WARN ERROR",
        "error,   INFO ERROR",
        "log,     INFO",
        "fatal,   ''"
    })
    void logIsMoreImportantThanWarningsAndErrors(String minimum, String shown) {
        LogThreshold threshold = new LogThreshold();
        threshold.setMinimum(MessageLevel.valueOf(minimum.toUpperCase(java.util.Locale.ROOT)));

        for (String level : new String[] {"TRACE", "DEBUG", "INFO", "WARN", "ERROR"}) {
            assertThat(threshold.decide(event(Level.toLevel(level), "x")) == FilterReply.NEUTRAL)
                    .as(level)
                    .isEqualTo(shown.contains(level));
        }
    }

    @Test
    void librariesAreHeardFromWarningsOnWhateverIsConfigured() {
        ServerLog.setMinimum(MessageLevel.DEBUG5);
        try {
            assertThat(LoggerFactory.getLogger("io.netty.channel").isInfoEnabled())
                    .isFalse();
            assertThat(LoggerFactory.getLogger("io.netty.channel").isWarnEnabled())
                    .isTrue();
            assertThat(logger().isTraceEnabled()).isTrue();
        } finally {
            ServerLog.setMinimum(MessageLevel.WARNING);
        }
        assertThat(logger().isDebugEnabled()).isFalse();
        assertThat(logger().isInfoEnabled()).isTrue();
    }

    private static LoggingEvent event(Level level, String message, Object... arguments) {
        return new LoggingEvent("", logger(), level, message, null, arguments);
    }

    private static Logger logger() {
        return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("io.trunkline.proxy");
    }
}
