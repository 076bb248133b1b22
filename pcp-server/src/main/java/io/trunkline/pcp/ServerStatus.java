package io.trunkline.pcp;

import java.time.Instant;
import java.util.List;

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
        List<NodeFacts> nodes) {

    public ServerStatus {
        nodes = List.copyOf(nodes);
    }
}
