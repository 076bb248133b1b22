package io.trunkline.proxy.session;

import io.trunkline.pcp.ProcessFacts;
import io.trunkline.pcp.SessionFacts;
import io.trunkline.pcp.SessionFacts.BackendFacts;
import io.trunkline.pool.BackendConnection;
import io.trunkline.protocol.TransactionStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a session tells of itself when administrators ask; until then it costs next to nothing. Event loop only. */
final class SessionTrace {
    final RecentStatement statement = new RecentStatement();
    private final FrontendConnection front;
    private final SessionNodes nodes;
    private final SessionState state;
    private final int slot;

    /** @param slot number of its place among those for sessions */
    SessionTrace(FrontendConnection front, SessionNodes nodes, SessionState state, int slot) {
        this.front = front;
        this.nodes = nodes;
        this.state = state;
        this.slot = slot;
    }

    /** @param idleNanos how long it has waited for its client, 0 while it executes */
    SessionFacts facts(long idleNanos, Clock clock) {
        List<BackendFacts> backends = new ArrayList<>(2);
        for (AttachedBackend backend : nodes.backends().all()) {
            if (backend != null) {
                backends.add(backend(backend.connection, clock));
            }
        }
        ClientIdentity identity = front.identity();
        boolean isRemote = front.address().isPresent();
        return new SessionFacts(
                identity.number(),
                slot,
                identity.database(),
                identity.user(),
                nodes.applicationName(),
                isRemote ? front.host() : "",
                isRemote ? front.port() : "",
                clock.at(front.openedNanos()),
                status(idleNanos > 0),
                Duration.ofNanos(idleNanos),
                nodes.backends().activeNode(),
                nodes.choice().readNode(),
                statement.shape(state.lexical()),
                nodes.waits().text(),
                state.pinnedTo(),
                nodes.pooling().heldBy(),
                nodes.pooling().mode().mode().name().toLowerCase(Locale.ROOT),
                nodes.pooling().mode().source(),
                state.bytesFromClient,
                state.bytesToClient,
                backends);
    }

    private ProcessFacts.Status status(boolean isIdle) {
        if (!isIdle) {
            return ProcessFacts.Status.EXECUTING;
        }
        return nodes.backends().status() == TransactionStatus.IDLE
                ? ProcessFacts.Status.IDLE
                : ProcessFacts.Status.IDLE_IN_TRANSACTION;
    }

    private static BackendFacts backend(BackendConnection backend, Clock clock) {
        return facts(backend, Optional.empty(), clock);
    }

    /** Of a backend that no session has. */
    static BackendFacts idle(BackendConnection backend, Clock clock) {
        return facts(backend, Optional.of(clock.at(backend.idleSinceNanos())), clock);
    }

    private static BackendFacts facts(BackendConnection backend, Optional<Instant> idleSince, Clock clock) {
        return new BackendFacts(
                backend.node(),
                backend.key().startup().database(),
                backend.key().startup().user(),
                clock.at(backend.openedAtNanos()),
                backend.sessionsServed(),
                backend.serverPid(),
                idleSince);
    }

    /**
     * What time of the day something was that is known by nanoTime.
     *
     * @param now the time of day
     * @param nanos the same by nanoTime
     */
    record Clock(Instant now, long nanos) {
        static Clock read() {
            return new Clock(Instant.now(), System.nanoTime());
        }

        Instant at(long then) {
            return now.minusNanos(nanos - then);
        }
    }
}
