package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.StopMode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The test does what a failover manager does: it promotes, has the others follow, and calls the scripts of
 * {@code resources/failover-manager}, which tell {@code bin/pgpool} by the pcp_* programs. Each node has an address of its
 * own, as on machines of their own.
 */
class FailoverByOthersTest {
    private static final Path PROGRAMS_OF_PGPOOL = Path.of("/usr/sbin");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** For our programs. */
    private static final Map<String, String> JAVA = Map.of("TRUNKLINE_JAVA", System.getProperty("java.home", ""));

    @TempDir
    private Path directory;

    private final List<Integer> ports = FreePorts.find(2);
    private Optional<LocalCluster> started = Optional.empty();
    private Optional<Process> server = Optional.empty();

    @AfterEach
    void stop() {
        server.ifPresent(process -> {
            process.destroyForcibly();
            process.onExit().join();
        });
        started.ifPresent(LocalCluster::close);
    }

    @Test
    void theScriptsDoTheirWorkWithOurProgramsAndTheLayoutsOf41() throws Exception {
        Installation installation = Installation.in(directory.resolve("installation"));
        start(installation, installation.home().resolve("bin"), "4.1");

        assertThat(backend("check_primary", "127.0.0.1").exit()).isOne();
        assertThat(backend("check_primary", "127.0.0.2").exit()).isZero();
        assertThat(backend("check_primary", "127.0.0.9").exit()).isEqualTo(255);
        assertThat(backend("CHECK_PRIMARY", "127.0.0.1", "1").exit()).as("port").isEqualTo(255);
        standbyIsLostAndBack();
        primaryIsLost();
        assertThat(backend("check_primary", "127.0.0.1").exit()).isZero();
        assertThat(backend("check_primary", "127.0.0.2").exit()).isOne();
        switchover();
    }

