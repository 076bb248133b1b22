package io.trunkline.cli.demo;

import io.trunkline.cli.CommandFailure;
import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.PostgresFinder;
import io.trunkline.localcluster.PostgresInstallation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** {@code trunkline demo}: a demo from its first step to its end. */
final class DemoRun {

    private static final String DEMO = "demo";
    private static final String LOG = "trunkline.log";
    private static final int DEFAULT_NODES = 3;
    private static final String CONFIGURATION = "pgpool.conf";
    private static final Set<String> OURS = Set.of("cluster", CONFIGURATION, LOG, DemoState.PID_FILE);

    private final DemoPlace place;
    private final DemoOptions options;
    private final PrintWriter out;
    private final PrintWriter progress;
    private volatile boolean claimed;

    DemoRun(DemoPlace place, DemoOptions options, PrintWriter out, PrintWriter progress) {
        this.place = place;
        this.options = options;
        this.out = out;
        this.progress = progress;
    }

    /**
     * Runs the demo: until it is ready where it is detached, else until a signal ends this process in {@link Interruption}.
     *
     * @throws CommandFailure with the reason, when all that was started has been ended
     */
    void run() throws IOException {
        DemoState state = new DemoState(
                options.port(),
                options.keep().orElseGet(() -> place.directoryFor(options.port())),
                options.keep().isPresent(),
                Optional.of(ProcessMark.of(ProcessHandle.current())),
                Optional.empty());
        Interruption interruption = Interruption.watch(this::endAtSignal);
        try {
            claim(state);
            supervise(state);
            interruption.done();
        } catch (InterruptedException signalled) {
            interruption.leaveTheRestToTheSignal();
        } catch (IOException | RuntimeException failure) {
            if (interruption.isUnderWay()) {
                interruption.leaveTheRestToTheSignal();
            }
            endAfterFailure();
            interruption.done();
            throw failure;
        }
    }

    private void claim(DemoState state) throws IOException {
        clearLeftovers();
        requireFree(options.port(), "port ");
        requireFree(options.pcpPort(), "PCP port ");
        requireOwnDirectory(state);
        if (!place.claim(state)) {
            throw alreadyRunning();
        }
        claimed = true;
    }

    private void clearLeftovers() throws IOException {
        Optional<DemoState> known = place.find(options.port());
        if (known.isEmpty()) {
            return;
        }
        if (known.get().isAlive()) {
            throw alreadyRunning();
        }
        say("Clearing what an earlier demo on port " + options.port() + " left behind");
        DemoEnding.end(place, known.get());
    }

    private CommandFailure alreadyRunning() {
        return new CommandFailure("a demo is running on port " + options.port()
                + " already; trunkline demo --stop --port " + options.port() + " ends it");
    }

    private static void requireFree(int port, String what) {
        FreePorts.obstacle(port).ifPresent(obstacle -> {
            throw new CommandFailure(what + port + " " + obstacle + "; choose another with --port");
        });
    }

