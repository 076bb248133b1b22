package io.trunkline.cli;

import io.trunkline.cli.archive.ClassArchive;
import io.trunkline.config.ConfigCheck;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.Severity;
import io.trunkline.proxy.log.ServerLog;
import io.trunkline.proxy.process.Launch;
import io.trunkline.proxy.process.ServerProcess;
import io.trunkline.proxy.process.ServerStart;
import io.trunkline.proxy.process.StartFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code trunkline start}. */
@Command(name = "start", description = "Starts the server.", mixinStandardHelpOptions = true, sortOptions = false)
final class StartCommand implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(StartCommand.class);

    @Option(names = "-n", description = "Stays in the foreground and logs to standard error.")
    private boolean foreground;

    @Option(
            names = {"-D", "--discard-status"},
            description = "Discards the file pgpool_status: nodes that were out of service are tried again.")
    private boolean discardStatus;

    @Option(
            names = {"-d", "--debug"},
            description = "Logs messages for debugging, whatever log_min_messages says.")
    private boolean debug;

    @Option(names = "--take-over", hidden = true, description = "Takes the place of the server that has run this.")
    private boolean takeOver;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        ConfigCheck files = options.files();
        if (debug) {
            files.debugging();
        }
        ConfigCheck.Outcome read = files.run();
        PgpoolConfig config = read.config().orElseThrow(() -> invalid(read));
        if (!foreground) {
            BackgroundStart.run(
                    options, startOptions(), config, spec.commandLine().getOut());
            return 0;
        }
        try {
            ServerProcess server = takeOver
                    ? ServerStart.takingOver(files, read, config, launch())
                    : ServerStart.first(files, read, config, launch(), discardStatus);
            ClassArchive.renewForNextStart();
            server.awaitEnd();
            return 0;
        } catch (StartFailure e) {
            log.error(ServerLog.FATAL, "{}", e.getMessage());
            return 1;
        } finally {
            ServerLog.close();
        }
    }

    /** Those of the server, for a process of its own. */
    private List<String> startOptions() {
        List<String> given = new ArrayList<>();
        if (discardStatus) {
            given.add("-D");
        }
        if (debug) {
            given.add("-d");
        }
        return given;
    }

    /** The same for one that takes the place of this one at a restart. */
    private Launch launch() {
        List<String> given = new ArrayList<>(options.arguments());
        if (debug) {
            given.add("-d");
        }
        return new Launch(given);
    }

    private CommandFailure invalid(ConfigCheck.Outcome read) {
        PrintWriter err = spec.commandLine().getErr();
        read.diagnostics().stream()
                .filter(diagnostic -> diagnostic.severity() == Severity.ERROR)
                .forEach(err::println);
        return new CommandFailure("the configuration has errors");
    }
}
