package io.trunkline.localcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LocalClusterTest {

    private Path parent = Path.of("");
    private Path directory = Path.of("");

    @BeforeEach
    void chooseDirectory() throws IOException {
        parent = Servers.directory();
        directory = parent.resolve("cluster");
    }

    @AfterEach
    void leaveNothing() throws IOException {
        LocalCluster.endServersIn(directory, StopMode.IMMEDIATE);
        FileTree.delete(parent);
    }

    @Test
    void twoStandbysStreamFromThePrimaryOfTheSystemsServer() {
        PostgresInstallation installation = Servers.system();
        try (LocalCluster cluster = LocalCluster.in(directory, installation)
                .nodes(3)
                .user("demo")
                .database("demo")
                .configure("work_mem = 5MB")
                .configure(2, "work_mem = 6MB")
                .start()) {
            cluster.node(0).query("demo", "CREATE TABLE t AS SELECT 42 AS answer");
            cluster.awaitStreaming();

            assertThat(cluster.node(1).query("demo", "SELECT answer FROM t")).containsExactly(List.of("42"));
            assertThat(cluster.node(2).query("demo", "SELECT answer FROM t")).containsExactly(List.of("42"));
            assertThat(cluster.nodes()).extracting(LocalNode::isStandby).containsExactly(false, true, true);
            assertThat(cluster.nodes())
                    .extracting(node -> node.value("SHOW work_mem"))
                    .containsExactly("5MB", "5MB", "6MB");
            assertThat(ServerProbe.selectOne(
                            LocalCluster.ADDRESS, cluster.node(1).port(), "demo", "demo", Duration.ofSeconds(5)))
                    .isEmpty();
        }
        assertThat(directory).doesNotExist();
    }

    @Test
    void killedPrimaryIsSucceededByAPromotedStandbyAndBecomesAStandbyWhenTheClusterIsStartedAgain() {
        PostgresInstallation installation = Servers.system();
        LocalCluster cluster = LocalCluster.in(directory, installation).nodes(2).start();
        cluster.node(0).kill();
        assertThat(cluster.node(0).isRunning()).isFalse();
        cluster.node(1).promote();
        cluster.node(1).query("CREATE TABLE after_promotion AS SELECT 1 AS one");
        assertThat(cluster.primary().id()).isEqualTo(1);
        // as a recovery leaves it; whom a standby follows is decided anew
        cluster.node(1).query("ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'");
        cluster.stop(StopMode.FAST);
        assertThat(cluster.nodes()).noneMatch(LocalNode::isRunning);

        try (LocalCluster again =
                LocalCluster.in(directory, installation).nodes(2).start()) {
            assertThat(again.primary().id()).isEqualTo(1);
            assertThat(again.node(0).isStandby()).isTrue();
            assertThat(again.node(0).query("SELECT one FROM after_promotion")).containsExactly(List.of("1"));
        }
    }

    @Test
    void standbyIsMadeByCopyingFilesWhereThereIsNoPgBasebackup() {
        PostgresInstallation installation = Servers.zonky();
        assertThat(installation.has("pg_basebackup")).isFalse();
        assertThat(installation.version()).isEqualTo("16.14");
        try (LocalCluster cluster =
                LocalCluster.in(directory, installation).nodes(3).start()) {
            cluster.node(0).query("CREATE TABLE t AS SELECT 42 AS answer");
            cluster.awaitStreaming();

            assertThat(cluster.node(2).query("SELECT answer FROM t")).containsExactly(List.of("42"));
            cluster.node(1).promote();
            assertThat(cluster.node(1).query("INSERT INTO t VALUES (43) RETURNING answer"))
                    .containsExactly(List.of("43"));
        }
    }

    @Test
    void frozenNodeDoesNotAnswerUntilItIsThawedAndCanBeDestroyedFrozen() {
        try (LocalCluster cluster =
                LocalCluster.in(directory, Servers.system()).nodes(1).start()) {
            LocalNode node = cluster.node(0);
            node.freeze();
            assertThat(ServerProbe.selectOne(
                            LocalCluster.ADDRESS, node.port(), "postgres", "postgres", Duration.ofMillis(300)))
                    .isPresent();
            node.thaw();
            assertThat(ServerProbe.selectOne(
                            LocalCluster.ADDRESS, node.port(), "postgres", "postgres", Duration.ofSeconds(10)))
                    .isEmpty();
            node.freeze();
        }
        assertThat(directory).doesNotExist();
    }

    @Test
    void serversThatSomebodyLeftBehindAreEndedByTheirDirectoryAlone() {
        LocalCluster cluster =
                LocalCluster.in(directory, Servers.system()).nodes(2).start();
        OsProcess primary = new OsProcess(cluster.node(0).pid().orElseThrow());

        LocalCluster.endServersIn(directory, StopMode.FAST);

        assertThat(cluster.nodes()).noneMatch(LocalNode::isRunning);
        assertThat(primary.isAlive()).isFalse();
        assertThat(LocalCluster.nodesIn(directory)).contains(2);
    }

    @Test
    void memoryOfAKilledServerIsReleasedWhenItsClusterIsDestroyed() throws IOException {
        Path segments = Path.of("/proc/sysvipc/shm");
        Assumptions.assumeTrue(Files.isReadable(segments), "no list of memory segments on this system");
        String process;
        try (LocalCluster cluster =
                LocalCluster.in(directory, Servers.system()).nodes(1).start()) {
            process = " " + cluster.node(0).pid().orElseThrow() + " ";
            cluster.node(0).kill();
            assertThat(segments).content().contains(process);
        }
        assertThat(segments).content().doesNotContain(process);
    }

    @Test
    void clientAuthenticationLinesComeBeforeTheTrustOfTheLoopbackAddressAndATemporaryClusterLeavesNothing() {
        Path temporary;
        try (LocalCluster cluster = LocalCluster.temporary(Servers.system())
                .nodes(1)
                .user("alice")
                .clientAuthentication("host all alice 127.0.0.1/32 reject")
                .start()) {
            temporary = cluster.directory();
            assertThat(ServerProbe.selectOne(
                            LocalCluster.ADDRESS, cluster.node(0).port(), "alice", "postgres", Duration.ofSeconds(5)))
                    .hasValueSatisfying(reason -> assertThat(reason).contains("28000"));
        }
        assertThat(temporary).doesNotExist();
    }

    @Test
    void wrongSettingFailsWithTheServersReasonAndLeavesNothing() {
        LocalCluster.Builder broken =
                LocalCluster.in(directory, Servers.system()).nodes(1).configure("no_such_setting = 1");

        assertThatThrownBy(broken::start)
                .isInstanceOf(LocalClusterException.class)
                .hasMessageContaining("no_such_setting");
        assertThat(directory).doesNotExist();
    }

    @Test
    void directoriesThatAreNotOursAreRefusedAndLeftAlone() throws IOException {
        Path foreign = Files.createDirectories(directory.resolve("node0")).resolve("precious");
        Files.writeString(foreign, "data");
        LocalCluster.Builder builder =
                LocalCluster.in(directory, Servers.system()).nodes(1);

        assertThatThrownBy(builder::start).hasMessageContaining("no finished cluster");
        assertThat(foreign).hasContent("data");
    }
}
