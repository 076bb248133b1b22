package io.trunkline.pcp.server;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The connections that there are, in a bounded number. Safe for any thread. */
final class OpenConnections {
    private final int limit;

    /** Who has said something last comes last. */
    private final Set<PcpConnection> connections = new LinkedHashSet<>();

    private boolean closed;

    OpenConnections(int limit) {
        this.limit = limit;
    }

    /** Takes a new one, and ends the one that has been silent for longest if it is one too many. */
    boolean enter(PcpConnection connection) {
        PcpConnection tooMany = null;
        synchronized (this) {
            if (closed) {
                return false;
            }
            if (connections.size() >= limit) {
                tooMany = connections.stream()
                        .filter(one -> !one.isAtWork())
                        .findFirst()
                        .orElse(null);
                if (tooMany == null) {
                    return false;
                }
                connections.remove(tooMany);
            }
            connections.add(connection);
        }
        if (tooMany != null) {
            tooMany.end("another takes its place");
        }
        return true;
    }

    /** It has said something. */
    synchronized void heard(PcpConnection connection) {
        if (connections.remove(connection)) {
            connections.add(connection);
        }
    }

    synchronized void leave(PcpConnection connection) {
        connections.remove(connection);
    }

    void closeAll() {
        List<PcpConnection> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(connections);
        }
        all.forEach(connection -> connection.end("Trunkline is stopping"));
    }
}
