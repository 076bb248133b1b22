package io.trunkline.proxy.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import io.trunkline.config.LoggingParameters;
import io.trunkline.config.LoggingParameters.Verbosity;
import io.trunkline.config.MessageLevel;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/** The form of the log and what gets into it. */
final class TextLineTest {
    private static final ZoneId ZONE = ZoneId.of("UTC");
    private static final String PGPOOL = "%m: %a pid %p: ";
    private static final LoggedClient CLIENT = new FixedClient(7, "ann", "shop", "10.0.0.9", "5123", "psql");

    @Test
    void aLineHasTheFormOfPgpool() {
        assertThat(line(PGPOOL, event(Level.INFO, "{} connection", "new")))
                .isEqualTo("2026-11-21 10:02:03.123: child pid 4711: LOG:  new connection\n");
    }

    @Test
    void byDefaultALineAboutASessionNamesItsClientAndTheSession() {
        String prefix = LoggingParameters.LOG_LINE_PREFIX.defaultValue();
        LoggingEvent about = event(Level.WARN, "protocol violation");
        about.addKeyValuePair(new KeyValuePair(LogFields.CLIENT, CLIENT));

        assertThat(line(prefix, about))
                .isEqualTo("2026-11-21 10:02:03.123: psql pid 4711: [7 ann@shop 10.0.0.9(5123)] WARNING:  protocol"
                        + " violation\n");
        assertThat(line(prefix, event(Level.WARN, "x")))
                .isEqualTo("2026-11-21 10:02:03.123: child pid 4711: WARNING:  x\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "%a|psql|child",
                "%P|child|child",
                "%u|ann|[No Connection]",
                "%d|shop|[No Connection]",
                "%p|4711|4711",
                "%l|12|12",
                "%t|2026-11-21 10:02:03|2026-11-21 10:02:03",
                "%m|2026-11-21 10:02:03.123|2026-11-21 10:02:03.123",
                "%n|1795255323.123|1795255323.123",
                "%h|10.0.0.9|",
                "%r|10.0.0.9(5123)|",
                "%c|7|",
                "a%qb|ab|a",
                "100%%|100%|100%",
                "%10u<|       ann<|[No Connection]<",
                "%-10u<|ann       <|[No Connection]<",
                "%Xx%|x|x",
                "%-|''|''"
            })
    void escapesAreThoseOfPgpoolAndSomeOfPostgresql(String prefix, String inSession, String elsewhere) {
        assertThat(prefix(prefix, CLIENT)).isEqualTo(inSession);
        assertThat(prefix(prefix, null)).isEqualTo(elsewhere == null ? "" : elsewhere);
    }

    @Test
    void whatAClientCallsItselfCannotForgeALine() {
        assertThat(prefix("%a %u", new FixedClient(1, "a\u001bb", "d", "h", "1", "x\ny: LOG:  forged")))
                .isEqualTo("x\\x0ay: LOG:  forged a\\x1bb");
        assertThat(prefix("%a|%r", new FixedClient(1, "u", "d", "[local]", "", "")))
                .isEqualTo("[unknown]|[local]");
    }

    @Test
    void headingsAreThoseOfTheReleaseThatIsPassedFor() {
        LogEntry entry = LogEntry.of(event(Level.INFO, "=== Failover done. shutdown host db0(5432) ==="), 1);
        LinePrefix prefix = LinePrefix.of("", 1, ZONE);

        assertThat(new TextLine(prefix, Verbosity.DEFAULT, false).write(entry))
                .isEqualTo("LOG:  === Failover done. shutdown host db0(5432) ===\n");
        assertThat(new TextLine(prefix, Verbosity.DEFAULT, true).write(entry))
                .isEqualTo("LOG:  failover done. shutdown host db0(5432)\n");
    }

