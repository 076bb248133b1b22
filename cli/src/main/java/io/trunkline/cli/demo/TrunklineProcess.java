package io.trunkline.cli.demo;

import io.trunkline.cli.CommandFailure;
import io.trunkline.localcluster.ServerProbe;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Trunkline's server, as a process of its own that logs to a file. */
final class TrunklineProcess {

    private static final Duration READY_LIMIT = Duration.ofSeconds(60);
    private static final Duration PROBE_LIMIT = Duration.ofSeconds(5);
    private static final long PROBE_INTERVAL_MILLIS = 30;
    private static final int SHOWN_LINES = 10;

    private final Process process;
    private final Path log;

    private TrunklineProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    static TrunklineProcess start(Path configuration, Path log) throws IOException {
        List<String> command = new ArrayList<>();
        // In a session of its own, Ctrl-C on the terminal reaches the demo alone, which then ends all in order.
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            command.add("/usr/bin/setsid");
        }
        command.addAll(List.of(launcher().toString(), "start", "-n", "-f", configuration.toString()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(log.toFile());
        return new TrunklineProcess(builder.start(), log);
    }

    /** The program that starts it. */
    static Path launcher() {
        String home = System.getProperty("trunkline.home");
        if (home == null) {
            throw new CommandFailure("the demo has to be started by bin/trunkline of a distribution");
        }
        return Path.of(home, "bin", "trunkline");
    }

    ProcessMark mark() {
        return ProcessMark.of(process.toHandle());
    }

    /** Ends it at once. */
    void kill() {
        process.destroyForcibly();
    }

    /** Waits until a client is served through the port. */
    void awaitReady(int port, String user, String database) throws InterruptedException {
        long deadline = System.nanoTime() + READY_LIMIT.toNanos();
        while (true) {
            Optional<String> trouble = ServerProbe.selectOne("localhost", port, user, database, PROBE_LIMIT);
            if (trouble.isEmpty() && process.isAlive()) {
                return;
            }
            if (!process.isAlive()) {
                throw failed("Trunkline did not start (exit status " + process.exitValue() + ")");
            }
            if (System.nanoTime() - deadline > 0) {
                throw failed("Trunkline does not serve port " + port + ": " + trouble.orElse(""));
            }
            process.waitFor(PROBE_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Waits until the server ends, which nobody asked it to. */
    CommandFailure awaitEnd() throws InterruptedException {
        int status = process.waitFor();
        return failed("Trunkline ended with exit status " + status);
    }

    private CommandFailure failed(String what) {
        StringBuilder message = new StringBuilder(what);
        for (String line : endOfLog()) {
            message.append(System.lineSeparator()).append("    ").append(line);
        }
        return new CommandFailure(message.append(System.lineSeparator())
                .append("Its log is ")
                .append(log)
                .toString());
    }

    private List<String> endOfLog() {
        try {
            String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
            List<String> lines = text.lines().toList();
            return lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size());
        } catch (IOException unreadable) {
            return List.of();
        }
    }
}
