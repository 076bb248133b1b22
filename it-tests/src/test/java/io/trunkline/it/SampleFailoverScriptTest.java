package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.LocalCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The scripts that the distribution brings for failover and recovery. */
class SampleFailoverScriptTest {
    private static final Path SAMPLES = Path.of("..", "cli", "src", "dist", "etc", "sample_scripts");

    @TempDir
    Path directory;

    static List<Path> samples() throws IOException {
        try (Stream<Path> files = Files.list(SAMPLES)) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void aScriptWithoutArgumentsTellsWhatItIsFor(Path sample) throws Exception {
        Process script = new ProcessBuilder("sh", sample.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(script.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(script.exitValue()).isEqualTo(2);
        assertThat(said).startsWith(sample.getFileName().toString().replaceAll("(\\.sh)?\\.sample$", ""));
    }

    @Test
    void aLostPrimaryIsReplaced() {
        try (FailoverRig rig = start()) {
            rig.node(0).kill();
            rig.awaitPrimary(1);
        }
    }

    /** ssh has not got there, and nobody answers on the port. */
    @ParameterizedTest
    @CsvSource({"no, '', 1", "yes, '', 0", "no, true, 0", "yes, false, 1"})
    void aHostThatIsSilentIsFencedOnlyIfSomethingElseSaysSo(String unreachable, String fence, int expected)
            throws Exception {
        executable("pg_isready", "#!/bin/sh\nexit 2\n");
        Path calls = directory.resolve("calls");
        executable("pg_ctl", "#!/bin/sh\necho \"$*\" >> " + calls + "\n");
        String text = script(directory, System.getProperty("user.name"))
                .replaceFirst("(?m)^SSH=.*$", "SSH=" + executable("ssh", "#!/bin/sh\nexit 255\n"))
                .replaceFirst("(?m)^FENCE_COMMAND=.*$", "FENCE_COMMAND='" + fence + "'");
        assertThat(text).contains("\nUNREACHABLE_IS_FENCED=no\n");
        Path script = executable(
                "failover.sh", text.replace("UNREACHABLE_IS_FENCED=no", "UNREACHABLE_IS_FENCED=" + unreachable));

        String arguments = "0 192.0.2.1 5432 /lost/data 1 127.0.0.1 0 0 5433 /new/data 192.0.2.1 5432";
        External.Ended ended = External.run(Map.of(), "", List.of((script + " " + arguments).split(" ")));

        assertThat(ended.exit()).as("%s", ended).isEqualTo(expected);
        assertThat(Files.exists(calls)).as("promoted").isEqualTo(expected == 0);
    }

    @Test
    void aPrimaryThatOnlyHangsIsEndedBeforeAnotherIsPromoted() {
        try (FailoverRig rig = start()) {
            rig.node(0).freeze();
            rig.awaitPrimary(1);
            assertThat(rig.node(0).isRunning()).isFalse();
        }
    }

    /** @param status of pg_ctl where it is asked whether a server works on the data directory of the lost primary */
    @ParameterizedTest
    @CsvSource({"3, 0", "4, 1", "1, 1", "127, 1"})
    void nobodyIsPromotedUnlessTheOldPrimaryIsKnownToBeStopped(int status, int expected) throws Exception {
        Path calls = directory.resolve("calls");
        executable(
                "pg_ctl", "#!/bin/sh\necho \"$*\" >> " + calls + "\ncase $* in *status) exit " + status + " ;; esac\n");
        executable("pg_isready", "#!/bin/sh\nexit 2\n");
        Path script = executable("failover.sh", script(directory, System.getProperty("user.name")));

        String arguments = "0 127.0.0.1 5432 /lost/data 1 127.0.0.1 0 0 5433 /new/data 127.0.0.1 5432";
        External.Ended ended = External.run(Map.of(), "", List.of((script + " " + arguments).split(" ")));

        assertThat(ended.exit()).as("%s", ended).isEqualTo(expected);
        assertThat(Files.readAllLines(calls).contains("-D /new/data -w promote"))
                .isEqualTo(expected == 0);
    }

    private Path executable(String name, String text) throws IOException {
        Path file = Files.writeString(directory.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private FailoverRig start() {
        return FailoverRig.start(
                builder -> builder.nodes(2),
                this::install,
                "failover_command = '" + directory.resolve("failover.sh") + " %d %h %p %D %m %H %M %P %r %R %N %S'");
    }

    /** With the settings at its top as an administrator would make them. */
    private static String script(Path programs, String serverUser) throws IOException {
        return Files.readString(SAMPLES.resolve("failover.sh.sample"))
                .replaceFirst("(?m)^PGBIN=.*$", "PGBIN=" + programs)
                .replaceFirst("(?m)^SERVER_USER=.*$", "SERVER_USER=" + serverUser);
    }

    private void install(LocalCluster cluster) {
        try {
            String owner = Files.getOwner(cluster.node(0).dataDirectory()).getName();
            executable("failover.sh", script(cluster.installation().bin(), owner));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
