package io.trunkline.cli.archive;

import io.trunkline.cli.CommandFailure;
import io.trunkline.config.ConfigCheck;
import io.trunkline.pcp.StopMode;
import io.trunkline.proxy.log.ServerLog;
import io.trunkline.proxy.process.Launch;
import io.trunkline.proxy.process.ServerProcess;
import io.trunkline.proxy.process.ServerStart;
import io.trunkline.proxy.process.StartFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A server that loads what servers load: started with one node, a {@link TrainingNode}, asked by one client, and stopped. It
 * listens on nothing but Unix-domain sockets in a directory of its own, which is gone afterwards.
 */
final class TrainingRun {
    private static final int PORT = 9999;

    private TrainingRun() {}

    static void run() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("trunkline");
        try (TrainingNode node = TrainingNode.listen(directory)) {
            ConfigCheck files = new ConfigCheck(configuration(directory));
            ConfigCheck.Outcome read = files.run();
            ServerProcess server =
                    ServerStart.first(files, read, read.config().orElseThrow(), new Launch(List.of()), true);
            TrainingClient.run(directory.resolve(".s.PGSQL." + PORT));
            server.stop(StopMode.FAST);
            server.awaitEnd();
        } catch (StartFailure e) {
            throw new CommandFailure("the server for the archive did not start: " + e.getMessage(), e);
        } finally {
            ServerLog.close();
            delete(directory);
        }
    }

    private static Path configuration(Path directory) throws IOException {
        return Files.write(
                directory.resolve("pgpool.conf"),
                List.of(
                        "listen_addresses = ''",
                        "port = " + PORT,
                        "unix_socket_directories = '" + directory + "'",
                        "pcp_listen_addresses = ''",
                        "pcp_port = " + (PORT - 1),
                        "pcp_socket_dir = '" + directory + "'",
                        "pid_file_name = 'pid'",
                        "work_dir = '" + directory + "'",
                        "backend_clustering_mode = 'streaming_replication'",
                        "backend_hostname0 = '" + directory + "'",
                        "backend_port0 = " + TrainingNode.PORT,
                        "health_check_period = 1",
                        "log_min_messages = panic"));
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
