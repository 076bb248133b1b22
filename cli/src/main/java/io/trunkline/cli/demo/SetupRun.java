package io.trunkline.cli.demo;

import io.trunkline.cli.CommandFailure;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalClusterException;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.PostgresFinder;
import io.trunkline.localcluster.PostgresInstallation;
import io.trunkline.localcluster.StopMode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** {@code trunkline setup}: a cluster to throw away, from an empty directory to the scripts that start and stop it. */
final class SetupRun {
    private static final String DATABASE = "test";

    private final Path directory;
    private final SetupOptions options;
    private final PrintWriter out;
    private final String user = System.getProperty("user.name", "postgres");

    SetupRun(Path directory, SetupOptions options, PrintWriter out) {
        this.directory = directory;
        this.options = options;
        this.out = out;
    }

    /** @throws CommandFailure with the reason; no server is left running then */
    void run() throws IOException {
        requireUsable();
        Path home = TrunklineProcess.launcher().resolve("../..").normalize();
        PostgresFinder finder = new PostgresFinder(this::say);
        PostgresInstallation installation = options.postgresql().map(finder::in).orElseGet(finder::any);
        List<LocalCluster> clusters = new ArrayList<>();
        try {
            startServers(installation, clusters);
            List<LocalNode> nodes =
                    clusters.stream().flatMap(each -> each.nodes().stream()).toList();
            SetupFiles files = new SetupFiles(directory, options, home, user);
            files.write(nodes);
            if (options.streaming()) {
                DemoFailover.writeScripts(
                        clusters.get(0),
                        files.configurationDirectory(),
                        TrunklineProcess.launcher(),
                        files.configuration());
                Files.writeString(
                        files.configuration(),
                        SetupFiles.settings(
                                DemoFailover.settings(clusters.get(0), files.configurationDirectory(), user)),
                        StandardOpenOption.APPEND);
            }
        } catch (IOException | RuntimeException failure) {
            stop(clusters);
            throw failure;
        }
        if (options.noStop()) {
            startTrunkline();
        } else {
            say("stopping the servers");
            stop(clusters);
        }
        welcome();
    }

    private void requireUsable() throws IOException {
        if (directory.toString().indexOf('\'') >= 0) {
            throw new CommandFailure("the name of " + directory + " has a quote, which pgpool.conf cannot take");
        }
        try (Stream<Path> entries = Files.list(directory)) {
            if (entries.findAny().isPresent()) {
                throw new CommandFailure(directory + " is not empty");
            }
        }
    }

    /** One cluster, or one for each server where they know nothing of each other. */
    private void startServers(PostgresInstallation installation, List<LocalCluster> clusters) throws IOException {
        Path servers = directory.resolve("servers");
        if (options.streaming()) {
            clusters.add(startCluster(installation, servers, options.serverPorts()));
        } else {
            for (int port : options.serverPorts()) {
                clusters.add(
                        startCluster(installation, servers.resolve(Integer.toString(clusters.size())), List.of(port)));
            }
        }
        int id = 0;
        for (LocalCluster cluster : clusters) {
            for (LocalNode node : cluster.nodes()) {
                Files.createSymbolicLink(directory.resolve("data" + id++), directory.relativize(node.dataDirectory()));
            }
        }
    }

    private LocalCluster startCluster(PostgresInstallation installation, Path place, List<Integer> ports) {
        return LocalCluster.in(place, installation)
                .nodes(ports.size())
                .ports(ports)
                .superuser(user)
                .database(DATABASE)
                .configure("listen_addresses = 'localhost'")
                .configure("unix_socket_directories = '/tmp'")
                .configure("max_prepared_transactions = 10")
                .configure(DemoFailover.SERVER_SETTING)
                .clientAuthentication("host all scram_user all scram-sha-256")
                .clientAuthentication("host all md5_user all md5")
                .clientAuthentication("local all scram_user scram-sha-256")
                .clientAuthentication("local all md5_user md5")
                .progress(this::say)
                .start();
    }

    private static void stop(List<LocalCluster> clusters) {
        clusters.forEach(cluster -> cluster.stop(StopMode.FAST));
    }

    private void startTrunkline() throws IOException {
        Process start = new ProcessBuilder(directory.resolve("startall").toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log/startall.log").toFile())
                .start();
        try {
            if (start.waitFor() != 0) {
                throw new LocalClusterException("startall has failed; its output is in log/startall.log");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void welcome() throws IOException {
        say("Trunkline is set up for " + (options.streaming() ? "streaming replication" : "raw mode"));
        say("./startall starts everything, ./shutdownall stops it; . ./bashrc.ports sets the ports for your shell");
        say("pcp user and password: " + user);
        say(Files.readString(directory.resolve("README.port")).stripTrailing());
        if (options.noStop()) {
            say("everything is still running");
        }
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
