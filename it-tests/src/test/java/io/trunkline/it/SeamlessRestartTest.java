package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.OsProcess;
import io.trunkline.proxy.process.ControlAnswer;
import io.trunkline.proxy.process.ControlClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** {@code trunkline restart}: no client notices. */
class SeamlessRestartTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private RestartRig trunkline;

    @BeforeEach
    void configure() throws IOException {
        trunkline = new RestartRig(directory);
        trunkline.configure(Cluster.shared(), List.of());
    }

    @AfterEach
    void end() {
        trunkline.close();
    }

    /** Connects, asks and leaves again and again. */
    private final class Comings {
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicInteger connects = new AtomicInteger();
        private final LongAccumulator longestNanos = new LongAccumulator(Math::max, 0);
        private final List<CompletableFuture<Void>> threads = new ArrayList<>();

        Comings(int number) {
            for (int i = 0; i < number; i++) {
                threads.add(CompletableFuture.runAsync(this::comeAndGo, task -> new Thread(task).start()));
            }
        }

        private void comeAndGo() {
            while (!over.get()) {
                long began = System.nanoTime();
                try (RawClient client = trunkline.client()) {
                    assertThat(client.ask("SELECT 1")).isEqualTo("1");
                    longestNanos.accumulate(System.nanoTime() - began);
                    client.terminate().send();
                    connects.incrementAndGet();
                } catch (IOException failed) {
                    throw new AssertionError("connect " + connects.get() + " has failed", failed);
                }
            }
        }

        /** Fails if one has failed. */
        int end() {
            over.set(true);
            threads.forEach(CompletableFuture::join);
            return connects.get();
        }
    }

    @Test
    void twoRestartsUnderLoadFailNoConnectAndLeaveSessionsAlone(TestReporter reporter) throws Exception {
        OsProcess first = trunkline.start();
        Comings comings = new Comings(3);
        RawClient inTransaction = trunkline.client();
        inTransaction.run("BEGIN; CREATE TABLE kept_over_restarts AS SELECT 1 AS one");

        OsProcess second = trunkline.restart();
        RawClient between = trunkline.client();
        between.run("SET work_mem = '1234kB'");
        OsProcess third = trunkline.restart();

        assertThat(first.isAlive()).isTrue();
        assertThat(second.isAlive()).isTrue();
        assertThat(inTransaction.ask("SELECT count(*) FROM kept_over_restarts")).isEqualTo("1");
        assertThat(RawClient.tags(inTransaction.run("COMMIT"))).isEqualTo("CZ");
        assertThat(RawClient.tags(inTransaction.run("DROP TABLE kept_over_restarts")))
                .isEqualTo("CZ");
        assertThat(between.ask("SHOW work_mem")).isEqualTo("1234kB");
        int connects = comings.end();
        assertThat(connects).isPositive();
        Duration longest = Duration.ofNanos(comings.longestNanos.get());
        reporter.publishEntry(
                Map.of("connects", Integer.toString(connects), "longest in ms", Long.toString(longest.toMillis())));
        assertThat(longest).isLessThan(Duration.ofSeconds(10));
        between.close();
        inTransaction.close();

        assertThat(first.awaitEnd(LIMIT)).isTrue();
        assertThat(second.awaitEnd(LIMIT)).isTrue();
        assertThat(third.isAlive()).isTrue();
        assertThat(Files.readString(trunkline.socketLock())).isEqualTo(trunkline.pid() + "\n");
        try (RawClient client = trunkline.client()) {
            assertThat(client.ask("SELECT 2")).isEqualTo("2");
        }
        assertThat(trunkline.run("stop", "-m", "fast").status()).isZero();
        assertThat(trunkline.pidFile()).doesNotExist();
        assertThat(trunkline.socketLock()).doesNotExist();
    }

    @Test
    void cancelRequestsFindTheProcessThatHasTheSession() throws Exception {
        trunkline.start();
        List<RawClient> clients = new ArrayList<>(List.of(trunkline.client()));
        trunkline.restart();
        clients.add(trunkline.client());
        trunkline.restart();
        clients.add(trunkline.client());
        for (RawClient client : clients) {
            client.query("SELECT pg_sleep(60), txid_current() /* long */").send();
        }
        for (int left = clients.size(); left > 0; left--) {
            int running = left;
            Eventually.holds(
                    () -> assertThat(Cluster.backends(Cluster.PRIMARY, "query LIKE '%/* long */' AND state = 'active'"))
                            .isEqualTo(running));
            RawClient client = clients.get(left - 1);
            byte[] wrong = client.cancelKey();
            wrong[0] ^= 1;
            client.cancel(client.pid(), wrong);
            client.cancel();
            assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("57014");
            assertThat(client.ask("SELECT 7")).isEqualTo("7");
        }
        assertThat(clients).extracting(RawClient::pid).doesNotHaveDuplicates();
        for (RawClient client : clients) {
            client.close();
        }
    }

    @Test
    void oneProcessDecidesAboutTheNodesAndSessionsOfBothFollow() throws Exception {
        Path runs = directory.resolve("runs");
        try (LocalCluster cluster = Cluster.start(builder -> builder.nodes(2))) {
            cluster.awaitStreaming();
            List<String> settings = new ArrayList<>(FailoverRig.settings(cluster));
            settings.replaceAll(
                    line -> line.replace("failover_command = '", "failover_command = 'echo %d >> " + runs + "; "));
            trunkline.configure(cluster, settings);
            trunkline.start();
            RawClient old = trunkline.client();
            assertThat(portOfWrites(old)).isEqualTo(cluster.node(0).port());
            trunkline.restart();
            RawClient fresh = trunkline.client();
            assertThat(portOfWrites(fresh)).isEqualTo(cluster.node(0).port());

            cluster.node(0).kill();

            for (RawClient client : List.of(old, fresh)) {
                Eventually.holds(
                        Duration.ofSeconds(60),
                        () -> assertThat(portOfWrites(client))
                                .isEqualTo(cluster.node(1).port()));
            }
            assertThat(Files.readAllLines(runs)).containsExactly("0");
            assertThat(Files.readAllLines(directory.resolve("pgpool_status"))).containsExactly("down", "up");
            // the next one knows it, too
            trunkline.restart();
            assertThat(portOfWrites(old)).isEqualTo(cluster.node(1).port());
            assertThat(portOfWrites(fresh)).isEqualTo(cluster.node(1).port());
            assertThat(trunkline.run("status", "--json").out()).contains("\"status\":\"down\"");
            old.close();
            fresh.close();
            trunkline.close();
        }
    }

    private static int portOfWrites(RawClient client) throws IOException {
        return Integer.parseInt(client.ask("SELECT inet_server_port(), txid_current()"));
    }

    @Test
    void limitsHoldForBothProcessesTogether() throws Exception {
        trunkline.configure(Cluster.shared(), List.of("backend_pool_size = 2", "num_init_children = 4"));
        // other tests may have left theirs
        String began = Cluster.ask(Cluster.shared().node(Cluster.PRIMARY), "SELECT clock_timestamp()");
        OsProcess process = trunkline.start();
        RawClient old = trunkline.client();
        old.run("BEGIN; SELECT txid_current() /* limited */");
        trunkline.restart();
        RawClient fresh = trunkline.client();
        fresh.run("BEGIN; SELECT txid_current() /* limited */");
        List<CompletableFuture<String>> waiting = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            waiting.add(CompletableFuture.supplyAsync(this::write, task -> new Thread(task).start()));
        }
        Eventually.isTrue(
                "they have come", () -> trunkline.run("status", "--json").out().contains("\"sessions\":3"));
        assertThat(Cluster.backends(
                        Cluster.PRIMARY, "usename = '" + Cluster.USER + "' AND backend_start > '" + began + "'"))
                .isEqualTo(2);
        assertThat(waiting).noneMatch(CompletableFuture::isDone);

        old.terminate().send();

        for (CompletableFuture<String> client : waiting) {
            assertThat(client.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("t");
        }
        assertThat(process.awaitEnd(LIMIT)).isTrue();
        assertThat(RawClient.tags(fresh.run("COMMIT"))).isEqualTo("CZ");
        fresh.close();
        old.close();
    }

    private String write() {
        try (RawClient client = trunkline.client()) {
            String answer = client.ask("SELECT txid_current() > 0");
            client.terminate().send();
            return answer;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void newProcessThatCannotStartLeavesTheOldOneAsItWas() throws Exception {
        OsProcess old = trunkline.start();
        RawClient client = trunkline.client();
        String good = Files.readString(trunkline.conf());
        Files.writeString(trunkline.conf(), good + "num_init_children = many\n");
        Installation.Result wrong = trunkline.run("restart");
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err()).contains("num_init_children", "goes on");

        // what only comes out when the new one is about to serve
        Files.writeString(trunkline.conf(), good + "listen_addresses = '127.0.0.1,192.0.2.1'\n");
        Installation.Result late = trunkline.run("restart");
        assertThat(late.err()).contains("has not taken over", "192.0.2.1");
        assertThat(late.status()).isEqualTo(1);

        assertThat(trunkline.pid()).isEqualTo(old.pid());
        assertThat(client.ask("SELECT 1")).isEqualTo("1");
        try (RawClient another = trunkline.client()) {
            assertThat(another.ask("SELECT 2")).isEqualTo("2");
        }
        client.close();
        Files.writeString(trunkline.conf(), good);
        OsProcess next = trunkline.restart();
        assertThat(old.awaitEnd(LIMIT)).isTrue();
        assertThat(next.isAlive()).isTrue();
    }

    @Test
    void sessionsThatStayTooLongAreEnded() throws Exception {
        trunkline.configure(Cluster.shared(), List.of("restart_drain_timeout = 1"));
        OsProcess old = trunkline.start();
        RawClient client = trunkline.client();
        trunkline.restart();

        assertThat(RawClient.error(client.untilClosed()).sqlState()).isEqualTo("57P01");
        assertThat(old.awaitEnd(LIMIT)).isTrue();
    }

    @Test
    void ifTheNewProcessIsKilledTheOldOneEndsAndAnotherCanStart() throws Exception {
        OsProcess old = trunkline.start();
        RawClient client = trunkline.client();
        OsProcess fresh = trunkline.restart();

        fresh.signal("KILL");

        assertThat(RawClient.error(client.untilClosed()).sqlState()).isEqualTo("57P01");
        assertThat(old.awaitEnd(LIMIT)).isTrue();
        trunkline.start();
        try (RawClient again = trunkline.client()) {
            assertThat(again.ask("SELECT 3")).isEqualTo("3");
        }
    }

    @Test
    void stopBreaksARestartOff() throws Exception {
        OsProcess old = trunkline.start();
        // a new process that never comes to anything
        Path started = directory.resolve("started");
        Path program = Files.createDirectories(directory.resolve("hangs/bin")).resolve("trunkline");
        Files.writeString(program, "#!/bin/sh\necho $$ >'" + started + "'\nexec sleep 1000\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        CompletableFuture<ControlAnswer> restart = CompletableFuture.supplyAsync(
                () -> ask("restart " + directory.resolve("hangs")), task -> new Thread(task).start());
        Eventually.holds(() -> assertThat(started).isNotEmptyFile());
        OsProcess hanging =
                new OsProcess(Long.parseLong(Files.readString(started).strip()));

        assertThat(trunkline.run("reload").err()).contains("a restart is under way");
        assertThat(trunkline.run("stop", "-m", "fast").status()).isZero();

        assertThat(restart.get(LIMIT.toSeconds(), TimeUnit.SECONDS).body()).contains("this server is being stopped");
        assertThat(old.isAlive()).isFalse();
        assertThat(hanging.awaitEnd(LIMIT)).isTrue();
        assertThat(trunkline.pidFile()).doesNotExist();
    }

    private ControlAnswer ask(String request) {
        try {
            return ControlClient.of(trunkline.pidFile()).ask(request, LIMIT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Who has connected to the control socket of a process that has been replaced meanwhile. */
    @Test
    void processThatHasHandedOverStartsNoFurtherOneAndPassesAStopOn() throws Exception {
        OsProcess old = trunkline.start();
        Path control = directory.resolve("trunkline.pid.sock");
        try (RawClient session = trunkline.client();
                SocketChannel restart = SocketChannel.open(UnixDomainSocketAddress.of(control));
                SocketChannel reload = SocketChannel.open(UnixDomainSocketAddress.of(control));
                SocketChannel stop = SocketChannel.open(UnixDomainSocketAddress.of(control))) {
            OsProcess fresh = trunkline.restart();

            assertThat(answer(restart, "restart " + directory.resolve("installation")))
                    .startsWith("failed")
                    .contains("another process has taken over already");
            assertThat(answer(reload, "reload")).startsWith("failed").contains("another process has taken over");
            assertThat(session.ask("SELECT 1")).isEqualTo("1");
            assertThat(answer(stop, "stop fast")).startsWith("ok");

            assertThat(old.awaitEnd(LIMIT)).isTrue();
            assertThat(fresh.awaitEnd(LIMIT)).isTrue();
            assertThat(trunkline.pidFile()).doesNotExist();
            assertThat(control).doesNotExist();
        }
    }

    @Test
    void serverWhoseEndIsTheEndForSystemdIsNotRestarted() throws Exception {
        Path program = directory.resolve("installation/bin/trunkline");
        ProcessBuilder unit = new ProcessBuilder(
                        "sh",
                        "-c",
                        "SYSTEMD_EXEC_PID=$$ exec \"$@\"",
                        "sh",
                        program.toString(),
                        "start",
                        "-n",
                        "-f",
                        trunkline.conf().toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("unit.log").toFile());
        unit.environment().put("TRUNKLINE_JAVA", System.getProperty("java.home", ""));
        Process server = unit.start();
        try {
            Eventually.isTrue("it serves", () -> trunkline.run("status").status() == 0);

            Installation.Result result = trunkline.run("restart");

            assertThat(result.status()).isEqualTo(1);
            assertThat(result.err()).contains("systemd takes the end of this process for the end of the server");
            assertThat(trunkline.pid()).isEqualTo(server.pid());
            assertThat(trunkline.run("stop", "-m", "fast").status()).isZero();
        } finally {
            server.destroyForcibly();
        }
    }

    private static String answer(SocketChannel channel, String request) throws IOException {
        Channels.newOutputStream(channel).write((request + "\n").getBytes(StandardCharsets.UTF_8));
        return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    }
}
