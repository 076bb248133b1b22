package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendHolder;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.metrics.ErrorSeverity;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Carries what the backends of a session answer to its client, and tells the session what it has to know of that: the
 * end of a command, an error, a changed parameter, a lost connection. Only the active backend owes answers; what comes
 * from another, a notification, goes between two messages of the active one. Event loop only.
 */
final class ReplyRelay implements BackendHolder {
    private final ClientSession session;
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionNodes nodes;
    private final SessionState state;

    /** Runs of other backends that came while the active one was in the middle of a message; those are read no further. */
    private @Nullable ArrayDeque<ByteBuf> heldBack;

    ReplyRelay(
            ClientSession session,
            FrontendConnection front,
            LoopServices loop,
            SessionNodes nodes,
            SessionState state) {
        this.session = session;
        this.front = front;
        this.loop = loop;
        this.nodes = nodes;
        this.state = state;
    }

    /** The session is over. */
    void release() {
        if (heldBack != null) {
            heldBack.forEach(ByteBuf::release);
            heldBack = null;
        }
    }

    @Override
    public void replies(BackendConnection backend, ByteBuf run) {
        if (nodes.backends().isInsideReply() && !nodes.backends().isActive(backend)) {
            // a notification; it has to wait for the end of the message that is under way
            if (heldBack == null) {
                heldBack = new ArrayDeque<>();
            }
            heldBack.add(run);
            backend.setReading(false);
            return;
        }
        int bytes = run.readableBytes();
        loop.metrics().toClient(bytes);
        state.bytesToClient += bytes;
        front.write(run);
        if (!front.isWritable()) {
            backend.setReading(false);
        }
    }

    @Override
    public void repliesRead(BackendConnection backend) {
        if (heldBack != null && !nodes.backends().isInsideReply()) {
            ArrayDeque<ByteBuf> runs = heldBack;
            heldBack = null;
            runs.forEach(front::write);
            nodes.backends().setReading(front.isWritable());
        }
        AttachedBackend read = nodes.backends().on(backend.node());
        if (read != null) {
            nodes.secondTry().repliesRead(read);
        }
        nodes.departure().repliesRead();
        session.proceed();
        nodes.pooling().giveBack();
        nodes.listening().deliver();
        front.flush();
    }

    @Override
    public void ready(BackendConnection backend, ReplyQueue.Mode mode) {
        AttachedBackend current = nodes.backends().on(backend.node());
        if (current != null) {
            current.ready();
        }
        if (current != null && mode == ReplyQueue.Mode.FORWARD) {
            if (state.ready(current)) {
                nodes.loans().giveBackAllBut(current);
            }
            nodes.leaveTransactions(current);
            nodes.listening().ready();
            if (!state.catalogChange.isNone() && backend.status() == TransactionStatus.IDLE) {
                nodes.catalogChanged(current.isDrained());
            }
        }
    }

    @Override
    public boolean failed(BackendConnection backend, ReplyQueue.Mode mode, @Nullable ServerMessage error) {
        loop.metrics().error(backend.node(), ErrorSeverity.of(error));
        AttachedBackend current = nodes.backends().on(backend.node());
        if (mode == ReplyQueue.Mode.SWALLOW) {
            if (current != null) {
                current.swallowed(error);
            }
            return false;
        }
        if (error != null && current != null && nodes.secondTry().takes(current, error)) {
            return false;
        }
        boolean withheld = error != null
                && error.isFatal()
                && current != null
                && !nodes.losses().hasLastWords(current, error, !state.hasFailed());
        if (!withheld) {
            state.failed();
        }
        return !withheld;
    }

    @Override
    public boolean parameterChanged(BackendConnection backend, ReplyQueue.Mode mode, String name, String value) {
        if (name.equals("in_hot_standby")) {
            return false;
        }
        boolean forward = mode == ReplyQueue.Mode.FORWARD && nodes.backends().isActive(backend);
        if (forward && name.equals(StartupKey.APPLICATION_NAME) && nodes.isNameOfAnother(backend, value)) {
            // the name of whom the backend was opened for; it gets that of this session before it is used again
            state.reported(name, nodes.ownName());
            ByteBuf told = front.buffer();
            BackendMessages.parameterStatus(told, name, nodes.ownName());
            backend.insert(told);
            return false;
        }
        if (forward) {
            state.reported(name, value);
        }
        return forward;
    }

    @Override
    public boolean wantsCommandTags() {
        return state.wantsCommandTags() || nodes.pooling().question().isAsked();
    }

    @Override
    public void completed(BackendConnection backend, ReplyQueue.Mode mode, String commandTag) {
        if (mode == ReplyQueue.Mode.FORWARD) {
            state.completed(commandTag, backend.node());
        } else {
            AttachedBackend own = nodes.backends().on(backend.node());
            if (own != null) {
                nodes.pooling().question().answered(own, commandTag);
            }
        }
    }

    @Override
    public void lost(BackendConnection backend, String why) {
        AttachedBackend gone = nodes.backends().on(backend.node());
        if (gone == null || gone.connection != backend) {
            return;
        }
        nodes.losses().lost(gone, why);
    }

    @Override
    public void writabilityChanged(BackendConnection backend, boolean writable) {
        if (nodes.backends().isActive(backend)) {
            front.setReading(writable);
        }
    }
}
