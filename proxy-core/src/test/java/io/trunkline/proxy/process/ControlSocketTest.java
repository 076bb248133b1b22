package io.trunkline.proxy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.CompatVersion;
import io.trunkline.config.ShownValue;
import io.trunkline.pcp.AdminOperations;
import io.trunkline.pcp.AdminOutcome;
import io.trunkline.pcp.EventFacts;
import io.trunkline.pcp.HealthCheckFacts;
import io.trunkline.pcp.NodeAction;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.NodeFacts.Role;
import io.trunkline.pcp.NodeFacts.Status;
import io.trunkline.pcp.NodeWork;
import io.trunkline.pcp.ProcessFacts;
import io.trunkline.pcp.ProcessList;
import io.trunkline.pcp.ReloadOutcome;
import io.trunkline.pcp.ServerStatus;
import io.trunkline.pcp.SessionFacts;
import io.trunkline.pcp.StatementFacts;
import io.trunkline.pcp.StopMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class ControlSocketTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final long LITTLE_PATIENCE_MILLIS = 300;
    private static final RestartRequest RESTART =
            home -> CompletableFuture.completedFuture(ControlAnswer.done("with " + home.resolve("bin")));
    private static final Instant SINCE = Instant.parse("2026-11-21T10:00:00Z");

    @TempDir
    private Path directory;

    private final RecordedOperations operations = new RecordedOperations();
    private Path pidFile = Path.of("");
    private Path path = Path.of("");
    private ControlSocket socket;

    /** Does nothing but say what it was asked. */
    private static final class RecordedOperations implements AdminOperations {
        final List<String> asked = new CopyOnWriteArrayList<>();
        volatile CompletableFuture<ProcessList> processes = CompletableFuture.completedFuture(
                new ProcessList(List.of(process(1, 1, 0), process(2, 1, 1), process(3, 0)), 1, 3, Duration.ZERO));
        volatile ReloadOutcome outcome = new ReloadOutcome(true, List.of());

        @Override
        public ServerStatus status() {
            return new ServerStatus(
                    "1.2", 4711, 9999, Instant.parse("2026-11-21T10:02:03Z"), false, 3, 0, "not served", 12, nodes());
        }

        @Override
        public List<NodeFacts> nodes() {
            return List.of(
                    node(0, "a\"b", Role.PRIMARY, Status.UP, OptionalLong.of(0), Optional.empty(), true),
                    node(1, "/tmp", Role.STANDBY, Status.DOWN, OptionalLong.empty(), Optional.empty(), true),
                    node(
                            2,
                            "db2",
                            Role.STANDBY,
                            Status.UP,
                            OptionalLong.of(120),
                            Optional.of(Duration.ofMillis(250)),
                            false));
        }

        private static NodeFacts node(
                int id,
                String host,
                Role role,
                Status status,
                OptionalLong lagBytes,
                Optional<Duration> lagTime,
                boolean readable) {
            boolean isDown = status == Status.DOWN;
            return new NodeFacts(
                    id, host, 5432 + id, 0.5, status, role, true, role, 0, lagBytes, lagTime, false, "", "", SINCE,
                    readable, isDown, isDown);
        }

        @Override
        public List<HealthCheckFacts> healthChecks() {
            return List.of();
        }

        @Override
        public List<StatementFacts> statements() {
            return List.of();
        }

        @Override
        public CompletableFuture<ProcessList> processes() {
            return processes;
        }

        private static ProcessFacts process(int pid, int... nodesInUse) {
            List<ProcessFacts.Connection> connections = new ArrayList<>();
            for (int node = 0; node < nodesInUse.length; node++) {
                connections.add(new ProcessFacts.Connection(
                        0, node, "db", "me", SINCE, Optional.empty(), 3, 0, 1, 77, nodesInUse[node] > 0, false));
            }
            return new ProcessFacts(pid, SINCE, 1, ProcessFacts.Status.IDLE, Optional.empty(), connections);
        }

        @Override
        public CompletableFuture<List<SessionFacts>> sessions() {
            return new CompletableFuture<>();
        }

        @Override
        public List<EventFacts> events() {
            return List.of(
                    new EventFacts(SINCE, 1, "down", "administrator"), new EventFacts(SINCE, -1, "writes served", ""));
        }

        @Override
        public List<ShownValue> settings() {
            return List.of();
        }

        @Override
        public CompatVersion compatVersion() {
            return CompatVersion.V4_7;
        }

        @Override
        public AdminOutcome rotateLogs() {
            return new AdminOutcome(false, "");
        }

        @Override
        public AdminOutcome invalidateQueryCache() {
            return new AdminOutcome(false, "");
        }

        @Override
        public ReloadOutcome reload() {
            asked.add("reload");
            return outcome;
        }

        final CompletableFuture<String> nodeAsked = new CompletableFuture<>();
        final CompletableFuture<AdminOutcome> node = new CompletableFuture<>();

        @Override
        public NodeWork node(NodeAction action, int id) {
            nodeAsked.complete(action + " " + id);
            return new NodeWork(CompletableFuture.completedFuture(new AdminOutcome(true, "it has begun")), node);
        }

        @Override
        public CompletableFuture<Boolean> drained(int id) {
            return CompletableFuture.completedFuture(true);
        }

        @Override
        public void stop(StopMode mode) {
            asked.add("stop " + mode);
            if (mode == StopMode.IMMEDIATE) {
                throw new IllegalStateException("broken");
            }
        }
    }

    @BeforeEach
    void open() throws StartFailure {
        pidFile = directory.resolve("trunkline.pid");
        path = ControlSocket.beside(pidFile);
        socket = ControlSocket.open(path, operations, RESTART);
    }

    @AfterEach
    void close() throws Exception {
        socket.close();
    }

    @Test
    void whatTakesLongIsAnsweredWhenItIsDoneAndHoldsUpNobody() throws Exception {
        ControlClient client = ControlClient.of(pidFile);
        CompletableFuture<ControlAnswer> switchover = CompletableFuture.supplyAsync(() -> {
            try {
                return client.ask("node switchover 1", LIMIT);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(operations.nodeAsked.get()).isEqualTo("SWITCHOVER 1");
        assertThat(client.ask("status json", LIMIT).ok()).isTrue();
        assertThat(switchover).isNotDone();

        operations.node.complete(new AdminOutcome(false, "node 1 is the primary already"));

        assertThat(switchover.get()).isEqualTo(ControlAnswer.failed("node 1 is the primary already"));
    }

    @Test
    void isForItsOwnerAloneAndGoesWhenItIsClosed() throws Exception {
        assertThat(path).hasToString(pidFile + ".sock");
        assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rw-------"));

        socket.close();

        assertThat(path).doesNotExist();
        assertThatThrownBy(() -> ask("reload")).isInstanceOf(IOException.class).hasMessageContaining(path.toString());
    }

    @Test
    void statusIsJsonForProgramsAndATableForPeople() throws Exception {
        assertThat(ask("status json"))
                .isEqualTo(
                        new ControlAnswer(
                                true,
                                "{\"version\":\"1.2\",\"pid\":4711,\"port\":9999,\"state\":\"running\","
                                        + "\"started_at\":\"2026-11-21T10:02:03Z\",\"sessions\":3,\"waiting\":0,"
                                        + "\"writes\":\"not_served\",\"epoch\":12,\"nodes\":["
                                        + "{\"id\":0,\"host\":\"a\\\"b\",\"port\":5432,\"role\":\"primary\",\"status\":\"up\",\"lag\":0,"
                                        + "\"lag_seconds\":null,\"since\":\"2026-11-21T10:00:00Z\",\"reachable\":true,"
                                        + "\"readable\":true,\"draining\":false,\"detached_by_administrator\":false,"
                                        + "\"connections_in_use\":2,\"connections_idle\":1},"
                                        + "{\"id\":1,\"host\":\"/tmp\",\"port\":5433,\"role\":\"standby\",\"status\":\"down\",\"lag\":null,"
                                        + "\"lag_seconds\":null,\"since\":\"2026-11-21T10:00:00Z\",\"reachable\":true,"
                                        + "\"readable\":true,\"draining\":true,\"detached_by_administrator\":true,"
                                        + "\"connections_in_use\":1,\"connections_idle\":1},"
                                        + "{\"id\":2,\"host\":\"db2\",\"port\":5434,\"role\":\"standby\",\"status\":\"up\",\"lag\":120,"
                                        + "\"lag_seconds\":0.25,\"since\":\"2026-11-21T10:00:00Z\",\"reachable\":true,"
                                        + "\"readable\":false,\"draining\":false,\"detached_by_administrator\":false,"
                                        + "\"connections_in_use\":0,\"connections_idle\":0}],\"events\":["
                                        + "{\"at\":\"2026-11-21T10:00:00Z\",\"node\":null,\"event\":\"writes served\",\"reason\":\"\"},"
                                        + "{\"at\":\"2026-11-21T10:00:00Z\",\"node\":1,\"event\":\"down\",\"reason\":\"administrator\"}]}"));
        String since = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")
                .withZone(ZoneId.systemDefault())
                .format(SINCE);
        assertThat(ask("status text").body().lines().toList())
                .satisfies(lines ->
                        assertThat(lines.get(0)).startsWith("Trunkline 1.2 is running: process id 4711, port 9999, up"))
                .endsWith(
                        "3 sessions, 0 waiting; writes are not served",
                        "",
                        "node  host  port  role     status                                        lag                 connections       since",
                        "0     a\"b   5432  primary  up                                            0 bytes             2 in use, 1 idle  "
                                + since,
                        "1     /tmp  5433  standby  down, detached by an administrator, draining  unknown             1 in use, 1 idle  "
                                + since,
                        "2     db2   5434  standby  up, no reads                                  120 bytes, 0.250 s  0 in use, 0 idle  "
                                + since,
                        "",
                        "last events",
                        since + "  cluster  writes served",
                        since + "  node 1   down           administrator");
    }

    @Test
    void statusDoesNotWaitForAnEventLoopThatIsBusy() throws Exception {
        operations.processes = new CompletableFuture<>();
        assertThat(ask("status text").body()).contains("0 bytes             unknown      ");
        assertThat(ask("status json").body()).contains("\"connections_in_use\":null");
    }

    @Test
    void statusIsToldWithoutWhatCannotBeFoundOut() throws Exception {
        operations.processes = CompletableFuture.failedFuture(new IllegalStateException("broken"));
        assertThat(ask("status text")).returns(true, ControlAnswer::ok);
        assertThat(ask("status json").body()).contains("\"connections_in_use\":null");
    }

    @Test
    void stopAndReloadReachTheServerAndSayWhatCameOfIt() throws Exception {
        operations.outcome = new ReloadOutcome(false, List.of("first", "second"));

        assertThat(ask("reload")).isEqualTo(new ControlAnswer(false, "first\nsecond"));
        assertThat(ask("stop smart")).isEqualTo(new ControlAnswer(true, ""));
        assertThat(operations.asked).containsExactly("reload", "stop smart");
    }

    @Test
    void anErrorInsideIsAnAnswerAndNotTheEnd() throws Exception {
        assertThat(ask("stop immediate"))
                .isEqualTo(new ControlAnswer(false, "internal error: java.lang.IllegalStateException: broken"));
        assertThat(ask("stop fast").ok()).isTrue();
    }

    @Test
    void unknownRequestsAndGarbageAreRefused() throws Exception {
        assertThat(ask("stop")).isEqualTo(new ControlAnswer(false, "this request is not known"));
        assertThat(ask("\u0000\u0001\u00ff")).isEqualTo(new ControlAnswer(false, "this request is not known"));
        assertThat(operations.asked).isEmpty();
    }

    @Test
    void aRestartIsAskedForWithTheInstallation() throws Exception {
        assertThat(ask("restart /opt/trunkline 2")).isEqualTo(new ControlAnswer(true, "with /opt/trunkline 2/bin"));
    }

    @Test
    void whoHasAskedIsAnsweredAlthoughAnotherHasTakenThePlaceOfTheSocket() throws Exception {
        Path shared = path.resolveSibling("s.sock");
        CompletableFuture<Path> asked = new CompletableFuture<>();
        CompletableFuture<ControlAnswer> answer = new CompletableFuture<>();
        RestartRequest restart = home -> {
            asked.complete(home);
            return answer;
        };
        ControlSocket old = ControlSocket.open(shared, operations, restart);
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(shared))) {
            client.write(ByteBuffer.wrap("restart /opt\n".getBytes(StandardCharsets.UTF_8)));
            assertThat(asked.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(Path.of("/opt"));
            try (ControlSocket fresh = ControlSocket.replace(shared, operations, RESTART)) {
                old.leave();
                answer.complete(ControlAnswer.done("it is done"));
                assertThat(readAll(client)).isEqualTo("ok\nit is done");
                old.close();
                assertThat(shared).exists();
            }
            assertThat(shared).doesNotExist();
        }
    }

    @Test
    void aRequestThatIsTooLongIsRefusedWithoutWaitingForItsEnd() throws Exception {
        try (SocketChannel client = connect()) {
            client.write(ByteBuffer.wrap("x".repeat(ControlSocket.MAX_REQUEST).getBytes(StandardCharsets.UTF_8)));

            assertThat(readAll(client)).isEqualTo("failed\na request has at most 4096 bytes");
        }
    }

    @Test
    void aRequestMayComeInPieces() throws Exception {
        try (SocketChannel client = connect()) {
            for (String piece : List.of("rel", "o", "ad\n")) {
                client.write(ByteBuffer.wrap(piece.getBytes(StandardCharsets.UTF_8)));
            }

            assertThat(readAll(client)).isEqualTo("ok\n");
        }
    }

    @Test
    void whoSendsNothingIsCutOffAndHoldsNobodyUp() throws Exception {
        socket.close();
        socket = ControlSocket.open(path, new ControlRequests(operations, RESTART), LITTLE_PATIENCE_MILLIS);
        List<SocketChannel> silent = new ArrayList<>();
        try {
            for (int i = 0; i < ControlSocket.MAX_CLIENTS + 3; i++) {
                silent.add(connect());
            }
            // All places are taken: the answer comes when the first of the others have been cut off.
            assertThat(ask("reload").ok()).isTrue();
            for (SocketChannel client : silent) {
                assertThat(readAll(client)).isEmpty();
            }
        } finally {
            for (SocketChannel client : silent) {
                client.close();
            }
        }
    }

    @Test
    void whoLeavesInTheMiddleOfARequestDisturbsNobody() throws Exception {
        try (SocketChannel client = connect()) {
            client.write(ByteBuffer.wrap("stop fa".getBytes(StandardCharsets.UTF_8)));
            client.shutdownOutput();

            assertThat(readAll(client)).isEmpty();
        }
        assertThat(ask("reload").ok()).isTrue();
        assertThat(operations.asked).containsExactly("reload");
    }

    @Test
    void aSocketThatAKilledServerLeftIsReplacedButNoOtherFile() throws Exception {
        ControlSocket second = ControlSocket.open(path, operations, RESTART);
        assertThat(ask("reload").ok()).isTrue();
        second.close();

        Path file = Files.writeString(directory.resolve("other.sock"), "x");
        assertThatThrownBy(() -> ControlSocket.open(file, operations, RESTART))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("there is a file of that name that is no socket");
        assertThat(file).content().isEqualTo("x");
    }

    @Test
    void aNameThatIsTooLongIsRefusedWithTheParameterToChange() {
        Path tooLong = directory.resolve("x".repeat(120) + ".sock");

        assertThatThrownBy(() -> ControlSocket.open(tooLong, operations, RESTART))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("pid_file_name has to be shorter");
    }

    private ControlAnswer ask(String request) throws IOException {
        return ControlClient.of(pidFile).ask(request, LIMIT);
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    private static String readAll(SocketChannel client) throws IOException {
        try (InputStream in = Channels.newInputStream(client)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
