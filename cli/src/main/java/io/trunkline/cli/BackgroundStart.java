package io.trunkline.cli;

import io.trunkline.config.ConfigCheck;
import io.trunkline.config.ConnectionParameters;
import io.trunkline.config.LoggingParameters;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.proxy.process.ControlAnswer;
import io.trunkline.proxy.process.ControlClient;
import io.trunkline.proxy.process.PidFile;
import io.trunkline.proxy.process.ServerProcess;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * {@code trunkline start} without {@code -n}: runs {@code start -n} as a process of its own in a session of its own, and
 * waits until it serves. It logs to {@code trunkline.log} in {@code log_directory}.
 */
final class BackgroundStart {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
    private static final long INTERVAL_MILLIS = 30;
    private static final String FATAL = ": FATAL:  ";
    private static final int SHOWN_BYTES = 4_000;

    private BackgroundStart() {}

    static void run(ConfigOptions options, List<String> startOptions, PgpoolConfig config, PrintWriter out)
            throws IOException, InterruptedException {
        ConfigCheck files = options.files();
        Path pidFile = ServerProcess.pidFile(files.pgpoolConf(), config)
                .orElseThrow(() -> new CommandFailure(
                        "pid_file_name is empty: a server without a pid file only runs in the foreground (-n)"));
        OptionalLong running = PidFile.runningServer(pidFile);
        if (running.isPresent()) {
            throw new CommandFailure("a server is running already with process id " + running.getAsLong()
                    + " (pid file " + pidFile + ")");
        }
        Path log = logFile(config);
        long logBefore = Files.exists(log) ? Files.size(log) : 0;
        Process server = start(options, startOptions, log);
        awaitReady(server, pidFile, log, logBefore);
        out.println("Trunkline is running on port " + config.get(ConnectionParameters.PORT) + " (process id "
                + server.pid() + "); it logs to " + log);
        out.flush();
    }

    private static Process start(ConfigOptions options, List<String> startOptions, Path log) throws IOException {
        String home = System.getProperty("trunkline.home");
        if (home == null) {
            throw new CommandFailure("the server has to be started by bin/trunkline of a distribution");
        }
        List<String> command = new ArrayList<>();
        // The terminal from which it was started must not end it.
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            command.add("/usr/bin/setsid");
        }
        command.addAll(List.of(Path.of(home, "bin", "trunkline").toString(), "start", "-n"));
        command.addAll(startOptions);
        command.addAll(options.arguments());
        return new ProcessBuilder(command)
                .directory(log.resolveSibling(".").normalize().toFile())
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private static Path logFile(PgpoolConfig config) throws IOException {
        Path directory = Path.of(config.get(LoggingParameters.LOG_DIRECTORY)).toAbsolutePath();
        if (!Files.exists(directory)) {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else if (config.origin(LoggingParameters.LOG_DIRECTORY).isEmpty()) {
            requireOwn(directory);
        }
        if (!Files.isWritable(directory)) {
            throw new CommandFailure("log_directory " + directory + " cannot be written to");
        }
        return directory.resolve("trunkline.log");
    }

    /** The directory by default is one that anybody could have made, with a link to somebody's file in it. */
    private static void requireOwn(Path directory) throws IOException {
        String owner = Files.getOwner(directory).getName();
        if (!owner.equals(System.getProperty("user.name"))) {
            throw new CommandFailure("log_directory " + directory + " belongs to " + owner
                    + ": pgpool.conf has to name another directory");
        }
    }

    private static void awaitReady(Process server, Path pidFile, Path log, long logBefore)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!isReady(server, pidFile)) {
            if (server.waitFor(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new CommandFailure(reason(endOf(log, logBefore), log));
            }
            if (System.nanoTime() - deadline > 0) {
                server.destroyForcibly();
                throw new CommandFailure("the server did not start within " + LIMIT.toSeconds() + " s; its log " + log
                        + " says:" + System.lineSeparator() + endOf(log, logBefore));
            }
        }
    }

    /** The reason alone where the log tells it; else all that there is. */
    private static String reason(String logged, Path log) {
        int fatal = logged.lastIndexOf(FATAL);
        return fatal >= 0
                ? logged.substring(fatal + FATAL.length()) + " (log " + log + ")"
                : "the server did not start; its log " + log + " says:" + System.lineSeparator() + logged;
    }

    /** It is when the control socket answers, since that is opened after all others. */
    private static boolean isReady(Process server, Path pidFile) {
        if (!PidFile.runningServer(pidFile).equals(OptionalLong.of(server.pid()))) {
            return false;
        }
        try {
            ControlAnswer answer = ControlClient.of(pidFile).ask("status text", ANSWER_LIMIT);
            return answer.ok();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static String endOf(Path log, long from) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(Math.max(from, file.length() - SHOWN_BYTES));
            byte[] bytes = new byte[(int) (file.length() - file.getFilePointer())];
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8).stripTrailing();
        }
    }
}
