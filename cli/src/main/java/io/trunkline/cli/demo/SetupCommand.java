package io.trunkline.cli.demo;

import io.trunkline.cli.CommandFailure;
import io.trunkline.localcluster.LocalClusterException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code trunkline setup}: makes a cluster to throw away in the current directory, as Pgpool-II's pgpool_setup does. */
@Command(
        name = "setup",
        description = {
            "Makes a throw-away cluster of PostgreSQL servers with Trunkline before them in the current directory, which"
                    + " has to be empty.",
            "Takes the options of pgpool_setup, and leaves the same scripts: startall, shutdownall, pgpool_reload and"
                    + " bashrc.ports. Everybody on this host is let in as superuser: for tests only."
        },
        sortOptions = false)
public final class SetupCommand implements Callable<Integer> {
    private static final int HIGHEST_PORT = 65535;
    private static final int MOST_NODES = 16;

    /** Modes of pgpool_setup that this version does not run. */
    private static final Map<String, String> NOT_BUILT = Map.of(
            "r", "native replication",
            "i", "snapshot isolation",
            "l", "logical replication",
            "y", "Slony-I");

    @Option(
            names = "-m",
            paramLabel = "MODE",
            defaultValue = "s",
            description = "s: streaming replication (the default). n: raw, servers that know nothing of each other.")
    private String mode = "s";

    @Option(
            names = "-n",
            paramLabel = "N",
            defaultValue = "${env:NUMCLUSTERS:-2}",
            description = "How many servers; 2 by default.")
    private int nodes;

    @Option(
            names = "-p",
            paramLabel = "PORT",
            defaultValue = "${env:BASEPORT:-11000}",
            description = "Trunkline's port, 11000 by default; PCP is on the next one.")
    private int port;

    @Option(
            names = "-pg",
            paramLabel = "PORT",
            description = "The first server's port; the others are on the following. By default the one after PCP's.")
    private @Nullable Integer serverPort;

    @Option(names = "--no-stop", description = "Leaves all running.")
    private boolean noStop;

    @Option(names = "-d", description = "Has startall start Trunkline with debugging messages.")
    private boolean debug;

    @Option(
            names = {"-s", "-r"},
            description =
                    "Accepted: standbys are recovered by pg_rewind where that can be, and need neither slots nor a WAL"
                            + " archive.")
    @SuppressWarnings("UnusedVariable") // an option has to have a place
    private boolean accepted;

    @Option(names = "-t", description = "Switches health_check_test on.")
    private boolean healthCheckTest;

    @Option(
            names = "--pg-bin",
            paramLabel = "DIR",
            description = "The directory of PostgreSQL's programs. By default PGBIN, or else the system's PostgreSQL.")
    private @Nullable Path postgresql;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        requireSense();
        SetupOptions options = new SetupOptions(
                mode.equals("s"),
                nodes,
                port,
                Optional.ofNullable(serverPort).orElse(port + 2),
                noStop,
                debug,
                healthCheckTest,
                Optional.ofNullable(postgresql).or(SetupCommand::programsOfEnvironment));
        try {
            new SetupRun(
                            Path.of("").toAbsolutePath(),
                            options,
                            spec.commandLine().getOut())
                    .run();
            return 0;
        } catch (LocalClusterException failure) {
            throw new CommandFailure(String.valueOf(failure.getMessage()), failure);
        } catch (IOException failure) {
            throw new CommandFailure("the cluster cannot be set up: " + failure, failure);
        }
    }

    private static Optional<Path> programsOfEnvironment() {
        return Optional.ofNullable(System.getenv("PGBIN"))
                .filter(named -> !named.isEmpty())
                .map(Path::of);
    }

    private void requireSense() {
        if (NOT_BUILT.containsKey(mode)) {
            throw usage(
                    "-m " + mode + " (" + NOT_BUILT.get(mode) + ") is not built in this version; allowed are s and n");
        }
        if (!mode.equals("s") && !mode.equals("n")) {
            throw usage("-m is " + mode + ", but has to be s or n");
        }
        if (nodes < 1 || nodes > MOST_NODES) {
            throw usage("-n is " + nodes + ", but has to be from 1 to " + MOST_NODES);
        }
        if (port < 1 || port >= HIGHEST_PORT) {
            throw usage("-p is " + port + ", but has to be from 1 to " + (HIGHEST_PORT - 1));
        }
        int first = serverPort == null ? port + 2 : serverPort;
        if (first < 1 || first + nodes - 1 > HIGHEST_PORT) {
            throw usage("the servers' ports would be " + first + " to " + (first + nodes - 1)
                    + ", but the highest port is " + HIGHEST_PORT);
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
