package io.trunkline.proxy.process;

import io.trunkline.pcp.EventFacts;
import io.trunkline.pcp.ProcessFacts.Connection;
import io.trunkline.pcp.ProcessList;
import io.trunkline.pcp.ServerStatus;
import java.util.List;
import java.util.Optional;

/**
 * All that a status shows.
 *
 * @param processes where the connections to the nodes are; empty if the event loops have not told in time
 * @param events what has become of the cluster lately, the oldest first
 */
record StatusDetails(ServerStatus status, Optional<ProcessList> processes, List<EventFacts> events) {

    /** Connections to a node that sessions have, or that wait in the pool; empty if that is not known. */
    Optional<Long> connections(int node, boolean inUse) {
        return processes.map(list -> list.processes().stream()
                .flatMap(process -> process.connections().stream())
                .filter(connection -> connection.node() == node)
                .filter(inUse ? Connection::inUse : connection -> !connection.inUse())
                .count());
    }
}
