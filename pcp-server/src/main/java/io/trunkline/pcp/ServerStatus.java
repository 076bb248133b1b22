package io.trunkline.pcp;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/**
 * A running Trunkline at one moment.
 *
 * @param version Trunkline's own
 * @param pid of the process
 * @param port where clients connect
 * @param startedAt when it began to serve
 * @param stopping whether it has been told to end
 * @param sessions that are served
 * @param waiting clients that wait for a session
 * @param nodes those in use, by id
 */
public record ServerStatus(
        String version,
        long pid,
        int port,
        Instant startedAt,
        boolean stopping,
        int sessions,
        int waiting,
        List<Node> nodes) {

    public ServerStatus {
        nodes = List.copyOf(nodes);
    }

    /**
     * A node, in the words of SHOW POOL_NODES.
     *
     * @param host name, address or socket directory
     * @param role {@code primary} or {@code standby}, or {@code unknown}
     * @param lagBytes how far its replay is behind the primary; empty if not known, 0 for the primary
     */
    public record Node(int id, String host, int port, String role, String status, OptionalLong lagBytes) {}
}
