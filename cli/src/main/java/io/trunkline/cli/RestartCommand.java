package io.trunkline.cli;

import io.trunkline.proxy.process.ControlAnswer;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code trunkline restart}. */
@Command(
        name = "restart",
        description = {
            "Puts a new process in the place of the server, without an interruption for clients.",
            "It is started with this installation and the server's own options. Sessions that are there go on in the old"
                    + " process until they end, or restart_drain_timeout is over. If the new process cannot take over, the"
                    + " server goes on as before, and this command ends with status 1."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RestartCommand implements Callable<Integer> {
    /** Longer than the server waits for each of its steps. */
    private static final Duration LIMIT = Duration.ofSeconds(240);

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        String home = System.getProperty("trunkline.home");
        if (home == null) {
            throw new CommandFailure("the server has to be restarted by bin/trunkline of a distribution");
        }
        RunningServer server = RunningServer.require(options.files());
        try {
            ControlAnswer answer = server.ask("restart " + home, LIMIT);
            if (!answer.ok()) {
                throw new CommandFailure(answer.body());
            }
            PrintWriter out = spec.commandLine().getOut();
            out.println(answer.body());
            out.flush();
            return 0;
        } catch (IOException unreachable) {
            throw new CommandFailure(String.valueOf(unreachable.getMessage()));
        }
    }
}
