package io.trunkline.failover.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.pool.NodeAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataDirectoryTest {
    @TempDir
    Path temporary;

    private DataDirectory directory;
    private Path path;

    @BeforeEach
    void make() throws IOException {
        path = Files.createDirectory(temporary.toRealPath().resolve("data"));
        Files.createDirectories(path.resolve("pg_wal"));
        Files.createDirectories(path.resolve("pg_tblspc"));
        directory = new DataDirectory(2, path);
    }

    private void write(String name, String text) throws IOException {
        Files.createDirectories(path.resolve(name).getParent());
        Files.writeString(path.resolve(name), text);
    }

    private static void refused(ThrowingCallable call, String why) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RecoveryFailure.class,
                        failure -> assertThat(failure.text())
                                .startsWith("node recovery refused for node 2: ")
                                .contains(why));
    }

    private static DataDirectory configured(String name) {
        return DataDirectory.of(new RecoveryTarget(new NodeAddress(2, "localhost", 5432, 0), name, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "relative", "/no/such/directory", "/etc/passwd"})
    void whatIsNoDirectoryHereIsRefused(String name) {
        refused(() -> configured(name), "backend_data_directory2");
    }

    @Test
    void linksToADirectoryAreFollowed() throws IOException {
        Path link = Files.createSymbolicLink(temporary.resolve("link"), path);
        assertThat(configured(link.toString()).path()).isEqualTo(path);
        assertThat(configured(link.toString()).sibling(".old")).isEqualTo(path.resolveSibling("data.old"));
    }

    @Test
    void processThatMerelyHasTheNumberOfAnOldServerIsNone() throws IOException {
        write("postmaster.pid", ProcessHandle.current().pid() + "\n" + path + "\n");
        assertThat(directory.requireNoServer()).isFalse();
    }

    @Test
    void lockThatIsBeingWrittenMayBeAServers() throws IOException {
        write("postmaster.pid", "\n");
        refused(() -> directory.requireNoServer(), "a server may be starting");
    }

    @Test
    void tablespaceOutsideIsRefused() throws IOException {
        directory.requireAllInside();
        Files.createSymbolicLink(path.resolve("pg_tblspc/16384"), temporary);
        refused(() -> directory.requireAllInside(), "tablespaces outside of " + path);
    }

    @Test
    void directoryOfSomethingElseIsRefused() throws IOException {
        refused(() -> directory.major(), "neither empty nor a data directory");
        write("PG_VERSION", "15\n");
        assertThat(directory.major()).isEqualTo(15);
    }

    @Test
    void timelineIsTheHighestThatAnythingNames() throws IOException {
        ControlData control = new ControlData(1, 2, 0, false);
        assertThat(directory.state(control)).isEqualTo(new TargetState(control, 2, Optional.empty()));
        write("pg_wal/00000002.history", "1\t0/10\tx\n");
        write("pg_wal/0000000A.history", "1\t0/10\tx\n2\t0/20\ty\n");
        TargetState state = directory.state(control);
        assertThat(state.timeline()).isEqualTo(10);
        assertThat(state.history()).contains(TimelineHistory.parse("1 0/10\n2 0/20"));
    }

    @Test
    void serverIsStartedAgainAsItWasStartedLast() throws IOException {
        assertThat(directory.startOptions()).isEmpty();
        write("postmaster.opts", "/usr/bin/postgres \"-D\" \"/data\" \"-c\" \"config_file=/etc/postgresql.conf\"\n");
        assertThat(directory.startOptions()).isEqualTo("\"-c\" \"config_file=/etc/postgresql.conf\"");
    }

    @Test
    void configurationFilesAreFoundInSubdirectoriesToo() throws IOException {
        write("postgresql.conf", "");
        write("conf.d/more.conf", "");
        write("base/5/other", "");
        assertThat(directory.configuration()).containsExactly(Path.of("conf.d/more.conf"), Path.of("postgresql.conf"));
    }
}
