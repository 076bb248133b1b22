package io.trunkline.cli.demo;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the user asked for.
 *
 * @param port Trunkline's
 * @param nodes how many servers, if said
 * @param postgresql the directory of a server's programs, if said
 * @param keep the directory to keep all in, if it is to be kept
 * @param detach whether to leave it running
 */
record DemoOptions(int port, Optional<Integer> nodes, Optional<Path> postgresql, Optional<Path> keep, boolean detach) {

    static final int DEFAULT_PORT = 9999;

    private static final int DEFAULT_PCP_PORT = 9898;

    /** Pgpool-II's own pair of ports, or two neighbours. */
    int pcpPort() {
        return port == DEFAULT_PORT ? DEFAULT_PCP_PORT : port + 1;
    }
}
