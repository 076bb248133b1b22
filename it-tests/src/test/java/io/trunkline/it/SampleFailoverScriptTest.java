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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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

    @Test
    void aPrimaryThatOnlyHangsIsEndedBeforeAnotherIsPromoted() {
        try (FailoverRig rig = start()) {
            rig.node(0).freeze();
            rig.awaitPrimary(1);
            assertThat(rig.node(0).isRunning()).isFalse();
        }
    }

    private FailoverRig start() {
        Path script = directory.resolve("failover.sh");
        return FailoverRig.start(
                builder -> builder.nodes(2),
                cluster -> install(cluster, script),
                "failover_command = '" + script + " %d %h %p %D %m %H %M %P %r %R %N %S'");
    }

    /** With the settings at its top as an administrator would make them. */
    private static void install(LocalCluster cluster, Path script) {
        try {
            String owner = Files.getOwner(cluster.node(0).dataDirectory()).getName();
            Files.writeString(
                    script,
                    Files.readString(SAMPLES.resolve("failover.sh.sample"))
                            .replaceFirst(
                                    "(?m)^PGBIN=.*$",
                                    "PGBIN=" + cluster.installation().bin())
                            .replaceFirst("(?m)^SERVER_USER=.*$", "SERVER_USER=" + owner));
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
