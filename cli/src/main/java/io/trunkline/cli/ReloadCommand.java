package io.trunkline.cli;

import io.trunkline.proxy.process.ControlAnswer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code trunkline reload}. */
@Command(
        name = "reload",
        description = {
            "Makes the server read its configuration again.",
            "If there is an error in it, the server goes on as before, and this command ends with status 1."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ReloadCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        RunningServer server = RunningServer.require(options.files());
        PrintWriter out = spec.commandLine().getOut();
        try {
            ControlAnswer answer = server.ask("reload");
            if (!answer.ok()) {
                PrintWriter err = spec.commandLine().getErr();
                err.println(answer.body());
                throw new CommandFailure("the configuration has errors: the server goes on with the one it has");
            }
            out.println(answer.body().isEmpty() ? "No parameter has changed" : answer.body());
        } catch (IOException unreachable) {
            server.process().signal("HUP");
            out.println("Process " + server.pid() + " has been sent SIGHUP; its log says what came of it ("
                    + unreachable.getMessage() + ")");
        }
        out.flush();
        return 0;
    }
}