    /** Whose programs know the layout of 4.3 only; there the 6th word is no role. */
    @Test
    void theScriptsDoTheirWorkWithTheProgramsOfPgpool() throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(PROGRAMS_OF_PGPOOL.resolve("pcp_node_info")), "pgpool2 is not installed");
        start(Installation.in(directory.resolve("installation")), PROGRAMS_OF_PGPOOL, "4.3");

        standbyIsLostAndBack();
        primaryIsLost();
        switchover();
    }

    // ---- what happens, and what a failover manager does then

    private void standbyIsLostAndBack() {
        node(2).kill();
        loadBalancer("detach", "127.0.0.3");
        assertNodes("0 up primary", "1 up standby", "2 down standby");

        node(2).start();
        loadBalancer("attach", "127.0.0.3");
        assertNodes("0 up primary", "1 up standby", "2 up standby");

        assertThat(directory.resolve("pp_log"))
                .content()
                .containsSubsequence(
                        "node address to detach = 127.0.0.3.\n",
                        "searching node-id for 127.0.0.3: from 3 configured backends\n",
                        "127.0.0.3: has backend node-id = 2 in Pgpool-II\n",
                        "detaching node-id: 2\n",
                        "pcp_detach_node -- Command Successful\n",
                        "node address to attach = 127.0.0.3.\n",
                        "attaching node-id: 2\n",
                        "pcp_attach_node -- Command Successful\n");
    }

    /** The other standby is told late whom to follow: until then it is out of service, and follow_master.sh attaches it. */
    private void primaryIsLost() {
        node(0).kill();
        node(1).promote();
        loadBalancer("detach", "127.0.0.1");
        // nothing is left to do for it where the promotion has been seen already
        backend("promote", "127.0.0.2");
        assertNodes("0 down standby", "1 up primary", "2 down standby");
        assertThat(writesOn()).isEqualTo(node(1).port());

        follow(node(2), node(1));
        assertNodes("0 down standby", "1 up primary", "2 up standby");
        Eventually.holds(() -> assertThat(log())
                .contains("execute command: " + directory.resolve("follow_master.sh") + " 2 0")
                .containsSubsequence(
                        "node 2: detached_node_id 2",
                        "node 2: old_master_id 0",
                        "node 2: pcp_attach_node -- Command Successful"));
    }

    private void switchover() throws IOException {
        follow(node(1), node(2));
        node(1).stop(StopMode.FAST);
        node(2).promote();
        Files.createFile(node(1).dataDirectory().resolve("standby.signal"));
        node(1).start();
        backend("promote", "127.0.0.3");
        loadBalancer("attach", "127.0.0.2");
        assertNodes("0 down standby", "1 up standby", "2 up primary");
        assertThat(writesOn()).isEqualTo(node(2).port());
    }

    private static void follow(LocalNode standby, LocalNode primary) {
        standby.query("ALTER SYSTEM SET primary_conninfo = 'host=" + LocalCluster.ADDRESS + " port=" + primary.port()
                + " user=postgres application_name=" + standby.applicationName() + "'");
        standby.query("SELECT pg_reload_conf()");
    }

    // ---- the scripts

    private void loadBalancer(String verb, String address) {
        External.run(
                        JAVA,
                        "",
                        List.of(
                                directory
                                        .resolve("load_balancer_" + verb + ".sh")
                                        .toString(),
                                address))
                .succeeded();
    }

    private External.Ended backend(String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(directory.resolve("pgpool_backend.sh").toString()));
        command.addAll(List.of(arguments));
        return External.run(JAVA, "", command);
    }

    // ---- what the clients see

    private void assertNodes(String... expected) {
        Eventually.holds(
                LIMIT, () -> assertThat(nodes()).as(() -> "%s".formatted(log())).containsExactly(expected));
    }

    /** Number, status and role of each. */
    private List<String> nodes() throws SQLException {
        List<String> nodes = new ArrayList<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW POOL_NODES")) {
            while (rows.next()) {
                nodes.add(rows.getString("node_id") + " " + rows.getString("status") + " " + rows.getString("role"));
            }
        }
        return nodes;
    }

    private int writesOn() {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT inet_server_port(), txid_current()")) {
            rows.next();
            return rows.getInt(1);
        } catch (SQLException failure) {
            throw new AssertionError(log(), failure);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + ports.get(0) + "/app?user=app"
                + "&connectTimeout=10&socketTimeout=40");
    }

    // ---- beginning

    private LocalNode node(int id) {
        return started.orElseThrow().node(id);
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("log")) + Files.readString(directory.resolve("pp_log"));
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    private void start(Installation installation, Path programs, String release) throws IOException {
        LocalCluster cluster = Cluster.start(builder -> {
            for (int id = 0; id < 3; id++) {
                builder.configure(id, "listen_addresses = '127.0.0.1, 127.0.0." + (id + 1) + "'");
            }
            return builder.nodes(3);
        });
        started = Optional.of(cluster);
        cluster.awaitStreaming();
        install("pgpool.conf", programs);
        Files.writeString(
                directory.resolve("pgpool.conf"),
                Files.readString(directory.resolve("pgpool.conf")) + "pgpool_compat_version = " + release + "\n");
        for (String script : List.of(
                "load_balancer_attach.sh", "load_balancer_detach.sh", "follow_master.sh", "pgpool_backend.sh")) {
            Files.setPosixFilePermissions(install(script, programs), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        // the hash of "secret"
        Files.writeString(directory.resolve("pcp.conf"), "enterprisedb:5ebe2294ecd0e0f08eab7690d2a6ee69\n");
        Files.setPosixFilePermissions(
                Files.writeString(directory.resolve("pcppass"), "*:*:enterprisedb:secret\n"),
                PosixFilePermissions.fromString("rw-------"));
        ProcessBuilder pgpool = new ProcessBuilder(
                        installation.program("pgpool").toString(),
                        "-n",
                        "-f",
                        directory.resolve("pgpool.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(directory.resolve("log").toFile()));
        pgpool.environment().putAll(JAVA);
        server = Optional.of(pgpool.start());
        assertNodes("0 up primary", "1 up standby", "2 up standby");
    }

    private Path install(String name, Path programs) throws IOException {
        try (InputStream resource =
                Objects.requireNonNull(getClass().getResourceAsStream("/failover-manager/" + name), name)) {
            String text = new String(resource.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@DIRECTORY@", directory.toString())
                    .replace("@PCP_USER@", "enterprisedb")
                    .replace("@PCP_HOST@", "127.0.0.1")
                    .replace("@PORT@", Integer.toString(ports.get(0)))
                    .replace("@PCP_PORT@", Integer.toString(ports.get(1)))
                    .replace("@PGPOOL_PATH@", programs.toString())
                    .replace("@SUPERUSER@", started.orElseThrow().superuser());
            for (LocalNode node : started.orElseThrow().nodes()) {
                text = text.replace("@PORT" + node.id() + "@", Integer.toString(node.port()));
            }
            return Files.writeString(directory.resolve(name), text);
        }
    }
}
