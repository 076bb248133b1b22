package io.trunkline.it.process;

import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The distribution that the build has made, with a pgpool.conf and all its files in a directory of its own. */
final class Installation {
    private static final Path LAUNCHER = Path.of("..", "target", "trunkline", "bin", "trunkline")
            .toAbsolutePath()
            .normalize();
    private static final long LIMIT_SECONDS = 60;

    /** How a command ended, and what it said. */
    record Ended(int exit, String out, String err) {}

    private final Path directory;
    private final LocalNode node;
    private final List<Integer> ports = FreePorts.find(2);
    private int ownLines;

    Installation(Path directory, LocalNode node) throws IOException {
        this.directory = directory;
        this.node = node;
        configure();
    }

    static boolean isBuilt() {
        return Files.isExecutable(LAUNCHER);
    }

    /** Writes pgpool.conf; lines of the caller's come last. */
    void configure(String... settings) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "listen_addresses = '127.0.0.1'",
                "port = " + port(),
                "pcp_listen_addresses = '127.0.0.1'",
                "pcp_port = " + ports.get(1),
                "pcp_socket_dir = ''",
                "backend_hostname0 = '" + node.address() + "'",
                "backend_port0 = " + node.port(),
                "pid_file_name = 'trunkline.pid'",
                "work_dir = '" + directory + "'",
                "log_directory = '" + directory.resolve("log") + "'"));
        ownLines = lines.size();
        lines.addAll(List.of(settings));
        Files.write(pgpoolConf(), lines);
    }

    /** Where in pgpool.conf a line of the caller's stands, from 1. */
    String placeOf(int line) {
        return "pgpool.conf:" + (ownLines + line);
    }

    Path pgpoolConf() {
        return directory.resolve("pgpool.conf");
    }

    Path pidFile() {
        return directory.resolve("trunkline.pid");
    }

    Path controlSocket() {
        return directory.resolve("trunkline.pid.sock");
    }

    /** The log of a server in the background. */
    Path log() {
        return directory.resolve("log").resolve("trunkline.log");
    }

    int port() {
        return ports.get(0);
    }

    long pid() throws IOException {
        return Long.parseLong(Files.readString(pidFile()).strip());
    }

    Connection connect() throws SQLException {
        return connect("sslmode=prefer");
    }

    /** @param option of pgjdbc */
    Connection connect(String option) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port()
                + "/postgres?user=app&connectTimeout=10&socketTimeout=30&" + option);
    }

    /** Runs a command on this pgpool.conf to its end. */
    Ended run(String command, String... options) throws IOException, InterruptedException {
        Path out = Files.createTempFile(directory, "command", ".out");
        Path err = Files.createTempFile(directory, "command", ".err");
        Process process = builder(command, options)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(command + " did not end: " + Files.readString(out) + Files.readString(err));
        }
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** Starts a server in the foreground, which logs to {@code foreground.log}; the caller waits until it serves. */
    Process runInForeground() throws IOException {
        return builder("start", "-n")
                .redirectErrorStream(true)
                .redirectOutput(foregroundLog().toFile())
                .start();
    }

    Path foregroundLog() {
        return directory.resolve("foreground.log");
    }

    static String read(Path file) throws IOException {
        return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
    }

    private ProcessBuilder builder(String command, String... options) {
        List<String> line = new ArrayList<>(List.of(LAUNCHER.toString(), command));
        line.addAll(List.of(options));
        line.addAll(List.of("-f", pgpoolConf().toString()));
        return new ProcessBuilder(line);
    }
}
