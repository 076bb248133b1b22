package io.trunkline.failover.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.trunkline.failover.ClusterMemory;
import io.trunkline.failover.NodeStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class StatusFileTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir
    Path directory;

    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

    @BeforeEach
    void listen() {
        appender.start();
        logger().addAppender(appender);
        logger().setLevel(Level.INFO);
    }

    @AfterEach
    void stop() {
        logger().detachAppender(appender);
        logger().setLevel(null);
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(StatusFile.class.getPackageName());
    }

    private StatusFile file() {
        return new StatusFile(directory);
    }

    private List<String> warnings() {
        return appender.list.stream()
                .filter(event -> event.getLevel().toString().equals("WARN"))
                .map(event -> event.getFormattedMessage().replace(directory + "/", ""))
                .toList();
    }

    /** One with the highest bit set, as half of all have it. */
    private static final OptionalLong SYSTEM = OptionalLong.of(-7_000_000_000_000_000_000L);

    private static final List<ClusterMemory.Promise> PROMISES = List.of(
            new ClusterMemory.Promise(4, 0, List.of(1, 2), "ANY 2 (*)"),
            new ClusterMemory.Promise(5, 1, List.of(), "ANY 1 (\"a = b\", \"#\")"));

    private List<NodeStatus> statuses(int nodes) {
        return file().read(nodes).nodes().stream()
                .map(ClusterMemory.Former::status)
                .toList();
    }

    private static ClusterMemory.Former node(NodeStatus status) {
        return new ClusterMemory.Former(status, Optional.of(NOON), false);
    }

    private static ClusterMemory state(ClusterMemory.Former... nodes) {
        return new ClusterMemory(7, 1, OptionalInt.of(5), SYSTEM, List.of(nodes), PROMISES);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    @Test
    void theFileIsThatOfPgpoolWithALineForEachNode() throws Exception {
        boolean written = file().write(state(
                node(NodeStatus.DOWN),
                node(NodeStatus.UP),
                node(NodeStatus.UNUSED),
                node(NodeStatus.WAITING),
                node(NodeStatus.QUARANTINE)));
        assertThat(written).isTrue();
        assertThat(directory.resolve("pgpool_status")).hasContent("down\nup\nunused\nup\nup\n");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("pgpool_status", "pgpool_status.trunkline");
        }
    }

    @Test
    void whatWasWrittenIsReadBackAndNodesThatWereUpAreTried() throws Exception {
        ClusterMemory.Former detached = new ClusterMemory.Former(NodeStatus.DOWN, Optional.of(NOON), true);
        file().write(state(detached, node(NodeStatus.UP), node(NodeStatus.DOWN)));
        assertThat(file().read(3))
                .isEqualTo(new ClusterMemory(
                        7,
                        1,
                        OptionalInt.of(5),
                        SYSTEM,
                        List.of(detached, node(NodeStatus.WAITING), node(NodeStatus.DOWN)),
                        PROMISES));
        assertThat(warnings()).isEmpty();
        assertThat(appender.list.stream().map(ILoggingEvent::getFormattedMessage))
                .contains(
                        "reading status file: 0 th backend is set to down status",
                        "reading status file: 1 th backend is set to up status");
    }

    @Test
    void theOldBinaryFormatIsReadInTheOrderOfThisMachine() throws Exception {
        ByteBuffer numbers = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());
        numbers.putInt(3).putInt(2).putInt(1).putInt(9);
        Files.write(directory.resolve("pgpool_status"), numbers.array());
        assertThat(statuses(4))
                .containsExactly(NodeStatus.DOWN, NodeStatus.WAITING, NodeStatus.WAITING, NodeStatus.WAITING);
        assertThat(warnings()).containsExactly("pgpool_status: node 3 has the unknown status 9, which is ignored");
    }

    @Test
    void nothingIsWrittenWhereNoNodeWouldBeUp() throws Exception {
        file().write(state(node(NodeStatus.DOWN), node(NodeStatus.UP)));
        assertThat(file().write(state(node(NodeStatus.DOWN), node(NodeStatus.DOWN), node(NodeStatus.UNUSED))))
                .isFalse();
        assertThat(directory.resolve("pgpool_status")).hasContent("down\nup\n");
        assertThat(warnings()).containsExactly("all nodes are down: pgpool_status is left as it is");
    }

    @Test
    void aFileWithNobodyUpIsIgnored() throws Exception {
        write("pgpool_status", "down\ndown\nup\n");
        assertThat(statuses(2)).containsOnly(NodeStatus.WAITING);
        assertThat(warnings()).containsExactly("pgpool_status has no node that is up, and is ignored: all are tried");
    }

    @Test
    void newNodesAndThoseThatWereUnusedAreTried() throws Exception {
        write("pgpool_status", "down\nunused\nUP\n");
        assertThat(statuses(4))
                .containsExactly(NodeStatus.DOWN, NodeStatus.WAITING, NodeStatus.WAITING, NodeStatus.WAITING);
    }

    @Test
    void aMissingFileIsNoMistake() {
        assertThat(file().read(2))
                .isEqualTo(new ClusterMemory(
                        0,
                        -1,
                        OptionalInt.empty(),
                        OptionalLong.empty(),
                        List.of(ClusterMemory.Former.UNKNOWN, ClusterMemory.Former.UNKNOWN),
                        List.of()));
        assertThat(warnings()).isEmpty();
        assertThat(appender.list.get(0).getFormattedMessage())
                .isEqualTo("Backend status file " + file().path() + " does not exist");
    }

    @Test
    void damagedLinesAreNamedAndIgnored() throws Exception {
        write("pgpool_status", "down\nwhat?\nup\n");
        write(
                "pgpool_status.trunkline",
                "# head\nepoch = 9\nprimary = one\ntimeline = 0\nnode0.status = down\nnode0.since = noon\n"
                        + "node0.detached_by_administrator = on\nrubbish\nnodeX.status = up\nnode1.colour = red\n"
                        + "node1.status = broken\npromise = timeline 3\n");
        assertThat(file().read(3))
                .isEqualTo(new ClusterMemory(
                        9,
                        -1,
                        OptionalInt.empty(),
                        OptionalLong.empty(),
                        List.of(
                                new ClusterMemory.Former(NodeStatus.DOWN, Optional.empty(), true),
                                ClusterMemory.Former.UNKNOWN,
                                ClusterMemory.Former.UNKNOWN),
                        List.of()));
        assertThat(warnings().stream().map(text -> text.split(" ", 2)[0]))
                .containsExactly(
                        "pgpool_status:2:",
                        "pgpool_status.trunkline:3:",
                        "pgpool_status.trunkline:4:",
                        "pgpool_status.trunkline:6:",
                        "pgpool_status.trunkline:8:",
                        "pgpool_status.trunkline:9:",
                        "pgpool_status.trunkline:10:",
                        "pgpool_status.trunkline:11:",
                        "pgpool_status.trunkline:12:");
    }

    @Test
    void arbitraryBytesAndHugeFilesAreIgnoredWithAWarning() throws Exception {
        Files.write(directory.resolve("pgpool_status"), new byte[300 * 1024]);
        Files.write(directory.resolve("pgpool_status.trunkline"), new byte[] {(byte) 0xff, 0, 1, '\n', 2});
        assertThat(statuses(1)).containsExactly(NodeStatus.WAITING);
        assertThat(warnings()).hasSize(3);
        assertThat(warnings().get(0)).startsWith("pgpool_status is too long");
    }

    @Test
    void whatIsSaidOfANodeCountsOnlyWhileBothFilesAgree() throws Exception {
        file().write(state(new ClusterMemory.Former(NodeStatus.DOWN, Optional.of(NOON), true), node(NodeStatus.UP)));
        write("pgpool_status", "up\ndown\n");
        assertThat(file().read(2).nodes())
                .containsExactly(
                        ClusterMemory.Former.UNKNOWN,
                        new ClusterMemory.Former(NodeStatus.DOWN, Optional.empty(), false));
    }

    @Test
    void aPrimaryThatIsNoLongerConfiguredIsForgotten() throws Exception {
        file().write(state(node(NodeStatus.UP), node(NodeStatus.UP)));
        assertThat(file().read(1).primary()).isEqualTo(-1);
    }

    @Test
    void discardingRemovesBothFilesAndMayBeDoneTwice() throws Exception {
        file().write(state(node(NodeStatus.UP)));
        file().discard();
        file().discard();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aDraftThatALinkPointsElsewhereFromIsNotWrittenThrough() throws Exception {
        Path victim = directory.resolve("victim");
        Files.writeString(victim, "mine");
        Files.createSymbolicLink(directory.resolve("pgpool_status.new"), victim);
        file().write(state(node(NodeStatus.UP)));
        assertThat(victim).hasContent("mine");
        assertThat(directory.resolve("pgpool_status")).hasContent("up\n").isRegularFile();
    }

    @Test
    void aDirectoryThatIsNotThereIsAnError() {
        assertThatThrownBy(() -> new StatusFile(directory.resolve("no")).write(state(node(NodeStatus.UP))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no/pgpool_status");
    }
}
