package io.trunkline.pcp;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
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
 * @param writes what becomes of statements that need the primary: {@code served}, {@code held} while a switchover is under
 *     way, {@code awaited} during a failover, {@code not served}
 * @param epoch grows with every change of the cluster
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
        String writes,
        long epoch,
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
     * @param lagTime the same as a time; empty if not known
     * @param since when it got its status
     * @param reachable whether it has answered when it was asked last
     * @param readable of a node in service: whether it serves reads, which it does not before it follows a new primary
     * @param draining of a node that is out of service: whether sessions may finish what they have open on it
     * @param detachedByAdministrator of a node that is out of service: whether somebody has asked for that
     */
    public record Node(
            int id,
            String host,
            int port,
            String role,
            String status,
            OptionalLong lagBytes,
            Optional<Duration> lagTime,
            Instant since,
            boolean reachable,
            boolean readable,
            boolean draining,
            boolean detachedByAdministrator) {}
}
