package io.trunkline.cli;

import io.trunkline.config.ConfigCheck;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.localcluster.OsProcess;
import io.trunkline.proxy.process.ControlAnswer;
import io.trunkline.proxy.process.ControlClient;
import io.trunkline.proxy.process.PidFile;
import io.trunkline.proxy.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** The server that runs with a configuration, as other commands find and reach it. */
final class RunningServer {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);

    private final long pid;
    private final Path pidFile;

    private RunningServer(long pid, Path pidFile) {
        this.pid = pid;
        this.pidFile = pidFile;
    }

    /**
     * The server that uses these files; empty if none is running.
     *
     * @throws CommandFailure if pgpool.conf cannot be read, or names no pid file
     */
    static Optional<RunningServer> find(ConfigCheck files) {
        Path pidFile = pidFile(files);
        OptionalLong pid = PidFile.runningServer(pidFile);
        return pid.isPresent() ? Optional.of(new RunningServer(pid.getAsLong(), pidFile)) : Optional.empty();
    }

    /** The same, for a command that makes no sense without one. */
    static RunningServer require(ConfigCheck files) {
        return find(files).orElseThrow(() -> new CommandFailure(notRunning(files)));
    }

    static String notRunning(ConfigCheck files) {
        return "no server is running (pid file " + pidFile(files) + ", as " + files.pgpoolConf() + " has it)";
    }

    private static Path pidFile(ConfigCheck files) {
        PgpoolConfig config = PgpoolConfig.read(ConfigOptions.requireReadable(files.pgpoolConf()))
                .readable();
        return ServerProcess.pidFile(files.pgpoolConf(), config)
                .orElseThrow(() -> new CommandFailure(
                        "pid_file_name is empty in " + files.pgpoolConf() + ": the server cannot be found"));
    }

    long pid() {
        return pid;
    }

    OsProcess process() {
        return new OsProcess(pid);
    }

    /** Sends a request over the control socket. */
    ControlAnswer ask(String request) throws IOException {
        return ask(request, ANSWER_LIMIT);
    }

    /** The same, with another limit for the answer. */
    ControlAnswer ask(String request, Duration limit) throws IOException {
        return ControlClient.of(pidFile).ask(request, limit);
    }
}
