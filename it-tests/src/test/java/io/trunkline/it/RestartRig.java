package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.OsProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Trunkline in the background that is restarted without interruption, from an installation of the classes under test. */
final class RestartRig implements AutoCloseable {
    private final Path directory;
    private final Path trunkline;
    private final List<OsProcess> processes = new ArrayList<>();
    private final int port = FreePorts.find(1).get(0);

    RestartRig(Path directory) throws IOException {
        this.directory = directory;
        this.trunkline = Installation.in(directory.resolve("installation")).program("trunkline");
    }

    /** Writes pgpool.conf; lines of the caller's come last. */
    void configure(LocalCluster cluster, List<String> settings) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "pid_file_name = '" + pidFile() + "'",
                "unix_socket_directories = '" + directory + "'",
                "log_directory = '" + directory + "'",
                "work_dir = '" + directory + "'"));
        lines.addAll(settings);
        Files.writeString(conf(), TestProxy.configText(cluster, port, lines));
    }

    Path conf() {
        return directory.resolve("pgpool.conf");
    }

    Path pidFile() {
        return directory.resolve("trunkline.pid");
    }

    Path socketLock() {
        return directory.resolve(".s.PGSQL." + port + ".lock");
    }

    int port() {
        return port;
    }

    String log() throws IOException {
        return Files.readString(directory.resolve("trunkline.log"));
    }

    long pid() throws IOException {
        return Long.parseLong(Files.readString(pidFile()).strip());
    }

    Installation.Result run(String command, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of(command, "-f", conf().toString()));
        all.addAll(List.of(options));
        return Installation.run(trunkline, Map.of("TRUNKLINE_JAVA_OPTS", "-XX:TieredStopAtLevel=1"), all);
    }

    /** @return the process that serves */
    OsProcess start() throws Exception {
        assertThat(run("start")).returns(0, Installation.Result::status);
        return serving();
    }

    /** @return the process that serves now, which is another */
    OsProcess restart() throws Exception {
        long before = pid();
        Installation.Result result = run("restart");
        assertThat(result.status()).as(result + log()).isZero();
        assertThat(pid()).isNotEqualTo(before);
        assertThat(result.out()).contains("process " + pid() + " has taken over");
        return serving();
    }

    private OsProcess serving() throws IOException {
        OsProcess process = new OsProcess(pid());
        processes.add(process);
        return process;
    }

    RawClient client() throws IOException {
        RawClient client = new RawClient(port);
        client.startUp(Cluster.USER, Cluster.USER);
        return client;
    }

    @Override
    public void close() {
        processes.forEach(process -> process.signal("KILL"));
    }
}
