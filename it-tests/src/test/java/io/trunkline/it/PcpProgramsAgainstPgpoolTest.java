package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.OsProcess;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our pcp_* programs and those of an installed Pgpool-II, on the same command lines against the same Pgpool-II. */
class PcpProgramsAgainstPgpoolTest {
    private static final List<String> PLACES = List.of("/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/pgpool-II/bin");

    @TempDir
    private static Path directory;

    private static int port;
    private static int pcpPort;
    private static Optional<Process> pgpool = Optional.empty();
    private static Optional<RawClient> client = Optional.empty();
    private static Optional<Path> theirs = Optional.empty();
    private static Optional<Installation> ours = Optional.empty();

    @BeforeAll
    static void startPgpool() throws Exception {
        theirs = PLACES.stream()
                .map(Path::of)
                .filter(place -> Files.isExecutable(place.resolve("pgpool"))
                        && Files.isExecutable(place.resolve("pcp_node_info")))
                .findFirst();
        assumeTrue(theirs.isPresent(), "Pgpool-II is not installed");
        ours = Optional.of(Installation.in(directory.resolve("installation")));
        List<Integer> ports = FreePorts.find(2);
        port = ports.get(0);
        pcpPort = ports.get(1);
        configure();
        pgpool = Optional.of(new ProcessBuilder(
                        theirs.get().resolve("pgpool").toString(),
                        "-n",
                        "-D",
                        "-f",
                        directory.resolve("pgpool.conf").toString(),
                        "-F",
                        directory.resolve("pcp.conf").toString(),
                        "-a",
                        directory.resolve("pool_hba.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(directory.resolve("pgpool.log").toFile()))
                .start());
        Eventually.holds(() -> {
            RawClient attempt = new RawClient(port);
            attempt.startUp(Cluster.USER, Cluster.USER);
            assertThat(attempt.ask("SELECT 1")).isEqualTo("1");
            client = Optional.of(attempt);
        });
        // its process for PCP begins after those for clients
        Eventually.holds(() -> new Socket("127.0.0.1", pcpPort).close());
    }

    private static void configure() throws IOException {
        LocalCluster cluster = Cluster.shared();
        List<String> lines = new ArrayList<>(List.of(
                "backend_clustering_mode = 'streaming_replication'",
                "listen_addresses = '127.0.0.1'",
                "port = " + port,
                "socket_dir = '" + directory + "'",
                "pcp_listen_addresses = '127.0.0.1'",
                "pcp_port = " + pcpPort,
                "pcp_socket_dir = '" + directory + "'",
                "pid_file_name = '" + directory + "/pgpool.pid'",
                "logdir = '" + directory + "'",
                "num_init_children = 3",
                "max_pool = 2",
                // else the time that is left for a process is shown, and differs between two programs
                "child_life_time = 0",
                "sr_check_user = '" + cluster.superuser() + "'",
                "sr_check_database = 'postgres'",
                "sr_check_period = 0",
                "health_check_user = '" + cluster.superuser() + "'",
                "health_check_period = 0"));
        for (LocalNode node : cluster.nodes()) {
            lines.add("backend_hostname" + node.id() + " = '" + node.address() + "'");
            lines.add("backend_port" + node.id() + " = " + node.port());
            lines.add("backend_weight" + node.id() + " = " + (node.id() + 1));
        }
        Files.write(directory.resolve("pgpool.conf"), lines);
        // the hash of "secret"
        Files.writeString(directory.resolve("pcp.conf"), "admin:5ebe2294ecd0e0f08eab7690d2a6ee69\n");
        Files.writeString(directory.resolve("pool_hba.conf"), "");
        passwordFile("pass", "127.0.0.1:" + pcpPort + ":admin:secret\n" + directory + ":*:admin:secret\n");
        passwordFile("wrong", "*:*:*:wrong\n");
    }

    private static void passwordFile(String name, String text) throws IOException {
        Files.setPosixFilePermissions(
                Files.writeString(directory.resolve(name), text), PosixFilePermissions.fromString("rw-------"));
    }

    @AfterAll
    static void stopPgpool() throws Exception {
        if (client.isPresent()) {
            client.get().close();
        }
        if (pgpool.isPresent()) {
            new OsProcess(pgpool.get().pid()).signal("INT");
            if (!pgpool.get().waitFor(10, TimeUnit.SECONDS)) {
                pgpool.get().descendants().forEach(ProcessHandle::destroyForcibly);
                pgpool.get().destroyForcibly();
            }
        }
    }

    private static Installation.Result run(Path program, String arguments, Map<String, String> environment)
            throws Exception {
        List<String> words = new ArrayList<>(List.of("-h", "127.0.0.1", "-p", Integer.toString(pcpPort)));
        words.addAll(List.of("-U", "admin", "-w"));
        if (!arguments.isEmpty()) {
            words.addAll(List.of(arguments.replace("DIR", directory.toString()).split(" ")));
        }
        Installation.Result result = Installation.run(program, environment, words);
        // getopt names the program as it was called
        return new Installation.Result(
                result.status(), result.out(), result.err().replace(program.toString(), program.getFileName() + ""));
    }

    /** With the status of Pgpool-II's programs. */
    private static void assertSame(String command, String passwordFile) throws Exception {
        int blank = (command + " ").indexOf(' ');
        String name = command.substring(0, blank);
        String arguments = command.substring(blank).strip();
        Map<String, String> environment =
                Map.of("PCPPASSFILE", directory.resolve(passwordFile).toString(), "TRUNKLINE_PCP_STATUS", "pgpool");
        Installation.Result their = run(theirs.orElseThrow().resolve(name), arguments, environment);
        Installation.Result our = run(ours.orElseThrow().program(name), arguments, environment);
        assertThat(our).isEqualTo(their);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pcp_node_count",
                "pcp_node_count -v",
                "pcp_node_count 7",
                "pcp_node_count -h DIR -d",
                "pcp_node_info",
                "pcp_node_info -a",
                "pcp_node_info -v 1",
                "pcp_node_info -v",
                "pcp_node_info --node-id=2",
                "pcp_node_info 3",
                "pcp_health_check_stats 0",
                "pcp_health_check_stats -v 1",
                "pcp_health_check_stats 17",
                "pcp_pool_status",
                "pcp_pool_status --verbose",
                "pcp_proc_count",
                "pcp_proc_count -v",
                "pcp_proc_info",
                "pcp_proc_info -v",
                "pcp_proc_info --all",
                "pcp_proc_info 1",
                "pcp_watchdog_info",
                "pcp_watchdog_info -v 1",
                "pcp_attach_node",
                "pcp_attach_node -n 200",
                "pcp_detach_node --no 1",
                "pcp_promote_node 0",
                "pcp_recovery_node 0",
                "pcp_reload_config -s everywhere",
                "pcp_stop_pgpool -m gently",
                "pcp_reload_config",
                "pcp_proc_info -P none",
                "pcp_node_count -h DIR/none",
                "pcp_node_count -p 80",
            })
    void outputAndStatusAreTheSame(String command) throws Exception {
        assertSame(command, "pass");
    }

    @Test
    void wrongPasswordIsTheSameError() throws Exception {
        assertSame("pcp_node_count", "wrong");
        assertSame("pcp_node_count", "none");
    }

    @Test
    void refusalHasAStatusOfItsOwn() throws Exception {
        Map<String, String> environment =
                Map.of("PCPPASSFILE", directory.resolve("pass").toString());
        assertThat(run(ours.orElseThrow().program("pcp_node_info"), "9", environment))
                .isEqualTo(new Installation.Result(
                        1, "", "ERROR:  informing node info failed\nDETAIL:  invalid node ID : 9\n\n"));
    }

    @Test
    void nodeIsDetachedAndAttached() throws Exception {
        Map<String, String> environment =
                Map.of("PCPPASSFILE", directory.resolve("pass").toString());
        Installation programs = ours.orElseThrow();
        assertThat(run(programs.program("pcp_detach_node"), "2", environment))
                .isEqualTo(new Installation.Result(0, "pcp_detach_node -- Command Successful\n", ""));
        Eventually.holds(() -> assertThat(
                        run(programs.program("pcp_node_info"), "2", environment).out())
                .contains(" 3 0.500000 down "));
        assertSame("pcp_detach_node 2", "pass");
        assertThat(run(programs.program("pcp_attach_node"), "2", environment).status())
                .isZero();
        Eventually.holds(() -> assertThat(
                        run(programs.program("pcp_node_info"), "2", environment).out())
                .doesNotContain("down "));
    }
}
