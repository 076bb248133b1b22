package io.trunkline.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which of the open connections has a given process id on its server, so that what a client asks of a process can be
 * asked on the node that has it. Any thread; changed only when a connection is opened or closed.
 */
public final class ServerPids {
    private final Map<Integer, List<BackendConnection>> byPid = new ConcurrentHashMap<>();

    void opened(BackendConnection backend) {
        byPid.merge(backend.serverPid(), List.of(backend), (known, one) -> {
            List<BackendConnection> more = new ArrayList<>(known);
            more.addAll(one);
            return List.copyOf(more);
        });
    }

    void closed(BackendConnection backend) {
        byPid.computeIfPresent(backend.serverPid(), (pid, known) -> {
            List<BackendConnection> rest =
                    known.stream().filter(other -> other != backend).toList();
            return rest.isEmpty() ? null : rest;
        });
    }

    /** The node that has the process; empty if none does, or if several do. */
    public OptionalInt nodeOf(int pid) {
        List<BackendConnection> backends = byPid.getOrDefault(pid, List.of());
        return backends.size() == 1 ? OptionalInt.of(backends.get(0).node()) : OptionalInt.empty();
    }

    /** A client is about to have the process terminated: if its connection is lost now, that is why. */
    public void terminationAsked(int pid) {
        List<BackendConnection> backends = byPid.getOrDefault(pid, List.of());
        if (backends.size() == 1) {
            backends.get(0).terminationAsked();
        }
    }
}