    @Test
    void verbosityDecidesWhatIsSaidBesideTheMessage() {
        LoggingEvent event = event(Level.INFO, "Query message from frontend.");
        event.addKeyValuePair(new KeyValuePair(LogFields.DETAIL, "query: \"select\n1\""));
        LogEntry entry = LogEntry.of(event, 1);
        LinePrefix prefix = LinePrefix.of("%p ", 1, ZONE);

        assertThat(new TextLine(prefix, Verbosity.TERSE).write(entry))
                .isEqualTo("1 LOG:  Query message from frontend.\n");
        assertThat(new TextLine(prefix, Verbosity.DEFAULT).write(entry))
                .isEqualTo("1 LOG:  Query message from frontend.\n1 DETAIL:  query: \"select\n\t1\"\n");
        assertThat(new TextLine(prefix, Verbosity.VERBOSE).write(entry))
                .endsWith("1\"\n1 LOCATION:  io.trunkline.proxy\n");
    }

    @ParameterizedTest
    @CsvSource({
        "worker-2-1, io.trunkline.sessions, child",
        "cluster-3-1, io.trunkline.failover.Coordinator, main",
        "cluster-3-1, io.trunkline.failover.HealthWatch, health_check",
        "cluster-3-1, io.trunkline.failover.DelayLog, sr_check_worker",
        "recovery, io.trunkline.failover.recovery.OnlineRecovery, pcp_child",
        "main, io.trunkline.proxy.ProxyServer, main",
        "log, x, log",
        "control, x, pcp_main",
        "pcp, x, pcp_child"
    })
    void threadsHaveTheNamesOfPgpoolsProcesses(String thread, String logger, String name) {
        assertThat(ProcessName.of(thread, logger)).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({"ERROR, ERROR", "WARN, WARNING", "INFO, LOG", "DEBUG, DEBUG1", "TRACE, DEBUG2"})
    void levelsHaveTheWordsOfPostgresql(String level, String word) {
        assertThat(line(PGPOOL, event(Level.toLevel(level), "x"))).endsWith(": " + word + ":  x\n");
    }

    @Test
    void anErrorThatEndsTheProcessIsFatal() {
        LoggingEvent event = event(Level.ERROR, "x");
        event.addMarker(ServerLog.FATAL);

        assertThat(line(PGPOOL, event)).endsWith(": FATAL:  x\n");
    }

    @Test
    void furtherLinesAreIndentedOnceAndControlCharactersAreShown() {
        assertThat(line(PGPOOL, event(Level.INFO, "SELECT 1,\n\t2,\r\n3\u001b[2J\n")))
                .endsWith(": LOG:  SELECT 1,\n\t2,\\x0d\n\t3\\x1b[2J\n");
    }

    @Test
    void theStackOfAnExceptionFollowsItsMessageIndented() {
        LoggingEvent event = new LoggingEvent(
                "", logger(), Level.ERROR, "internal error", new IllegalStateException("broken"), new Object[0]);

        assertThat(line(PGPOOL, event).lines().toList())
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

    private static String line(String prefix, LoggingEvent event) {
        return new TextLine(LinePrefix.of(prefix, 4711, ZONE), Verbosity.DEFAULT).write(LogEntry.of(event, 12));
    }

    private static String prefix(String prefix, @Nullable LoggedClient client) {
        LoggingEvent event = event(Level.INFO, "x");
        if (client != null) {
            event.addKeyValuePair(new KeyValuePair(LogFields.CLIENT, client));
        }
        StringBuilder line = new StringBuilder();
        LinePrefix.of(prefix, 4711, ZONE).append(line, LogEntry.of(event, 12));
        return line.toString();
    }

    private static LoggingEvent event(Level level, String message, Object... arguments) {
        LoggingEvent event = new LoggingEvent("", logger(), level, message, null, arguments);
        event.setThreadName("worker-2-1");
        event.setInstant(LocalDateTime.of(2026, 11, 21, 10, 2, 3, 123_000_000)
                .atZone(ZONE)
                .toInstant());
        return event;
    }

    private static Logger logger() {
        return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("io.trunkline.proxy");
    }
}
