package io.trunkline.failover.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnersProgramsTest {
    @TempDir
    Path directory;

    private OwnersPrograms programs;

    @BeforeEach
    void make() throws IOException {
        DataOwner self = new DataOwner(
                Files.getOwner(directory),
                Files.readAttributes(directory, PosixFileAttributes.class).group(),
                List.of());
        programs = new OwnersPrograms(self);
    }

    private static List<String> shell(String command) {
        return List.of("/bin/sh", "-c", command);
    }

    @Test
    void whatAProgramPrintsIsAnswered() throws ProgramFailure {
        assertThat(programs.ask(shell("echo out; echo err >&2"))).isEqualTo("out\nerr");
    }

    @Test
    void failureTellsStatusAndOutput() {
        assertThatThrownBy(() -> programs.ask(shell("echo no; exit 3")))
                .isInstanceOf(ProgramFailure.class)
                .hasMessage("sh failed with status 3: no");
        assertThatThrownBy(() -> programs.ask(List.of("/no/such/program")))
                .isInstanceOf(ProgramFailure.class)
                .hasMessageContaining("program cannot be run");
    }

    @Test
    void programThatTakesTooLongIsEnded() {
        long begun = System.nanoTime();
        assertThatThrownBy(() -> programs.run(Duration.ofSeconds(1), shell("exec sleep 60")))
                .hasMessage("sh did not end within 1 s");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void passwordIsInTheEnvironmentOfTheOneProgramOnly() throws ProgramFailure {
        String command = "test \"$PGPASSWORD\" = s3cret";
        programs.connect(Duration.ofSeconds(20), Optional.of("s3cret"), shell(command));
        assertThatThrownBy(() -> programs.run(Duration.ofSeconds(20), shell(command)))
                .hasMessageContaining("status 1");
    }

    @Test
    void fileIsWrittenForItsOwnerAlone() throws Exception {
        Path file = directory.resolve("with space");
        programs.write(file, "it's\n");
        assertThat(file).hasContent("it's\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void onceStoppedNothingBeginsButTheCleaningUp() throws Exception {
        Files.createDirectories(directory.resolve("half/a/copy"));
        programs.stop();
        assertThatThrownBy(() -> programs.ask(shell("true"))).hasMessageContaining("Trunkline is ending");
        programs.empty(directory.resolve("half"));
        assertThat(directory.resolve("half")).isEmptyDirectory();
    }
}
