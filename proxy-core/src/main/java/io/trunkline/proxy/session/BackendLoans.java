package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.config.LoggingParameters.BackendMessageLog;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.LendRequest;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;

/**
 * How backends come to a session and leave it: lent by the pool and attached; shared between two transactions, given back
 * or lost. Event loop only.
 */
final class BackendLoans {
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionLogin login;
    private final SessionState state;
    private final SessionNodes nodes;
    private final ReplyRelay relay;
    private final SessionBackends backends;
    private final TransactionPooling pooling;
    private boolean dialectKnown;

    BackendLoans(
            FrontendConnection front,
            LoopServices loop,
            SessionLogin login,
            SessionState state,
            SessionNodes nodes,
            ReplyRelay relay) {
        this.front = front;
        this.loop = loop;
        this.login = login;
        this.state = state;
        this.nodes = nodes;
        this.relay = relay;
        this.backends = nodes.backends();
        this.pooling = nodes.pooling();
    }

    // ---- they come

    /** Asks for one of a node that no request waits for. */
    LendRequest ask(int node, LendRequest.Outcome outcome) {
        return loop.shard().lend(loop.cluster().node(node).address(), pooling.borrower(), relay, outcome);
    }

    /** The backend that the session has waited for. */
    void lent(BackendConnection backend) {
        AttachedBackend fresh = attach(backend);
        loop.connected(backend);
        if (!pooling.isOn() && !backend.startedAs().equals(login.applicationName())) {
            fresh.rename(login.applicationName());
        }
    }

    /** One that was idle, of which nothing is new. */
    void lentAgain(BackendConnection backend) {
        attach(backend);
    }

    /** The session waits for a backend of a node, and has done so for long. */
    void waitsLong(int node) {
        ByteBuf out = front.buffer();
        ServerMessage.notice(
                        SqlState.TOO_MANY_CONNECTIONS,
                        "waiting for a connection to node " + node + ", as all for this user and database are in use")
                .encodeNotice(out);
        front.write(out);
        front.flush();
    }

    /** The session has it from now on. */
    AttachedBackend attach(BackendConnection connection) {
        AttachedBackend backend = AttachedBackend.of(connection);
        if (pooling.isOn()) {
            backend.attachedTo(
                    state.settings, login.applicationName(), loop.settings().maxPreparedStatements());
        }
        backends.add(backend);
        connection.heldBy(relay);
        if (nodes.logging().backendMessages() != BackendMessageLog.NONE) {
            ReplyLog.watch(connection, front, nodes);
        }
        if (!dialectKnown) {
            // from the first one; what the session sets later it reports itself
            dialectKnown = true;
            state.reported(connection.parameters().initial());
        }
        connection.setReading(front.isWritable());
        return backend;
    }

    // ---- they leave

    /** While it waits for one backend, the session does not keep others from those who wait for them. */
    void giveUpOthers(int node) {
        for (AttachedBackend other : backends.all()) {
            if (other != null
                    && other.node() != node
                    && other.connection.isClean()
                    && !other.batchOpen
                    && state.pinnedTo() != other.node()
                    && other.node() != loop.cluster().primary()
                    && login.ownBackend() == null) {
                if (pooling.isDispensable(other)) {
                    share(other);
                } else {
                    detach(other);
                    loop.shard().giveBack(other.connection);
                }
            }
        }
    }

    /** The session has no need of it until its next transaction. */
    void share(AttachedBackend backend) {
        detach(backend);
        loop.metrics().count(Counter.BACKENDS_SHARED);
        if (backend.unread) {
            loop.shard().giveBack(backend.connection);
        } else {
            loop.shard().share(backend.connection);
        }
    }

    /** DISCARD ALL has made the session as new on {@code kept}: the other nodes are done with. */
    void giveBackAllBut(AttachedBackend kept) {
        for (AttachedBackend other : backends.all()) {
            if (other != null && other != kept) {
                detach(other);
                loop.shard().giveBack(other.connection);
            }
        }
    }

    /** A backend is gone; the session has none on that node any more. */
    void forget(AttachedBackend gone) {
        detach(gone);
        nodes.choice().forgetReadNode();
        loop.shard().lost(gone.connection);
    }

    /** The session needs this backend no more, on which nothing is open, and nobody else is to get it. */
    void abandon(AttachedBackend backend) {
        forget(backend);
        backend.connection.close();
    }

    /**
     * The session is over: what it has goes back, or is closed where something is unfinished.
     *
     * @param vanished what still executes for it is cancelled
     */
    void end(boolean vanished) {
        for (AttachedBackend backend : backends.all()) {
            if (backend != null) {
                if (vanished && !backend.isDrained()) {
                    loop.cancelAbandoned(backend.connection);
                }
                if (pooling.isDispensable(backend)) {
                    share(backend);
                } else {
                    detach(backend);
                    loop.shard().giveBack(backend.connection);
                }
            }
        }
    }

    /** The session has it no more. */
    void detach(AttachedBackend backend) {
        if (backends.active() == backend) {
            nodes.secondTry().forget();
        }
        backends.remove(backend);
    }
}
