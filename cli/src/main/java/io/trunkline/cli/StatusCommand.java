package io.trunkline.cli;

import io.trunkline.config.ConfigCheck;
import io.trunkline.proxy.process.ControlAnswer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code trunkline status}. */
@Command(
        name = "status",
        description = {
            "Shows whether the server is running, and its nodes.",
            "The exit status is 0 if it is running, 3 if it is not, and 1 if it does not answer."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class StatusCommand implements Callable<Integer> {
    private static final int NOT_RUNNING = 3;

    @Option(names = "--json", description = "Prints JSON: version, pid, port, state, sessions, waiting, nodes.")
    private boolean json;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        ConfigCheck files = options.files();
        Optional<RunningServer> running = RunningServer.find(files);
        PrintWriter out = spec.commandLine().getOut();
        try {
            if (running.isEmpty()) {
                out.println(json ? "{\"state\":\"stopped\"}" : RunningServer.notRunning(files));
                return NOT_RUNNING;
            }
            ControlAnswer answer = running.get().ask(json ? "status json" : "status text");
            if (!answer.ok()) {
                throw new CommandFailure(answer.body());
            }
            out.println(answer.body().stripTrailing());
            return 0;
        } catch (IOException e) {
            throw new CommandFailure(
                    "process " + running.get().pid() + " is running but does not answer: " + e.getMessage(), e);
        } finally {
            out.flush();
        }
    }
}
