package io.trunkline.cli;

import io.trunkline.proxy.process.ControlAnswer;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code trunkline node}. */
@Command(
        name = "node",
        description = {
            "Takes a node out of service or puts it back, makes it the primary, or recovers it.",
            "Ends with status 0 when that is done, with 1 if it was refused or has failed."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class NodeCommand {
    /** A recovery copies a database. */
    private static final Duration LIMIT = Duration.ofHours(24);

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Where the server is found; with each of the commands. */
    static final class Target {
        @Parameters(paramLabel = "N", description = "Number of the node, as in backend_hostnameN.")
        private int node;

        @Mixin
        private ConfigOptions options = new ConfigOptions();
    }

    @Command(
            name = "attach",
            description = "Puts a node into service that is out of it.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int attach(@Mixin Target target) {
        return ask("attach", target);
    }

    @Command(
            name = "detach",
            description = {
                "Takes a node out of service. It stays so until it is attached again.",
                "If it is the primary, failover_command is run, and another node becomes the primary."
            },
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int detach(
            @Option(names = "--graceful", description = "Lets sessions finish the transactions that they have there.")
                    boolean graceful,
            @Mixin Target target) {
        return ask(graceful ? "detach-gracefully" : "detach", target);
    }

    @Command(
            name = "promote",
            description = {
                "Takes a node for the primary that somebody has promoted.",
                "With --switchover it is promoted: transactions on the present primary end first, the node receives all"
                        + " that was written, and failover_command does the rest."
            },
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int promote(
            @Option(names = "--switchover", description = "The present primary hands over, in an orderly way.")
                    boolean switchover,
            @Mixin Target target) {
        return ask(switchover ? "switchover" : "promote", target);
    }

    @Command(
            name = "recover",
            description =
                    "Makes a node that is out of service a standby of the primary by online recovery, and puts it into"
                            + " service.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    int recover(@Mixin Target target) {
        return ask("recover", target);
    }

    private int ask(String action, Target target) {
        RunningServer server = RunningServer.require(target.options.files());
        try {
            ControlAnswer answer = server.ask("node " + action + " " + target.node, LIMIT);
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
