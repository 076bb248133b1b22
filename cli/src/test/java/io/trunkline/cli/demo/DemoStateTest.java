package io.trunkline.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DemoStateTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @SuppressWarnings("NullAway.Init") // before each test
    private Process running;

    @BeforeEach
    void startSomething() throws IOException {
        // reads until it is ended; its arguments are what a server's would be
        running = new ProcessBuilder("sh", "-c", "read line", directory.toString()).start();
        Files.writeString(directory.resolve(DemoState.PID_FILE), running.pid() + "\n");
    }

    @AfterEach
    void endIt() {
        running.destroyForcibly();
    }

    private DemoState state(Path of, Optional<ProcessMark> trunkline) {
        return new DemoState(7900, of, false, Optional.empty(), trunkline);
    }

    @Test
    void theServerThatARestartHasStartedBelongsToTheDemo() throws InterruptedException {
        DemoState state = state(directory, Optional.of(new ProcessMark(1, 1)));
        assertThat(state.successor()).contains(ProcessMark.of(running.toHandle()));
        assertThat(state.isAlive()).isTrue();

        running.destroyForcibly().waitFor();
        assertThat(state.successor()).isEmpty();
        assertThat(state.isAlive()).isFalse();
    }

    @Test
    void theServerThatTheDemoHasStartedIsNoSuccessor() {
        assertThat(state(directory, Optional.of(ProcessMark.of(running.toHandle())))
                        .successor())
                .isEmpty();
    }

    @Test
    void aProcessOfSomethingElseIsLeftAlone() throws IOException {
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.writeString(other.resolve(DemoState.PID_FILE), running.pid() + "\n");
        assertThat(state(other, Optional.empty()).successor()).isEmpty();
    }

    @Test
    void aServerWithALongClassPathIsKnownToo() throws IOException {
        Process server = new ProcessBuilder("sh", "-c", "read line", "x".repeat(20_000), directory.toString()).start();
        try {
            Files.writeString(directory.resolve(DemoState.PID_FILE), server.pid() + "\n");
            assertThat(state(directory, Optional.empty()).successor()).contains(ProcessMark.of(server.toHandle()));
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void aPidFileThatIsMissingOrDamagedNamesNobody() throws IOException {
        Files.writeString(directory.resolve(DemoState.PID_FILE), "what?");
        assertThat(state(directory, Optional.empty()).successor()).isEmpty();
        Files.delete(directory.resolve(DemoState.PID_FILE));
        assertThat(state(directory, Optional.empty()).successor()).isEmpty();
    }
}
