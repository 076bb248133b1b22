package io.trunkline.proxy.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.MessageLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files of logging_collector. */
final class LogFilesTest {
    private static final String NAME = "pgpool-%Y-%m-%d_%H%M%S.log";
    private static final Duration NEVER = Duration.ZERO;

    @TempDir
    private Path directory = Path.of("");

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-21T10:02:03Z"), ZoneId.of("+05:30"));
    private final List<String> complaints = new ArrayList<>();
    private @Nullable LogFiles open;

    @AfterEach
    void close() throws IOException {
        if (open != null) {
            open.close();
        }
    }

    @Test
    void theDirectoryIsMadeAndTheFileNamedAfterTheTimeAndGivenTheMode() throws IOException {
        Path made = directory.resolve("log");
        LogFiles files = files(new LogFileSettings(new LogDirectory(made, true), NAME, 0640, false, NEVER, 0));

        files.write(List.of(line("a"), line("b")));

        Path file = made.resolve("pgpool-2026-11-21_153203.log");
        assertThat(file).content().isEqualTo("a\nb\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
    }

    @Test
    void aNewFileIsBegunAtMultiplesOfTheAgeInLocalTimeAndNamedAfterThem() throws IOException {
        LogFiles files = files(settings(NAME, false, Duration.ofHours(1), 0));
        files.write(List.of(line("a")));
        assertThat(files.untilRotation()).isEqualTo(Duration.ofSeconds(27 * 60 + 57));

        clock.pass(Duration.ofSeconds(27 * 60 + 59));
        files.rotateIfDue();
        files.write(List.of(line("b")));

        assertThat(names()).containsExactly("pgpool-2026-11-21_153203.log", "pgpool-2026-11-21_160000.log");
        assertThat(directory.resolve("pgpool-2026-11-21_160000.log")).content().isEqualTo("b\n");
        assertThat(files.untilRotation()).isEqualTo(Duration.ofSeconds(3600 - 2));
    }

    @Test
    void aNewFileIsBegunWhenTheOldOneIsLongEnough() throws IOException {
        LogFiles files = files(settings(NAME, false, NEVER, 10));
        files.write(List.of(line("12345678")));
        clock.pass(Duration.ofSeconds(1));

        files.write(List.of(line("9"), line("next")));

        assertThat(directory.resolve("pgpool-2026-11-21_153203.log")).content().isEqualTo("12345678\n9\n");
        assertThat(directory.resolve("pgpool-2026-11-21_153204.log")).content().isEqualTo("next\n");
    }

    @ParameterizedTest
    @CsvSource({"true, 'new\n'", "false, 'old\nnew\n'"})
    void whenTimeMakesForANewFileOneOfThatNameIsEmptiedOnlyIfConfigured(boolean truncates, String content)
            throws IOException {
        Files.writeString(directory.resolve("16.log"), "old\n");
        LogFiles files = files(settings("%H.log", truncates, Duration.ofHours(1), 0));
        files.write(List.of(line("first")));

        clock.pass(Duration.ofMinutes(30));
        files.rotateIfDue();
        files.write(List.of(line("new")));

        assertThat(directory.resolve("16.log")).content().isEqualTo(content);
        assertThat(directory.resolve("15.log")).content().isEqualTo("first\n");
    }

    @Test
    void aFileThatIsBegunAtTheStartOrForItsSizeIsNeverEmptied() throws IOException {
        Files.writeString(directory.resolve("15.log"), "old\n");
        LogFiles files = files(settings("%H.log", true, Duration.ofHours(1), 3));

        files.write(List.of(line("a")));
        files.write(List.of(line("b")));

        assertThat(directory.resolve("15.log")).content().isEqualTo("old\na\nb\n");
    }

    @Test
    void onDemandAFileThatWasMovedAwayIsBegunAnew() throws IOException {
        LogFiles files = files(settings("trunkline.log", false, NEVER, 0));
        files.write(List.of(line("a")));
        Files.move(directory.resolve("trunkline.log"), directory.resolve("trunkline.log.1"));

        files.rotate();
        files.write(List.of(line("b")));

        assertThat(directory.resolve("trunkline.log.1")).content().isEqualTo("a\n");
        assertThat(directory.resolve("trunkline.log")).content().isEqualTo("b\n");
    }

    @Test
    void aFileThatIsGoneIsBegunAnewByItself() throws IOException {
        LogFiles files = files(settings("trunkline.log", false, NEVER, 0));
        files.write(List.of(line("a")));
        files.write(List.of(line("a")));
        Files.delete(directory.resolve("trunkline.log"));
        clock.pass(Duration.ofSeconds(2));

        files.write(List.of(line("b")));

        assertThat(directory.resolve("trunkline.log")).content().isEqualTo("b\n");
    }

    @Test
    void ifANewFileCannotBeBegunTheOldOneIsKeptAndThatIsSaidAndTriedAgainLater() throws IOException {
        LogFiles files = files(settings("log-%M/x.log", false, Duration.ofMinutes(1), 0));
        Files.createDirectory(directory.resolve("log-32"));
        files.write(List.of(line("a")));

        clock.pass(Duration.ofMinutes(1));
        files.rotateIfDue();
        files.rotateIfDue();
        files.write(List.of(line("b")));

        assertThat(directory.resolve("log-32/x.log")).content().isEqualTo("a\nb\n");
        assertThat(complaints).singleElement().asString().contains("could not begin", "log-33", "the old one is kept");

        Files.createDirectory(directory.resolve("log-33"));
        Files.createDirectory(directory.resolve("log-34"));
        clock.pass(Duration.ofMinutes(1));
        files.rotateIfDue();
        files.write(List.of(line("c")));
        assertThat(complaints).hasSize(1);
        assertThat(directory.resolve("log-33/x.log")).content().isEqualTo("c\n");
    }

    @Test
    void aFileThatIsGoneAndCannotBeBegunAnewIsComplainedOfOnceAndHoldsUpNoLaterRotation() throws IOException {
        LogFiles files = files(settings("log/x.log", false, Duration.ofMinutes(2), 0));
        Path log = Files.createDirectory(directory.resolve("log"));
        files.write(List.of(line("a")));
        Files.delete(log.resolve("x.log"));
        Files.delete(log);

        for (int i = 0; i < 5; i++) {
            clock.pass(Duration.ofSeconds(2));
            files.write(List.of(line("b")));
        }
        assertThat(complaints).singleElement().asString().contains("could not begin a new log file");

        clock.pass(Duration.ofMinutes(2));
        files.rotateIfDue();
        assertThat(files.untilRotation()).isPositive();
    }

    @Test
    void aReloadTakesTheLogToAnotherDirectory() throws IOException {
        LogFiles files = files(settings("x.log", false, NEVER, 0));
        files.write(List.of(line("a")));

        files.configure(new LogFileSettings(
                new LogDirectory(directory.resolve("other"), true), "y.log", 0600, false, NEVER, 0));
        files.write(List.of(line("b")));

        assertThat(directory.resolve("x.log")).content().isEqualTo("a\n");
        assertThat(directory.resolve("other/y.log")).content().isEqualTo("b\n");
    }

    @Test
    void aDirectoryThatCannotBeIsAnErrorOfTheWrite() throws IOException {
        Files.writeString(directory.resolve("file"), "");
        LogFiles files = files(new LogFileSettings(
                new LogDirectory(directory.resolve("file").resolve("log"), true), NAME, 0600, false, NEVER, 0));

        assertThatThrownBy(() -> files.write(List.of(line("a")))).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "%Y-%m-%d_%H%M%S, 2026-03-05_140709",
        "%y%j, 26064",
        "%a %A %b %B, Thu Thursday Mar March",
        "%e|%I%p, ' 5|02PM'",
        "%u%w, 44",
        "%F %T %R %D, 2026-03-05 14:07:09 14:07 03/05/26",
        "%s, 1772719629",
        "%z, +0000",
        "%%Y%, %Y%",
        "%Q, %Q"
    })
    void placeHoldersAreThoseOfStrftime(String pattern, String name) {
        assertThat(Strftime.format(pattern, ZonedDateTime.parse("2026-03-05T14:07:09Z")))
                .isEqualTo(name);
    }

    private LogFiles files(LogFileSettings settings) {
        LogFiles files = new LogFiles(settings, clock, complaints::add);
        open = files;
        return files;
    }

    private LogFileSettings settings(String name, boolean truncates, Duration age, long size) {
        return new LogFileSettings(new LogDirectory(directory, true), name, 0600, truncates, age, size);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private static LogWriter.Line line(String text) {
        return new LogWriter.Line(MessageLevel.LOG, Instant.EPOCH, text + "\n", text + "\n");
    }
}
