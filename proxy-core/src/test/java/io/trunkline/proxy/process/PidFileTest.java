package io.trunkline.proxy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PidFileTest {
    private static final String OWN = ProcessHandle.current().pid() + "\n";

    @TempDir
    private Path directory;

    @Test
    void namesThisProcessAndGoesWithIt() throws Exception {
        Path file = directory.resolve("made/trunkline.pid");

        PidFile claimed = PidFile.claim(file);

        assertThat(file).content().isEqualTo(OWN);
        assertThat(file.getParent()).isDirectoryContaining(found -> found.equals(file));
        claimed.close();
        assertThat(file.getParent()).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "-1", "99999999999999999999999999", "2147483646\n"})
    void oneThatNamesNoProcessIsReplaced(String left) throws Exception {
        Path file = Files.writeString(directory.resolve("trunkline.pid"), left);

        try (PidFile claimed = PidFile.claim(file)) {
            assertThat(file).content().isEqualTo(OWN);
            assertThat(claimed).isNotNull();
        }
    }

    @Test
    void oneThatNamesAnotherProgramIsReplaced() throws Exception {
        // Its arguments may well speak of us.
        Process other = new ProcessBuilder("sh", "-c", "read line; exit 0", "/etc/pgpool2/pgpool.conf").start();
        try {
            Path file = Files.writeString(directory.resolve("trunkline.pid"), other.pid() + "\n");

            assertThat(PidFile.runningServer(file)).isEmpty();
            PidFile.claim(file).close();

            assertThat(file).doesNotExist();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void oneOfARunningServerIsRefusedWithItsProcessId() throws Exception {
        Process server = looksLikeAServer();
        try {
            // Pgpool-II ends the number with a NUL.
            String left = server.pid() + "\0";
            Path file = Files.writeString(directory.resolve("trunkline.pid"), left);

            assertThat(PidFile.runningServer(file)).isEqualTo(OptionalLong.of(server.pid()));
            assertThatThrownBy(() -> PidFile.claim(file))
                    .isInstanceOf(StartFailure.class)
                    .hasMessage(
                            "a server is running already with process id " + server.pid() + " (pid file " + file + ")");
            assertThat(file).content().isEqualTo(left);
            assertThat(directory).isDirectoryNotContaining(found -> !found.equals(file));
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void oneThatAnotherServerHasTakenOverIsLeftAlone() throws Exception {
        Path file = directory.resolve("trunkline.pid");
        PidFile claimed = PidFile.claim(file);
        Files.writeString(file, "1\n");

        claimed.close();

        assertThat(file).content().isEqualTo("1\n");
    }

    @Test
    void aDirectoryThatIsNotThereIsNamedAsTheReason() {
        Path file = directory.resolve("no/such/trunkline.pid");

        assertThatThrownBy(() -> PidFile.claim(file))
                .isInstanceOf(StartFailure.class)
                .hasMessage("pid file " + file + " cannot be written: its directory does not exist");
    }

    /** A process with an argument that only our servers have, after a class path longer than most. */
    private static Process looksLikeAServer() throws IOException {
        return new ProcessBuilder(List.of("sh", "-c", "read line; exit 0", "x".repeat(20_000), "io.trunkline.cli.Main"))
                .start();
    }
}
