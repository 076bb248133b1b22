package io.trunkline.proxy.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.trunkline.config.LoggingParameters.SyslogFacility;
import io.trunkline.config.MessageLevel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a syslog daemon gets. */
final class SyslogTest {
    private static final Instant TIME = Instant.parse("2026-11-01T10:02:03Z");

    @TempDir
    private Path directory = Path.of("");

    private Path path = Path.of("");
    private Syslog syslog = new Syslog(path, 0, ZoneId.of("UTC"));

    @BeforeAll
    static void requireNativePart() {
        Assumptions.assumeTrue(Epoll.isAvailable(), "Netty's native part is for other systems");
    }

    @BeforeEach
    void configure() {
        path = directory.resolve("log");
        syslog = new Syslog(path, 4711, ZoneId.of("UTC"));
        syslog.configure(SyslogFacility.LOCAL0, "pgpool");
    }

    @AfterEach
    void close() throws IOException {
        syslog.close();
    }

    @ParameterizedTest
    @CsvSource({"DEBUG1, 135", "LOG, 134", "WARNING, 133", "ERROR, 132", "FATAL, 131", "PANIC, 130"})
    void aMessageHasFacilitySeverityTimeIdentAndPid(MessageLevel level, int priority) throws Exception {
        try (FakeSyslog daemon = new FakeSyslog(path)) {
            assertThat(syslog.send(line(level, "a message\n"))).isTrue();

            assertThat(daemon.take(1))
                    .containsExactly("<" + priority + ">Nov  1 10:02:03 pgpool[4711]: [1-1] a message");
        }
    }

    @Test
    void facilityAndIdentAreAsConfigured() throws Exception {
        syslog.configure(SyslogFacility.LOCAL7, "proxy");
        try (FakeSyslog daemon = new FakeSyslog(path)) {
            syslog.send(line(MessageLevel.LOG, "x\n"));

            assertThat(daemon.take(1).get(0)).startsWith("<190>").contains(" proxy[4711]: ");
        }
    }

    @Test
    void linesAndLongTextsGoInPiecesThatAreNumberedAndCutAtBlanksOrBetweenCharacters() throws Exception {
        String words = "word ".repeat(300).strip();
        String umlauts = "ä".repeat(500);
        try (FakeSyslog daemon = new FakeSyslog(path)) {
            syslog.send(line(MessageLevel.LOG, "first\n"));
            syslog.send(line(MessageLevel.LOG, "one\n\ttwo\n" + words + "\n" + umlauts + "\n"));

            assertThat(daemon.take(1).get(0)).endsWith(": [1-1] first");
            List<String> pieces = daemon.take(6);
            assertThat(pieces.get(0)).endsWith("[2-1] one");
            assertThat(pieces.get(1)).endsWith("[2-2] \ttwo");
            assertThat(text(pieces.get(2)) + text(pieces.get(3))).isEqualTo(words);
            assertThat(text(pieces.get(3))).startsWith(" word");
            assertThat(text(pieces.get(4)) + text(pieces.get(5))).isEqualTo(umlauts);
            assertThat(pieces.get(4)).contains("[2-5] ");
            assertThat(text(pieces.get(4)).getBytes(StandardCharsets.UTF_8)).hasSize(900);
        }
    }

    private static String text(String datagram) {
        return datagram.substring(datagram.indexOf("] ") + 2);
    }

    @Test
    void withoutADaemonItFailsAndWithOneThatComesBackItWorksAgain() throws Exception {
        assertThatThrownBy(() -> syslog.send(line(MessageLevel.LOG, "lost\n"))).isInstanceOf(IOException.class);
        try (FakeSyslog daemon = new FakeSyslog(path)) {
            syslog.send(line(MessageLevel.LOG, "a\n"));
            assertThat(daemon.take(1).get(0)).endsWith(" a");
        }
        assertThatThrownBy(() -> syslog.send(line(MessageLevel.LOG, "lost\n"))).isInstanceOf(IOException.class);
        Files.deleteIfExists(path);
        try (FakeSyslog daemon = new FakeSyslog(path)) {
            syslog.send(line(MessageLevel.LOG, "b\n"));
            assertThat(daemon.take(1).get(0)).endsWith(" b");
        }
    }

    @Test
    void aDaemonThatReadsNothingIsGivenUpAfterAMoment() throws Exception {
        Socket deaf = Socket.newSocketDomainDgram();
        deaf.bind(new DomainSocketAddress(path.toString()));
        try {
            int taken = 0;
            while (syslog.send(line(MessageLevel.LOG, "x".repeat(800) + "\n"))) {
                taken++;
            }
            assertThat(taken).isPositive();
        } finally {
            deaf.close();
        }
    }

    private static LogWriter.Line line(MessageLevel level, String text) {
        return new LogWriter.Line(level, TIME, "json", text);
    }
}
