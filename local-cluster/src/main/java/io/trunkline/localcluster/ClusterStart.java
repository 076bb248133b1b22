package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Brings a cluster up in a directory, be it empty or one with a cluster that was stopped. */
final class ClusterStart {

    private static final Duration INITDB_LIMIT = Duration.ofMinutes(3);

    private final Path directory;
    private final ClusterSettings settings;
    private final PostgresInstallation installation;
    private final Consumer<String> progress;
    private final ServerAccount account = ServerAccount.ofThisProcess();
    private final NodeFiles files;
    private final StandbyCopy copies;

    ClusterStart(
            Path directory, ClusterSettings settings, PostgresInstallation installation, Consumer<String> progress) {
        this.directory = directory;
        this.settings = settings;
        this.installation = installation;
        this.progress = progress;
        this.files = new NodeFiles(settings, installation, account);
        this.copies = new StandbyCopy(installation, account, settings.superuser());
    }

    LocalCluster run() {
        account.obstacleTo(directory).ifPresent(obstacle -> {
            throw new LocalClusterException("PostgreSQL has to run as user " + account.name() + ", who cannot reach "
                    + directory + " because of the mode of " + obstacle);
        });
        Optional<ClusterMark> existing = ClusterMark.read(directory);
        existing.ifPresentOrElse(this::requireSameKind, this::requireNoNodes);
        boolean newDirectory = !Files.exists(directory);
        LocalCluster cluster = new LocalCluster(directory, settings, installation, newNodes());
        try {
            if (existing.isPresent()) {
                resume(cluster);
            } else {
                create(cluster);
            }
            cluster.awaitStreaming();
            new ClusterMark(settings.nodes(), installation.major()).write(directory);
            return cluster;
        } catch (IOException failure) {
            undo(cluster, newDirectory);
            throw new LocalClusterException("no cluster can be made in " + directory + ": " + failure, failure);
        } catch (RuntimeException failure) {
            undo(cluster, newDirectory);
            throw failure;
        }
    }

    private void requireSameKind(ClusterMark mark) {
        if (mark.major() != installation.major()) {
            throw new LocalClusterException("the cluster in " + directory + " was made by PostgreSQL " + mark.major()
                    + " and cannot be used by " + installation.version());
        }
        if (mark.nodes() != settings.nodes()) {
            throw new LocalClusterException(
                    "the cluster in " + directory + " has " + mark.nodes() + " nodes, not " + settings.nodes());
        }
        if (LocalCluster.runsIn(directory)) {
            throw new LocalClusterException("the cluster in " + directory + " is running");
        }
    }

    /** Files that we did not make are neither used nor, when something fails, removed. */
    private void requireNoNodes() {
        for (int id = 0; id < settings.nodes(); id++) {
            Path data = LocalNode.directoryIn(directory, id);
            if (Files.exists(data)) {
                throw new LocalClusterException(data + " is there already, but no finished cluster");
            }
        }
    }

    private List<LocalNode> newNodes() {
        List<Integer> ports = settings.ports().isEmpty() ? FreePorts.find(settings.nodes()) : settings.ports();
        List<LocalNode> nodes = new ArrayList<>();
        for (int id = 0; id < settings.nodes(); id++) {
            nodes.add(new LocalNode(id, ports.get(id), directory, settings.superuser(), installation, account));
        }
        return nodes;
    }

    private void create(LocalCluster cluster) throws IOException {
        FileTree.createReadable(directory);
        account.createPrivateDirectory(LocalNode.logDirectoryIn(directory));
        LocalNode primary = cluster.node(0);
        progress.accept(
                "Creating the primary with PostgreSQL " + installation.version() + " on port " + primary.port());
        account.createPrivateDirectory(primary.dataDirectory());
        initialise(primary);
        files.prepare(primary);
        files.write(primary, primary);
        primary.start();
        settings.user().ifPresent(user -> primary.query("CREATE ROLE \"" + user + "\" LOGIN"));
        settings.database()
                .ifPresent(database -> primary.query("CREATE DATABASE \"" + database + "\""
                        + settings.user().map(user -> " OWNER \"" + user + "\"").orElse("")));
        List<LocalNode> standbys = cluster.nodes().subList(1, settings.nodes());
        LocalCluster.inParallel(standbys, standby -> addStandby(primary, standby));
    }

    private void initialise(LocalNode primary) {
        Command.run(
                INITDB_LIMIT,
                account.command(List.of(
                        installation.program("initdb").toString(),
                        "-D",
                        primary.dataDirectory().toString(),
                        "-U",
                        settings.superuser(),
                        "-A",
                        "trust",
                        "-E",
                        "UTF8",
                        "--locale=C",
                        "-N")));
    }

    private void addStandby(LocalNode primary, LocalNode standby) {
        progress.accept("Creating standby " + standby.id() + " on port " + standby.port());
        try {
            account.createPrivateDirectory(standby.dataDirectory());
            copies.copy(primary, standby);
            files.write(standby, primary);
        } catch (IOException failure) {
            throw new LocalClusterException("standby " + standby.id() + " cannot be made: " + failure, failure);
        }
        standby.start();
    }

    private void resume(LocalCluster cluster) throws IOException {
        LocalNode primary = cluster.primary();
        progress.accept("Starting the cluster in " + directory + ", node " + primary.id() + " as the primary");
        files.write(primary, primary);
        primary.start();
        for (LocalNode node : cluster.nodes()) {
            if (node == primary) {
                continue;
            }
            if (node.isStandby()) {
                files.write(node, primary);
                node.start();
            } else {
                Path aside = Files.createTempDirectory(directory, "old-node" + node.id() + "-")
                        .resolve("data");
                progress.accept("Node " + node.id()
                        + " was a primary before: it becomes a standby anew, its files go to " + aside);
                Files.move(node.dataDirectory(), aside);
                addStandby(primary, node);
            }
        }
    }

    /** Leaves no server running, and nothing of a cluster that is only half made. */
    private void undo(LocalCluster cluster, boolean newDirectory) {
        LocalCluster.inParallel(cluster.nodes(), LocalNode::destroy);
        try {
            if (newDirectory) {
                FileTree.delete(directory);
            } else if (ClusterMark.read(directory).isEmpty()) {
                for (LocalNode node : cluster.nodes()) {
                    FileTree.delete(node.dataDirectory());
                }
            }
        } catch (IOException alreadyFailing) {
            progress.accept("Not all of " + directory + " could be removed: " + alreadyFailing.getMessage());
        }
    }
}
