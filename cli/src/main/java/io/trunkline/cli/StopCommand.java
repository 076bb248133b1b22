package io.trunkline.cli;

import io.trunkline.pcp.StopMode;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code trunkline stop}. */
@Command(
        name = "stop",
        description = "Stops the server, and ends with status 0 when it has stopped.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class StopCommand implements Callable<Integer> {
    /** Longer than a server takes to cut its sessions. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final Duration UNNOTICED = Duration.ofMillis(500);

    @Option(
            names = {"-m", "--mode"},
            paramLabel = "MODE",
            converter = ModeConverter.class,
            defaultValue = "smart",
            description = "smart waits until the clients have left, fast ends their sessions, immediate waits for"
                    + " nothing; their first letters do as well. By default ${DEFAULT-VALUE}.")
    private StopMode mode = StopMode.SMART;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    static final class ModeConverter implements ITypeConverter<StopMode> {
        @Override
        public StopMode convert(String word) {
            for (StopMode mode : StopMode.values()) {
                if (word.equals(mode.toString()) || word.equals(mode.toString().substring(0, 1))) {
                    return mode;
                }
            }
            throw new TypeConversionException("\"" + word + "\" is none of smart, fast and immediate");
        }
    }

    @Override
    public Integer call() {
        RunningServer server = RunningServer.require(options.files());
        tell(server);
        if (mode == StopMode.SMART && !server.process().awaitEnd(UNNOTICED)) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("trunkline: waiting for the clients to leave; stop -m fast ends their sessions");
            err.flush();
            awaitClients(server);
        } else if (!server.process().awaitEnd(LIMIT)) {
            throw new CommandFailure("process " + server.pid() + " does not end; its log may say why");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("Trunkline has stopped");
        out.flush();
        return 0;
    }

    private static void awaitClients(RunningServer server) {
        while (!server.process().awaitEnd(LIMIT)) {
            // Clients may stay as long as they like.
        }
    }

    private void tell(RunningServer server) {
        try {
            if (server.ask("stop " + mode).ok()) {
                return;
            }
        } catch (IOException unreachable) {
            // A signal is the other way.
        }
        // One that a script has started in the background ignores SIGINT, and while it starts there is no other way.
        server.process().signal("TERM");
        if (mode != StopMode.SMART) {
            server.process().signal("INT");
        }
    }
}
