package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.BackendConnection;
import io.trunkline.protocol.TransactionStatus;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The backends that one session has, at most one a node. One of them is <em>active</em>: what the client sends goes there,
 * and it tells how the session stands. Event loop only.
 */
final class SessionBackends {
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionState state;

    /** By node id; nodes that are not used are null. */
    private @Nullable AttachedBackend[] byNode = new AttachedBackend[0];

    private @Nullable AttachedBackend active;

    SessionBackends(FrontendConnection front, LoopServices loop, SessionState state) {
        this.front = front;
        this.loop = loop;
        this.state = state;
    }

    /** The one that got the last request, or null. */
    @Nullable
    AttachedBackend active() {
        return active;
    }

    /** The next requests are for this one. */
    void activate(AttachedBackend backend) {
        active = backend;
    }

    /** All of them, by node id, with null where there is none; not to be changed. */
    @Nullable
    AttachedBackend[] all() {
        return byNode;
    }

    /** The backend on a node, or null. */
    @Nullable
    AttachedBackend on(int node) {
        return node < byNode.length ? byNode[node] : null;
    }

    void add(AttachedBackend backend) {
        int node = backend.node();
        if (node >= byNode.length) {
            byNode = Arrays.copyOf(byNode, node + 1);
        }
        byNode[node] = backend;
    }

    void remove(AttachedBackend backend) {
        byNode[backend.node()] = null;
        if (active == backend) {
            active = null;
        }
    }

    void setReading(boolean reading) {
        for (AttachedBackend backend : byNode) {
            if (backend != null) {
                backend.connection.setReading(reading);
            }
        }
    }

    void closeElsewhere(AttachedBackend here, PreparedStatement statement) {
        for (AttachedBackend other : byNode) {
            if (other != null && other != here) {
                other.statements.closeQuietly(statement);
            }
        }
    }

    /** The unnamed statement is made anew {@code here}: what other backends have of the same is an old one. */
    void forgetUnnamedElsewhere(AttachedBackend here, PreparedStatement statement) {
        for (AttachedBackend other : byNode) {
            if (other != null && other != here) {
                other.statements.forget(statement);
            }
        }
    }

    /** Sends a run of the client's messages to the active backend. */
    void send(ByteBuf run) {
        if (active == null) {
            run.release();
        } else {
            int bytes = run.readableBytes();
            loop.metrics().fromClient(bytes);
            state.bytesFromClient += bytes;
            active.connection.press(loop.memory().pressure());
            active.connection.write(run);
            if (!active.connection.isWritable()) {
                front.setReading(false);
            }
        }
    }

    void flush() {
        if (active != null) {
            active.connection.flush();
        }
    }

    /** Sends what is waiting, and makes the active backend answer what it has got of a batch. */
    void askForAnswers() {
        if (active != null) {
            // the Flush has to come behind the requests that it is for
            front.reader().cutRun();
            active.flushBatch();
        }
    }

    /** Whether there is a backend whose ReadyForQuery would tell the client how its session stands. */
    boolean hasWitness() {
        return active != null
                && !state.transaction.isFailed()
                && (!state.transaction.isOpen() || state.transaction.isJoinedBy(active));
    }

    boolean hasOpenBatch() {
        return active != null && active.batchOpen;
    }

    boolean hasOpenBatchOnPrimary() {
        return active != null
                && active.batchOpen
                && active.node() == loop.cluster().primary();
    }

    /** Whether the active backend ignores everything up to the next Sync. */
    boolean skipsToSync() {
        return active != null && active.replies().skipsToSync();
    }

    boolean takesCopyData() {
        return active != null && active.replies().isCopyIn();
    }

    /** CopyDone or CopyFail goes to the active backend. */
    void copyEnds() {
        Objects.requireNonNull(active).replies().copyEnded();
    }

    /** Whether no transaction and no batch is open anywhere, nor can be by what is under way. */
    boolean isIdle() {
        return isDrained() && !hasOpenBatch() && status() == TransactionStatus.IDLE;
    }

    boolean isDrained() {
        return active == null || active.isDrained();
    }

    boolean isInsideReply() {
        return active != null && active.connection.isInsideReply();
    }

    /** Transaction status for a ReadyForQuery of our own. */
    byte status() {
        if (state.transaction.isOpen()
                && (state.transaction.isFailed() || active == null || !state.transaction.isJoinedBy(active))) {
            return state.transaction.status();
        }
        return active == null ? TransactionStatus.IDLE : active.status();
    }

    /** The backend that executes something for the client now. */
    @Nullable
    BackendConnection executing() {
        return active == null || active.isDrained() ? null : active.connection;
    }

    boolean isActive(BackendConnection backend) {
        return active != null && active.connection == backend;
    }

    /** Where the last request went; -1 if nowhere, or if there is no connection any more. */
    int activeNode() {
        return active == null ? SessionState.NOWHERE : active.node();
    }
}
