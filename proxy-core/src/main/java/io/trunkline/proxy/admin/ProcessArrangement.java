package io.trunkline.proxy.admin;

import io.trunkline.pcp.ProcessFacts;
import io.trunkline.pcp.ProcessFacts.Client;
import io.trunkline.pcp.ProcessFacts.Connection;
import io.trunkline.pcp.SessionFacts;
import io.trunkline.pcp.SessionFacts.BackendFacts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lays sessions and connections out as the processes of Pgpool-II, each of which has room for one connection per pool and
 * node. What a session has is in pool 0 of its place. Connections that no session has belong to no place; they are shown
 * where there is room, those of the same user and database together, so that the numbers are right.
 */
final class ProcessArrangement {
    private static final int PROTOCOL_MAJOR = 3;

    /** The order is fixed, so that a row stays where it was as long as nothing changes. */
    private static final Comparator<BackendFacts> ORDER = Comparator.comparing(BackendFacts::database)
            .thenComparing(BackendFacts::user)
            .thenComparing(BackendFacts::connectedAt)
            .thenComparingInt(BackendFacts::serverPid);

    private final int[] clientCounts;
    private final int pools;
    private final int nodes;
    private final Instant startedAt;

    /** By place, pool and node. */
    private final @Nullable Connection[][] connections;

    /** By node, where a search for room begins: what lies before has been found to be taken, and stays so. */
    private final int[] takenBefore;

    /** The same for connections of one user and database, {@link #kind}. */
    private final int[] takenBeforeForKind;

    private @Nullable BackendFacts kind;

    /**
     * @param clientCounts how many sessions each place has had
     * @param pools how many connections to a node a place has room for
     * @param nodes how many ids there are
     */
    ProcessArrangement(int[] clientCounts, int pools, int nodes, Instant startedAt) {
        this.clientCounts = clientCounts;
        this.pools = pools;
        this.nodes = nodes;
        this.startedAt = startedAt;
        this.connections = new Connection[clientCounts.length][pools * nodes];
        this.takenBefore = new int[nodes];
        this.takenBeforeForKind = new int[nodes];
    }

    List<ProcessFacts> arrange(List<SessionFacts> sessions, List<BackendFacts> idle) {
        @Nullable SessionFacts[] byPlace = new SessionFacts[clientCounts.length];
        for (SessionFacts session : sessions) {
            byPlace[session.slot()] = session;
            for (BackendFacts backend : session.backends()) {
                put(session.slot(), 0, backend, session);
            }
        }
        idle.stream().sorted(ORDER).forEach(this::place);
        List<ProcessFacts> processes = new ArrayList<>(byPlace.length);
        for (int place = 0; place < byPlace.length; place++) {
            processes.add(process(place, byPlace[place]));
        }
        return processes;
    }

    /** They come in {@link #ORDER}. */
    private void place(BackendFacts backend) {
        if (kind == null
                || !kind.database().equals(backend.database())
                || !kind.user().equals(backend.user())) {
            kind = backend;
            Arrays.fill(takenBeforeForKind, 0);
        }
        if (!placeWith(backend, true)) {
            // connections of several users have to share a pool
            placeWith(backend, false);
        }
    }

    /** @param apart whether it must not share a pool with another user's, or of another database */
    private boolean placeWith(BackendFacts backend, boolean apart) {
        int[] before = apart ? takenBeforeForKind : takenBefore;
        int room = before[backend.node()];
        while (room < pools * connections.length && !isRoom(room, backend, apart)) {
            room++;
        }
        before[backend.node()] = room;
        if (room == pools * connections.length) {
            return false;
        }
        put(room % connections.length, room / connections.length, backend, null);
        return true;
    }

    /** @param room a number for each pool of each place, the first pools first */
    private boolean isRoom(int room, BackendFacts backend, boolean apart) {
        int place = room % connections.length;
        int pool = room / connections.length;
        return connections[place][pool * nodes + backend.node()] == null
                && (!apart || isOfItsKind(place, pool, backend));
    }

    /** Whether a pool is empty, or holds idle connections of the same user and database. */
    private boolean isOfItsKind(int place, int pool, BackendFacts backend) {
        for (int node = 0; node < nodes; node++) {
            Connection other = connections[place][pool * nodes + node];
            if (other != null) {
                return !other.inUse()
                        && other.database().equals(backend.database())
                        && other.user().equals(backend.user());
            }
        }
        return true;
    }

    private void put(int place, int pool, BackendFacts backend, @Nullable SessionFacts session) {
        connections[place][pool * nodes + backend.node()] = new Connection(
                pool,
                backend.node(),
                backend.database(),
                backend.user(),
                backend.connectedAt(),
                backend.idleSince(),
                PROTOCOL_MAJOR,
                0,
                backend.uses(),
                backend.serverPid(),
                session != null,
                session != null && session.readNode() == backend.node());
    }

    private ProcessFacts process(int place, @Nullable SessionFacts session) {
        List<Connection> own = new ArrayList<>();
        for (Connection connection : connections[place]) {
            if (connection != null) {
                own.add(connection);
            }
        }
        return new ProcessFacts(
                ProcessFacts.pid(place),
                startedAt,
                clientCounts[place],
                session == null ? ProcessFacts.Status.WAITING : session.status(),
                Optional.ofNullable(session).map(ProcessArrangement::client),
                own);
    }

    private static Client client(SessionFacts session) {
        return new Client(
                session.database(),
                session.user(),
                session.host(),
                session.port(),
                session.connectedAt(),
                session.idle(),
                session.statement());
    }
}
