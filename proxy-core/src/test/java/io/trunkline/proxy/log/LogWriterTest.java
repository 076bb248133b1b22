package io.trunkline.proxy.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import io.trunkline.config.LoggingParameters.LogDestination;
import io.trunkline.config.LoggingParameters.LogFormat;
import io.trunkline.config.LoggingParameters.SyslogFacility;
import io.trunkline.config.LoggingParameters.Verbosity;
import io.trunkline.config.MessageLevel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where lines go, and what becomes of them when they can't go there. */
final class LogWriterTest {
    private static final Set<LogDestination> STDERR = Set.of(LogDestination.STDERR);

    @TempDir
    private Path directory = Path.of("");

    private final ByteArrayOutputStream standardError = new ByteArrayOutputStream();

    @Test
    void standardErrorGetsLinesInOrder() {
        try (LogWriter writer = writer(settings(STDERR, false, "x.log"), standardError)) {
            for (int i = 0; i < 2_000; i++) {
                writer.take(line(MessageLevel.LOG, i + "\n"));
            }
        }

        assertThat(written().lines().map(Integer::parseInt)).hasSize(2_000).isSorted();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void theCollectorsFileGetsThemInPlaceOfStandardErrorWhichStillSeesWhatEndsTheProcess() {
        try (LogWriter writer = writer(settings(STDERR, true, "x.log"), standardError)) {
            writer.take(line(MessageLevel.LOG, "a\n"));
            writer.take(line(MessageLevel.FATAL, "b\n"));
        }

        assertThat(directory.resolve("x.log")).content().isEqualTo("a\nb\n");
        assertThat(written()).isEqualTo("b\n");
    }

    @Test
    void bothDestinationsAtOnce() throws Exception {
        Assumptions.assumeTrue(Epoll.isAvailable(), "Netty's native part is for other systems");
        try (FakeSyslog daemon = new FakeSyslog(directory.resolve("socket"))) {
            try (LogWriter writer = writer(settings(Set.of(LogDestination.values()), false, "x.log"), standardError)) {
                writer.take(new LogWriter.Line(MessageLevel.LOG, Instant.EPOCH, "{json}\n", "plain\n"));
            }

            assertThat(daemon.take(1).get(0)).endsWith("[1-1] plain");
        }
        assertThat(written()).isEqualTo("{json}\n");
    }

    @Test
    void whileTheFileCannotBeWrittenItsLinesGoToStandardErrorWhichIsToldOnce() throws Exception {
        Path blocked = directory.resolve("blocked");
        Files.writeString(blocked, "no directory");
        LogSettings settings = settings(STDERR, true, "blocked/x.log");
        try (LogWriter writer = writer(settings, standardError)) {
            writer.take(line(MessageLevel.LOG, "a\n"));
            await(writer, "a");
            writer.take(line(MessageLevel.LOG, "b\n"));
            await(writer, "b");
            Files.delete(blocked);
            Files.createDirectory(blocked);
            writer.take(line(MessageLevel.LOG, "c\n"));
        }

        assertThat(written().lines())
                .satisfiesExactly(
                        complaint -> assertThat(complaint)
                                .startsWith("ERROR could not write to the log file: ")
                                .endsWith("messages go to standard error until it works again"),
                        a -> assertThat(a).isEqualTo("a"),
                        b -> assertThat(b).isEqualTo("b"));
        assertThat(blocked.resolve("x.log")).content().isEqualTo("c\n");
    }

    @Test
    void asLongAsNobodyIsWhereSyslogShouldBeThatIsSaidOnce() {
        LogSettings settings = settings(Set.of(LogDestination.SYSLOG), false, "x.log");
        try (LogWriter writer = writer(settings, standardError)) {
            writer.take(line(MessageLevel.LOG, "a\n"));
            writer.configure(settings);
            writer.take(line(MessageLevel.LOG, "b\n"));
        }

        assertThat(written().lines()).singleElement().asString().startsWith("ERROR could not write to syslog: ");
    }

    @Test
    void beyondWhatMayWaitLinesAreLostNobodyIsHeldUpAndTheLogSaysHowManyThereWere() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        OutputStream pipe = new OutputStream() {
            @Override
            public void write(int b) {
                throw new AssertionError("one byte at a time");
            }

            @Override
            public void write(byte[] bytes) throws IOException {
                stuck.countDown();
                try {
                    free.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                standardError.write(bytes);
            }
        };
        try (LogWriter writer = writer(settings(STDERR, false, "x.log"), pipe)) {
            writer.take(line(MessageLevel.LOG, "first\n"));
            assertThat(stuck.await(10, TimeUnit.SECONDS)).isTrue();

            for (int i = 0; i < LogWriter.MAX_LINES + 5; i++) {
                writer.take(line(MessageLevel.LOG, "line\n"));
            }
            free.countDown();
        }

        assertThat(written().lines().filter("line"::equals)).hasSize(LogWriter.MAX_LINES);
        assertThat(written()).contains("WARNING 5 messages are lost: they came faster than the log could be written\n");
    }

    @Test
    void aFullDiskIsTakenForWhatItIs() throws Exception {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.isWritable(full), "there is no /dev/full");
        Files.createSymbolicLink(directory.resolve("x.log"), full);
        try (LogWriter writer = writer(settings(STDERR, true, "x.log"), standardError)) {
            writer.take(line(MessageLevel.LOG, "a\n"));
        }

        assertThat(written())
                .startsWith("ERROR could not write to the log file: No space left on device")
                .endsWith("a\n");
    }

    @Test
    void ifTheWriterBreaksWhatComesIsNotTakenAndNotLost() throws Exception {
        LogWriter writer = writer(settings(STDERR, false, "x.log"), standardError);
        CountDownLatch quiet = new CountDownLatch(1);
        Thread.UncaughtExceptionHandler usual = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> quiet.countDown());
        try {
            writer.whenWritten(() -> {
                throw new IllegalStateException("broken");
            });
            assertThat(quiet.await(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(usual);
        }

        assertThat(writer.take(line(MessageLevel.LOG, "a\n"))).isFalse();
    }

    @Test
    void whatComesAfterTheEndIsNotTaken() {
        LogWriter writer = writer(settings(STDERR, false, "x.log"), standardError);
        writer.close();

        assertThat(writer.take(line(MessageLevel.LOG, "late\n"))).isFalse();
    }

    private LogWriter writer(LogSettings settings, OutputStream out) {
        LogWriter writer = new LogWriter(
                settings,
                new StandardError(out),
                (level, message) -> line(level, level + " " + message + "\n"),
                Clock.systemUTC(),
                directory.resolve("socket"));
        writer.start();
        return writer;
    }

    private LogSettings settings(Set<LogDestination> destinations, boolean collector, String name) {
        return new LogSettings(
                destinations,
                LogFormat.TEXT,
                "",
                Verbosity.DEFAULT,
                MessageLevel.WARNING,
                SyslogFacility.LOCAL0,
                "pgpool",
                collector,
                new LogFileSettings(new LogDirectory(directory, true), name, 0600, false, Duration.ofDays(1), 0),
                false);
    }

    /** Waits until a line has been written. */
    private void await(LogWriter writer, String text) throws InterruptedException {
        CountDownLatch through = new CountDownLatch(1);
        writer.whenWritten(through::countDown);
        assertThat(through.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(written().lines()).contains(text);
    }

    private String written() {
        return standardError.toString(StandardCharsets.UTF_8);
    }

    private static LogWriter.Line line(MessageLevel level, String text) {
        return new LogWriter.Line(level, Instant.EPOCH, text, text);
    }
}
