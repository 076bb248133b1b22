package io.trunkline.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalClusterException;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.PostgresFinder;
import io.trunkline.localcluster.PostgresInstallation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of a demo, called as Trunkline calls them. */
class DemoFailoverTest {
    @TempDir
    Path directory;

    private LocalCluster cluster;

    @BeforeEach
    void start() throws IOException {
        cluster = LocalCluster.temporary(installation()).nodes(2).start();
        Path launcher = directory.resolve("a launcher");
        Files.writeString(launcher, "#!/bin/sh\nprintf '%s ' \"$@\"\n");
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        DemoFailover.writeScripts(cluster, directory, launcher, directory.resolve("pgpool.conf"));
    }

    private static PostgresInstallation installation() {
        try {
            return new PostgresFinder(line -> {}).any();
        } catch (LocalClusterException none) {
            return Assumptions.abort("no PostgreSQL for a demo: " + none.getMessage());
        }
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private String run(String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(directory.resolve(script).toString()));
        command.addAll(List.of(arguments));
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        return Files.readString(output);
    }

    private static String inRecovery(LocalNode node) {
        return String.valueOf(node.query("SELECT pg_is_in_recovery()").get(0).get(0));
    }

    @Test
    void standbyTakesOverFromAPrimaryThatWasKilled() throws Exception {
        cluster.node(0).kill();
        run("failover.sh", "0", "0", "1", cluster.node(0).dataDirectory().toString());
        assertThat(inRecovery(cluster.node(1))).isEqualTo("f");
    }

    @Test
    void primaryThatHandsOverIsStoppedFirst() throws Exception {
        run("failover.sh", "0", "0", "1", cluster.node(0).dataDirectory().toString());
        assertThat(cluster.node(0).isRunning()).isFalse();
        assertThat(inRecovery(cluster.node(1))).isEqualTo("f");
    }

    @Test
    void lossOfAStandbyPromotesNobody() throws Exception {
        run("failover.sh", "1", "0", "0", cluster.node(1).dataDirectory().toString());
        assertThat(cluster.node(0).isRunning()).isTrue();
        assertThat(inRecovery(cluster.node(1))).isEqualTo("t");
    }

    @Test
    void nodeThatIsToFollowIsStoppedAndRecovered() throws Exception {
        assertThat(run("follow_primary.sh", "1"))
                .endsWith("node recover 1 -f " + directory.resolve("pgpool.conf") + " ");
        assertThat(cluster.node(1).isRunning()).isFalse();
        assertThat(cluster.node(0).isRunning()).isTrue();
    }

    @Test
    void settingsNameTheScripts() {
        assertThat(DemoFailover.settings(cluster, Path.of("/tmp/my demo")))
                .contains(
                        new DemoFailover.Setting("failover_command", "'\"/tmp/my demo/failover.sh\" %d %P %m %D'"),
                        new DemoFailover.Setting("follow_primary_command", "'\"/tmp/my demo/follow_primary.sh\" %d'"),
                        new DemoFailover.Setting("recovery_mode", "'builtin'"));
    }
}
