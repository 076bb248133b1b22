package io.trunkline.cli.demo;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the user of {@code trunkline setup} asked for.
 *
 * @param streaming whether the first server is the primary of the others; else each is for itself
 * @param port Trunkline's
 * @param serverPort the first server's
 * @param noStop whether to leave all running
 * @param debug whether Trunkline is started with debugging messages
 * @param postgresql the directory of a server's programs, if said
 */
record SetupOptions(
        boolean streaming,
        int nodes,
        int port,
        int serverPort,
        boolean noStop,
        boolean debug,
        boolean healthCheckTest,
        Optional<Path> postgresql) {

    int pcpPort() {
        return port + 1;
    }

    List<Integer> serverPorts() {
        return IntStream.range(0, nodes).mapToObj(node -> serverPort + node).toList();
    }
}
