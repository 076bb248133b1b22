package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.FileTree;
import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A primary and a standby, and before them {@code trunkline start} in a process of its own that passes for Pgpool-II 4.3;
 * and the {@code pcp_*} programs of Debian's pgpool2 to ask it with.
 */
final class PcpRig implements AutoCloseable {
    static final String USER = "admin";

    private static final Path PROGRAMS = Path.of("/usr/sbin");
    static final String PASSWORD = "swordfish";

    /** The hash of {@link #PASSWORD}, as pg_md5 prints it. */
    private static final String HASH = "15b29ffdce66e10527a65bc6d71ad94d";

    private final LocalCluster cluster;
    private final Path directory;
    private final List<Integer> ports = FreePorts.find(2);
    private final Process process;

    private PcpRig(LocalCluster cluster, List<String> settings) throws IOException {
        this.cluster = cluster;
        this.directory = Files.createTempDirectory("trunkline-pcp");
        Files.writeString(directory.resolve("pcp.conf"), USER + ":" + HASH + "\n");
        writePassword("pcppass", PASSWORD);
        writePassword("wrongpass", "guess");
        configure(settings);
        this.process = new ProcessBuilder(TrunklineCommand.line(
                        List.of("start", "-n", "-f", pgpoolConf().toString())))
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
    }

    /** Starts it; the test is skipped where the programs are not installed. */
    static PcpRig start(String... settings) {
        Assumptions.assumeTrue(Files.isExecutable(PROGRAMS.resolve("pcp_node_info")), "pgpool2 is not installed");
        LocalCluster cluster = Cluster.start(builder -> builder.nodes(2).configure("wal_log_hints = on"));
        PcpRig rig;
        try {
            cluster.awaitStreaming();
            rig = new PcpRig(cluster, List.of(settings));
        } catch (IOException failure) {
            cluster.close();
            throw new UncheckedIOException(failure);
        }
        try {
            Eventually.holds(() -> assertThat(rig.ask("pcp_node_info", "1").out())
                    .as("%s", rig.logText())
                    .contains(" up up standby standby ", "streaming"));
        } catch (AssertionError failure) {
            rig.close();
            throw failure;
        }
        return rig;
    }

    private void writePassword(String file, String password) throws IOException {
        Path path = Files.writeString(directory.resolve(file), "*:*:" + USER + ":" + password + "\n");
        // others are ignored
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    }

    /** Writes pgpool.conf, with these lines at the end. */
    void configure(List<String> settings) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "pgpool_compat_version = '4.3'",
                "num_init_children = 4",
                "pcp_listen_addresses = '127.0.0.1'",
                "pcp_port = " + pcpPort(),
                "pcp_socket_dir = '" + directory + "'",
                "pid_file_name = '" + pidFile() + "'",
                "work_dir = '" + directory + "'"));
        lines.addAll(FailoverRig.settings(cluster));
        lines.addAll(settings);
        Files.writeString(pgpoolConf(), TestProxy.configText(cluster, ports.get(0), lines));
    }

    private Path pgpoolConf() {
        return directory.resolve("pgpool.conf");
    }

    Path pidFile() {
        return directory.resolve("trunkline.pid");
    }

    Path log() {
        return directory.resolve("log");
    }

    /** Where the Unix-domain socket of PCP is. */
    Path directory() {
        return directory;
    }

    LocalCluster cluster() {
        return cluster;
    }

    int port() {
        return ports.get(0);
    }

    int pcpPort() {
        return ports.get(1);
    }

    /** Waits until the server has ended. */
    int awaitEnd() throws InterruptedException {
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("it ends").isTrue();
        return process.exitValue();
    }

    /** Runs a program by TCP, with the right password. */
    External.Ended ask(String program, String... arguments) {
        return run("127.0.0.1", "pcppass", program, arguments);
    }

    External.Ended askWithWrongPassword(String program, String... arguments) {
        return run("127.0.0.1", "wrongpass", program, arguments);
    }

    External.Ended askBySocket(String program, String... arguments) {
        return run(directory.toString(), "pcppass", program, arguments);
    }

    private External.Ended run(String host, String passwords, String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                PROGRAMS.resolve(program).toString(), "-w", "-h", host, "-p", Integer.toString(pcpPort()), "-U", USER));
        command.addAll(List.of(arguments));
        Map<String, String> environment = new HashMap<>();
        environment.put("PCPPASSFILE", directory.resolve(passwords).toString());
        return External.run(environment, "", command);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
        cluster.close();
        try {
            FileTree.delete(directory);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    String logText() throws IOException {
        return Files.readString(log(), StandardCharsets.UTF_8);
    }
}
