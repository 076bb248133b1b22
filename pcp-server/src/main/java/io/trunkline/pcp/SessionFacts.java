package io.trunkline.pcp;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A session at one moment.
 *
 * @param number that the client knows it by, in the place of a server's process id
 * @param slot number of its place among those for sessions, from 0
 * @param application the client's application_name
 * @param host where the client is; empty if it came by a Unix-domain socket
 * @param port the client's; empty likewise
 * @param idle how long it has asked for nothing; zero while it executes
 * @param node where the last request went, -1 = nowhere yet
 * @param readNode where its reads go, -1 = not chosen yet
 * @param statement the shape of what it executes, or has executed last: without any values
 * @param waitsFor what keeps its request from being executed; empty if nothing
 * @param pinnedTo the only node that it may use, -1 = it may use any
 * @param pinnedBy why; or what keeps it from giving a backend back
 * @param poolMode when it gives its backends back
 * @param poolModeSource the parameter that says so, or the reason why none does
 * @param bytesFromClient that were handed on to servers
 * @param bytesToClient that came from servers
 * @param backends the connections to servers that it has, at most one a node
 */
public record SessionFacts(
        int number,
        int slot,
        String database,
        String user,
        String application,
        String host,
        String port,
        Instant connectedAt,
        ProcessFacts.Status status,
        Duration idle,
        int node,
        int readNode,
        String statement,
        String waitsFor,
        int pinnedTo,
        String pinnedBy,
        String poolMode,
        String poolModeSource,
        long bytesFromClient,
        long bytesToClient,
        List<BackendFacts> backends) {
    public SessionFacts {
        backends = List.copyOf(backends);
    }

    /**
     * A connection to a server.
     *
     * @param uses how many sessions have had it
     * @param serverPid process id of the server's end
     * @param idleSince when the last session gave it back; empty while one has it
     */
    public record BackendFacts(
            int node,
            String database,
            String user,
            Instant connectedAt,
            long uses,
            int serverPid,
            Optional<Instant> idleSince) {}
}
