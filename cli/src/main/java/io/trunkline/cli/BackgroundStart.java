package io.trunkline.cli;

import io.trunkline.config.ConfigCheck;
import io.trunkline.config.ConnectionParameters;
import io.trunkline.config.LoggingParameters;
import io.trunkline.config.LoggingParameters.LogDestination;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.proxy.log.LogDirectory;
import io.trunkline.proxy.log.NewLogFile;
import io.trunkline.proxy.process.ControlAnswer;
import io.trunkline.proxy.process.ControlClient;
import io.trunkline.proxy.process.PidFile;
import io.trunkline.proxy.process.ServerProcess;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * {@code trunkline start} without {@code -n}: runs {@code start -n} as a process of its own in a session of its own, and
 * waits until it serves. Its standard error goes to {@code trunkline.log} in {@code log_directory}.
 */
final class BackgroundStart {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
    private static final long INTERVAL_MILLIS = 30;
    private static final String FATAL = "FATAL:  ";
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
        LogDirectory directory = LogDirectory.of(files.pgpoolConf(), config);
        directory.prepare();
        Path log = directory.path().resolve("trunkline.log");
        long logBefore;
        try (FileChannel file =
                NewLogFile.open(log, StandardOpenOption.APPEND, config.get(LoggingParameters.LOG_FILE_MODE))) {
            logBefore = file.size();
        }
        Process server = start(options, startOptions, log);
        awaitReady(server, pidFile, log, logBefore);
        out.println("Trunkline is running on port " + config.get(ConnectionParameters.PORT) + " (process id "
                + server.pid() + "); it logs to " + whereTo(config, log));
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

    private static String whereTo(PgpoolConfig config, Path log) {
        if (!config.get(LoggingParameters.LOG_DESTINATION).contains(LogDestination.STDERR)) {
            return "syslog";
        }
        return config.get(LoggingParameters.LOGGING_COLLECTOR) ? "files in " + log.getParent() : log.toString();
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
