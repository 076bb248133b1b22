package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL primary with streaming standbys on the loopback address of this machine, in one directory: {@code
 * node0}, {@code node1} ... are the data directories, {@code log} has the servers' logs. Connections from the loopback
 * address need no password unless pg_hba lines say otherwise.
 *
 * <p>As root the servers run as another user, who owns their files. The directory has to be one that this user can reach.
 *
 * <p>Closing destroys: the servers end and the directory goes. Use {@link #stop} to keep it; {@link Builder#start} on the
 * same directory goes on with it. For use by one thread at a time.
 */
public final class LocalCluster implements AutoCloseable {

    /** Where every node listens. */
    public static final String ADDRESS = "127.0.0.1";

    private static final Pattern NODE = Pattern.compile("node\\d+");
    private static final Duration STREAMING_LIMIT = Duration.ofSeconds(60);

    private final Path directory;
    private final ClusterSettings settings;
    private final PostgresInstallation installation;
    private final List<LocalNode> nodes;

    LocalCluster(Path directory, ClusterSettings settings, PostgresInstallation installation, List<LocalNode> nodes) {
        this.directory = directory;
        this.settings = settings;
        this.installation = installation;
        this.nodes = List.copyOf(nodes);
    }

    /** A cluster in this directory, which is made if it does not exist. */
    public static Builder in(Path directory, PostgresInstallation installation) {
        return new Builder(directory, installation);
    }

    /** A cluster in a new directory of the temporary directory, which is gone when the cluster is closed. */
    public static Builder temporary(PostgresInstallation installation) {
        String name = "trunkline-cluster-" + UUID.randomUUID();
        return in(Path.of(System.getProperty("java.io.tmpdir", "/tmp"), name), installation);
    }

    /** How many nodes the cluster in a directory has; empty where there is none, or none that was finished. */
    public static Optional<Integer> nodesIn(Path directory) {
        return ClusterMark.read(directory).map(ClusterMark::nodes);
    }

    /**
     * Ends the servers that run in a directory, whoever started them, with neither their programs nor their settings at
     * hand. Their files stay.
     */
    public static void endServersIn(Path directory, StopMode mode) {
        inParallel(dataDirectoriesIn(directory), node -> new Postmaster(node).end(mode));
    }

    /** Whether a server runs in a directory, whoever started it. */
    public static boolean runsIn(Path directory) {
        return dataDirectoriesIn(directory).stream()
                .anyMatch(node -> new Postmaster(node).pid().isPresent());
    }

    private static List<Path> dataDirectoriesIn(Path directory) {
        List<Path> data = new ArrayList<>();
        // not those that a recovery has moved aside
        try (DirectoryStream<Path> found = Files.newDirectoryStream(
                directory, entry -> NODE.matcher(entry.getFileName().toString()).matches())) {
            found.forEach(data::add);
        } catch (IOException noDirectory) {
            return List.of();
        }
        return data;
    }

    /** Where everything of the cluster is; no longer there when it has been destroyed. */
    public Path directory() {
        return directory;
    }

    /** The server's programs. */
    public PostgresInstallation installation() {
        return installation;
    }

    /** All nodes, by number. */
    public List<LocalNode> nodes() {
        return nodes;
    }

    /** The node of this number. */
    public LocalNode node(int id) {
        return nodes.get(id);
    }

    /**
     * The node that is the primary by its files: that of the latest timeline among those that are not set up as standbys.
     */
    public LocalNode primary() {
        return Timelines.primaryAmong(nodes);
    }

    /** The superuser, which every node lets in from the loopback address without a password. */
    public String superuser() {
        return settings.superuser();
    }

    /** Starts the nodes that do not run, all at once, and waits until they answer. */
    public void start() {
        inParallel(nodes, node -> {
            if (!node.isRunning()) {
                node.start();
            }
        });
    }

    /** Waits until every running standby streams and has replayed what the primary has written so far. */
    public void awaitStreaming() {
        LocalNode primary = primary();
        List<LocalNode> standbys = nodes.stream()
                .filter(node -> node != primary && node.isStandby() && node.isRunning())
                .toList();
        String now = Objects.requireNonNull(primary.value("SELECT pg_current_wal_lsn()"));
        if (!Await.until(STREAMING_LIMIT, () -> caughtUp(primary, now).containsAll(names(standbys)))) {
            List<String> missing = new ArrayList<>(names(standbys));
            missing.removeAll(caughtUp(primary, now));
            throw new LocalClusterException("not streaming from node " + primary.id() + ": " + missing);
        }
    }

    /** Stops every node, the primary first, so that the standbys have all that it wrote. */
    public void stop(StopMode mode) {
        LocalNode primary = primary();
        primary.stop(mode);
        inParallel(nodes, node -> node.stop(mode));
    }

    /** Ends every server, hung or not, and deletes the directory. */
    public void destroy() {
        inParallel(nodes, LocalNode::destroy);
        try {
            FileTree.delete(directory);
        } catch (IOException failure) {
            throw new LocalClusterException(directory + " cannot be deleted: " + failure, failure);
        }
    }

    /** As {@link #destroy}. */
    @Override
    public void close() {
        destroy();
    }

    private static List<String> names(List<LocalNode> standbys) {
        return standbys.stream().map(LocalNode::applicationName).toList();
    }

    private static List<@Nullable String> caughtUp(LocalNode primary, String lsn) {
        List<@Nullable String> names = new ArrayList<>();
        primary.query("SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn >= '"
                        + lsn + "'")
                .forEach(row -> names.add(row.get(0)));
        return names;
    }

    /** Does something for all at once; the first failure is thrown when all have ended. */
    static <T> void inParallel(List<T> all, Consumer<T> work) {
        CompletableFuture<?>[] running = all.stream()
                .map(one -> CompletableFuture.runAsync(() -> work.accept(one), task -> {
                    Thread thread = new Thread(task, "local-cluster");
                    thread.setDaemon(true);
                    thread.start();
                }))
                .toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(running).join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw failure;
        }
    }

    /** What a cluster is to be like. The defaults make a primary with two standbys on free ports. */
    public static final class Builder {

        private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]*");

        private final Path directory;
        private final PostgresInstallation installation;
        private int nodes = 3;
        private List<Integer> ports = List.of();
        private final List<String> lines = new ArrayList<>();
        private final Map<Integer, List<String>> nodeLines = new HashMap<>();
        private final List<String> hbaLines = new ArrayList<>();
        private String superuser = "postgres";
        private Optional<String> user = Optional.empty();
        private Optional<String> database = Optional.empty();
        private Consumer<String> progress = line -> {};

        private Builder(Path directory, PostgresInstallation installation) {
            this.directory = directory.toAbsolutePath().normalize();
            this.installation = installation;
        }

        /** How many servers, the primary included. */
        public Builder nodes(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("a cluster has at least one node, not " + count);
            }
            nodes = count;
            return this;
        }

        /** A port for each node, by number. */
        public Builder ports(List<Integer> chosen) {
            ports = List.copyOf(chosen);
            return this;
        }

        /** A line for the postgresql.conf of every node, such as {@code max_connections = 20}. */
        public Builder configure(String line) {
            lines.add(line);
            return this;
        }

        /** A line for the postgresql.conf of one node; it comes after those for all. */
        public Builder configure(int node, String line) {
            nodeLines.computeIfAbsent(node, id -> new ArrayList<>()).add(line);
            return this;
        }

        /** A line of pg_hba.conf: it comes before the trust for the loopback address, but not before the superuser's. */
        public Builder clientAuthentication(String hbaLine) {
            hbaLines.add(hbaLine);
            return this;
        }

        /** The superuser that initdb makes; {@code postgres} unless said otherwise. */
        public Builder superuser(String name) {
            superuser = plain(name);
            return this;
        }

        /** An ordinary user to create. */
        public Builder user(String name) {
            user = Optional.of(plain(name));
            return this;
        }

        /** A database to create, owned by {@link #user} where one is given. */
        public Builder database(String name) {
            database = Optional.of(plain(name));
            return this;
        }

        /** Told of each longer step in one line. */
        public Builder progress(Consumer<String> listener) {
            progress = listener;
            return this;
        }

        /**
         * Makes the cluster, or takes the one that is in the directory already, starts it and waits until the standbys
         * stream.
         *
         * @throws LocalClusterException with the reason; nothing is left running, and no directory that was not there
         */
        public LocalCluster start() {
            if (!ports.isEmpty() && ports.size() != nodes) {
                throw new IllegalArgumentException(ports.size() + " ports for " + nodes + " nodes");
            }
            ClusterSettings settings = new ClusterSettings(
                    nodes,
                    ports,
                    List.copyOf(lines),
                    Map.copyOf(nodeLines),
                    List.copyOf(hbaLines),
                    superuser,
                    user,
                    database);
            return new ClusterStart(directory, settings, installation, progress).run();
        }

        private static String plain(String name) {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("a name of lower case letters, digits and _ is needed, not " + name);
            }
            return name;
        }
    }
}