    /** A directory with other things in it is neither used nor ever deleted. */
    private static void requireOwnDirectory(DemoState state) throws IOException {
        if (state.directory().toString().indexOf('\'') >= 0) {
            throw new CommandFailure(
                    "the name of " + state.directory() + " has a quote, which pgpool.conf cannot take");
        }
        if (!state.kept() || !Files.isDirectory(state.directory())) {
            return;
        }
        if (LocalCluster.runsIn(state.cluster())) {
            throw new CommandFailure("servers are running in " + state.directory() + " already");
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(state.directory())) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!OURS.contains(name)
                        && !DemoFailover.FILES.contains(name)
                        && LocalCluster.nodesIn(state.cluster()).isEmpty()) {
                    throw new CommandFailure(state.directory() + " is neither empty nor the directory of a demo");
                }
            }
        }
    }

    private void supervise(DemoState state) throws IOException, InterruptedException {
        LocalCluster cluster = startCluster(state);
        Path configuration = state.directory().resolve(CONFIGURATION);
        DemoFailover.writeScripts(cluster, state.directory(), TrunklineProcess.launcher(), configuration);
        DemoFailover.forgetNodes(state.directory());
        Files.writeString(configuration, DemoConfiguration.text(options, cluster, state.directory()));
        say("Starting Trunkline");
        TrunklineProcess trunkline =
                TrunklineProcess.start(configuration, state.directory().resolve(LOG));
        DemoState started = state.withTrunkline(trunkline.mark());
        try {
            place.update(started);
        } catch (IOException unknownToOthers) {
            trunkline.kill();
            throw unknownToOthers;
        }
        trunkline.awaitReady(options.port(), DEMO, DEMO);
        welcome(state, cluster);
        if (options.detach()) {
            place.update(started.detached());
            return;
        }
        CommandFailure ended = trunkline.awaitEnd();
        for (Optional<ProcessMark> next = started.successor(); next.isPresent(); next = started.successor()) {
            next.get().awaitEnd();
        }
        throw ended;
    }

    private LocalCluster startCluster(DemoState state) throws IOException {
        PostgresFinder finder = new PostgresFinder(this::say);
        PostgresInstallation installation = options.postgresql().map(finder::in).orElseGet(finder::any);
        Optional<Integer> existing = LocalCluster.nodesIn(state.cluster());
        LocalCluster.Builder builder = LocalCluster.in(state.cluster(), installation)
                .nodes(options.nodes().or(() -> existing).orElse(DEFAULT_NODES))
                .user(DEMO)
                .database(DEMO)
                .configure(DemoFailover.SERVER_SETTING)
                .progress(this::say);
        if (state.kept()) {
            builder.configure("fsync = on");
        }
        LocalCluster cluster = builder.start();
        if (existing.isEmpty()) {
            cluster.primary().query("CREATE ROLE " + DemoConfiguration.CHECK_USER + " LOGIN IN ROLE pg_monitor");
            cluster.primary().query(DEMO, """
                    CREATE TABLE notes (id serial PRIMARY KEY, note text, at timestamptz DEFAULT now());
                    ALTER TABLE notes OWNER TO demo;""");
            cluster.awaitStreaming();
        }
        return cluster;
    }

    private void welcome(DemoState state, LocalCluster cluster) {
        int port = options.port();
        out.println("Trunkline is ready on port " + port);
        out.println("host=localhost port=" + port + " user=" + DEMO + " dbname=" + DEMO);
        out.println("jdbc:postgresql://localhost:" + port + "/" + DEMO + "?user=" + DEMO);
        out.println("Try:");
        out.println("  SHOW POOL_NODES;");
        out.println("  SELECT inet_server_port();   -- in several sessions: reads are spread over the servers");
        out.println("  INSERT INTO notes (note) VALUES ('written on the primary'); SELECT * FROM notes;");
        DemoFailover.hints(cluster).forEach(out::println);
        out.println("Files are in " + state.directory());
        out.println(
                options.detach()
                        ? "trunkline demo --stop --port " + port + " ends it."
                        : "Ctrl-C ends it, and " + (state.kept() ? "keeps" : "removes") + " the files.");
        out.flush();
    }

    private Optional<DemoState> ours() throws IOException {
        return claimed ? place.find(options.port()) : Optional.empty();
    }

    private void endAfterFailure() throws IOException {
        Optional<DemoState> state = ours();
        if (state.isPresent()) {
            if (state.get().trunkline().isPresent()) {
                DemoEnding.endButKeepLog(state.get());
            } else {
                DemoEnding.end(place, state.get());
            }
        }
    }

    private void endAtSignal() throws IOException {
        say("Stopping");
        Optional<DemoState> state = ours();
        if (state.isPresent()) {
            DemoEnding.end(place, state.get());
            say("Stopped, and " + (state.get().kept() ? "kept " : "removed ")
                    + state.get().directory());
        }
    }

    private void say(String line) {
        progress.println(line);
        progress.flush();
    }
}
