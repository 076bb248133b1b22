package io.trunkline.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.FileTree;
import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalClusterException;
import io.trunkline.localcluster.OsProcess;
import io.trunkline.localcluster.PostgresFinder;
import io.trunkline.localcluster.ServerProbe;
import io.trunkline.localcluster.StopMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The demo as a process of its own, with {@link RelayStandIn} for the server. */
final class DemoTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final DemoPlace place = DemoPlace.ofThisUser();
    private final List<Process> started = new ArrayList<>();
    private Path directory = Path.of("");
    private int port;

    @BeforeAll
    static void requirePostgresql() {
        try {
            new PostgresFinder(line -> {}).any();
        } catch (LocalClusterException none) {
            Assumptions.abort("no PostgreSQL for a demo: " + none.getMessage());
        }
    }

    @BeforeEach
    void prepare() throws IOException {
        directory = Files.createTempDirectory("trunkline-demo-test");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        port = FreePorts.find(1).get(0);
        server("exec '" + java() + "' -XX:TieredStopAtLevel=1 -cp '" + System.getProperty("java.class.path") + "' "
                + RelayStandIn.class.getName() + " \"$@\"");
    }

    @AfterEach
    void leaveNothing() throws Exception {
        started.forEach(Process::destroyForcibly);
        if (place.find(port).isPresent()) {
            DemoEnding.end(place, place.find(port).orElseThrow());
        }
        LocalCluster.endServersIn(directory.resolve("kept/cluster"), StopMode.IMMEDIATE);
        FileTree.delete(directory);
    }

    @Test
    void interruptEndsTheForegroundDemoWithStatus0AndNothingIsLeft() throws Exception {
        Process demo = start("--port", Integer.toString(port), "--nodes", "2");
        List<String> welcome = readUntil(demo, "Ctrl-C");

        assertThat(welcome.get(0)).isEqualTo("Trunkline is ready on port " + port);
        assertThat(welcome)
                .contains(
                        "host=localhost port=" + port + " user=demo dbname=demo",
                        "jdbc:postgresql://localhost:" + port + "/demo?user=demo");
        assertThat(String.join("\n", welcome)).contains("SHOW POOL_NODES;", "SELECT inet_server_port();", "INSERT");
        assertThat(ServerProbe.selectOne("localhost", port, "demo", "demo", LIMIT))
                .isEmpty();
        DemoState state = place.find(port).orElseThrow();

        new OsProcess(demo.pid()).signal("INT");

        assertThat(await(demo)).isZero();
        assertEnded(state);
        assertThat(state.directory()).doesNotExist();
        assertThat(place.find(port)).isEmpty();
    }

    @Test
    void detachedDemoIsEndedByStopAndAKeptDirectoryIsUsedAgain() throws Exception {
        Path kept = directory.resolve("kept");
        String[] arguments = {"--port", Integer.toString(port), "--nodes", "1", "--detach", "--keep", kept.toString()};
        assertThat(await(start(arguments))).isZero();
        DemoState state = place.find(port).orElseThrow();
        assertThat(state.directory()).isEqualTo(kept);
        assertThat(state.isAlive()).isTrue();
        Path configuration = kept.resolve("pgpool.conf");
        assertThat(configuration)
                .content()
                .contains("port = " + port, "pcp_port = " + (port + 1), "backend_application_name0 = 'node0'");

        assertThat(await(start("--port", Integer.toString(port)))).isEqualTo(1);
        String other = FreePorts.find(1).get(0).toString();
        assertThat(await(start("--port", other, "--keep", kept.toString()))).isEqualTo(1);
        assertThat(ServerProbe.selectOne("localhost", port, "demo", "demo", LIMIT))
                .isEmpty();

        assertThat(await(start("--stop", "--port", Integer.toString(port)))).isZero();
        assertEnded(state);
        assertThat(LocalCluster.nodesIn(kept.resolve("cluster"))).contains(1);

        assertThat(await(start(arguments))).isZero();
        assertThat(await(start("--stop", "--port", Integer.toString(port)))).isZero();
    }

    @Test
    void whatADemoLeavesThatWasKilledIsEndedByStop() throws Exception {
        Process demo = start("--port", Integer.toString(port), "--nodes", "1");
        readUntil(demo, "Trunkline is ready");
        DemoState state = place.find(port).orElseThrow();
        demo.destroyForcibly().waitFor();
        assertThat(state.trunkline().orElseThrow().isAlive()).isTrue();

        assertThat(await(start("--stop", "--port", Integer.toString(port)))).isZero();

        assertEnded(state);
        assertThat(state.directory()).doesNotExist();
    }

    @Test
    void demoInTheForegroundIsEndedByStopFromElsewhere() throws Exception {
        Process demo = start("--port", Integer.toString(port), "--nodes", "1");
        readUntil(demo, "Trunkline is ready");

        assertThat(await(start("--stop", "--port", Integer.toString(port)))).isZero();

        assertThat(await(demo)).isZero();
        assertThat(place.find(port)).isEmpty();
    }

    @Test
    void takenPortIsNamedAndNothingIsStarted() throws Exception {
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            Process demo = start("--port", Integer.toString(port));

            assertThat(readUntil(demo, "port " + port + " is taken")).hasSize(1);
            assertThat(await(demo)).isEqualTo(1);
            assertThat(taken.isClosed()).isFalse();
        }
        assertThat(place.find(port)).isEmpty();
    }

    @Test
    void serverThatDoesNotStartIsReportedWithItsReasonAndItsLogStays() throws Exception {
        server("echo 'FATAL: the stand-in refuses'; exit 1");
        Process demo = start("--port", Integer.toString(port), "--nodes", "1");
        Path log = place.directoryFor(port).resolve("trunkline.log");

        List<String> lines = readUntil(demo, "Its log is " + log);

        assertThat(lines).anySatisfy(line -> assertThat(line).contains("FATAL: the stand-in refuses"));
        assertThat(await(demo)).isEqualTo(1);
        assertThat(log).hasContent("FATAL: the stand-in refuses");
        DemoState state = place.find(port).orElseThrow();
        assertThat(state.isAlive()).isFalse();
        assertThat(state.cluster()).doesNotExist();
    }

    private void assertEnded(DemoState state) {
        assertThat(state.trunkline().orElseThrow().isAlive()).isFalse();
        assertThat(state.isAlive()).isFalse();
        assertThat(ProcessHandle.allProcesses()
                        .filter(process -> process.info()
                                .commandLine()
                                .filter(line -> line.contains(state.cluster().toString()))
                                .isPresent())
                        .filter(process -> new OsProcess(process.pid()).isAlive()))
                .isEmpty();
    }

    private void server(String commands) throws IOException {
        Path script = directory.resolve("home/bin/trunkline");
        Files.createDirectories(script.getParent());
        Files.writeString(script, "#!/bin/sh\n" + commands + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                java(),
                "-XX:TieredStopAtLevel=1",
                "-Dtrunkline.home=" + directory.resolve("home"),
                "-cp",
                System.getProperty("java.class.path"),
                "io.trunkline.cli.Main",
                "demo"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        started.add(process);
        return process;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The lines from the first that is not about progress to the one with this text. */
    private static List<String> readUntil(Process process, String text) throws IOException {
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        List<String> all = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            all.add(line);
            if (!line.startsWith("Creating") && !line.startsWith("Starting")) {
                lines.add(line);
            }
            if (line.contains(text)) {
                return lines;
            }
        }
        throw new AssertionError("no \"" + text + "\" in " + all);
    }

    private static int await(Process process) throws Exception {
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the demo does not end");
        }
        return process.exitValue();
    }
}
