package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.trunkline.config.UnrestorableState;
import io.trunkline.pool.Admission;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Plan;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * LISTEN and UNLISTEN of a session that gives its backends back: they go to the {@link SharedListener} of its database, and
 * what that hears the client gets between two transactions, as from a server. What of that has come into effect,
 * {@link SessionChannels} knows. Event loop only.
 */
final class SessionListening implements SharedListener.Subscriber {
    /** Notifications that wait for the end of the client's transaction, or for the client to read, take no more bytes. */
    static final int QUEUE_BYTES = 4 * 1024 * 1024;

    private final ClientSession session;
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionLogin login;
    private final SessionState state;
    private final SessionNodes nodes;

    /** Where it listens; null while it does not. */
    private @Nullable SharedListener listener;

    private SharedListeners.@Nullable Key key;

    /** The channels that {@link #listener} tells it of. */
    private @Nullable Set<String> subscribed;

    /** The channel that the LISTEN at hand waits for. */
    private @Nullable String wanted;

    private @Nullable CompletableFuture<LocalResult> answer;
    private @Nullable ArrayDeque<Notification> waiting;
    private int waitingBytes;

    /** A ReadyForQuery outside of a transaction has passed since the last {@link #deliver}. */
    private boolean betweenTransactions;

    private boolean released;

    SessionListening(
            ClientSession session,
            FrontendConnection front,
            LoopServices loop,
            SessionLogin login,
            SessionState state,
            SessionNodes nodes) {
        this.session = session;
        this.front = front;
        this.loop = loop;
        this.login = login;
        this.state = state;
        this.nodes = nodes;
    }

    /** Whether a statement with this plan is answered here, and no server sees it. */
    boolean takes(Plan plan) {
        boolean concerned =
                plan.effect() == Plan.Effect.LISTEN && plan.name() != null || plan.effect() == Plan.Effect.UNLISTEN;
        return concerned
                && plan.rule().isOneStatement()
                && nodes.pooling().isOn()
                && login.ownBackend() == null
                && login.admission() != Admission.RELAYED
                // with a backend of its own, which listens perhaps, it would hear all twice
                && !state.held.has(UnrestorableState.LISTEN)
                && !state.held.has(UnrestorableState.UNKNOWN);
    }

    /** Whether a server would do nothing but refuse it. */
    boolean isRefused() {
        return nodes.backends().status() == TransactionStatus.FAILED;
    }

    /** Carries it out, as far as that can be done before the end of the transaction. */
    CompletableFuture<LocalResult> answer(Plan plan) {
        if (isRefused()) {
            return CompletableFuture.completedFuture(LocalResult.error(AfterFailure.error()));
        }
        String channel = plan.name();
        if (plan.effect() == Plan.Effect.UNLISTEN || channel == null) {
            state.channels.unlisten(channel);
            return CompletableFuture.completedFuture(LocalResult.command("UNLISTEN"));
        }
        if (subscribed != null && subscribed.contains(channel)) {
            state.channels.listen(channel);
            return CompletableFuture.completedFuture(LocalResult.command("LISTEN"));
        }
        if (state.channels.isFull()) {
            return CompletableFuture.completedFuture(LocalResult.error(ServerMessage.error(
                    SqlState.PROGRAM_LIMIT_EXCEEDED,
                    "a session can listen on no more than " + SessionChannels.LIMIT + " channels")));
        }
        CompletableFuture<LocalResult> result = new CompletableFuture<>();
        answer = result;
        wanted = channel;
        subscribe(channel);
        return result;
    }

    private void subscribe(String channel) {
        if (subscribed == null || key == null) {
            key = new SharedListeners.Key(login.key().database(), state.clientEncoding());
        }
        loop.sharedListeners().subscribe(loop, key, login, this, channel);
    }

    /** Gives up the LISTEN at hand, with this error, if it waits for its listener. */
    void cancel(ServerMessage why) {
        finish(LocalResult.error(why));
    }

    /** A LISTEN could not be carried out: the transaction has failed, as with a server. */
    void failTransaction() {
        AttachedBackend active = nodes.backends().active();
        if (state.transaction.isOpen()) {
            state.transaction.fail();
        } else if (active != null && active.status() == TransactionStatus.IN_TRANSACTION) {
            // one that is not followed: the server will not hear of the failure
            active.rollBackQuietly();
            state.transaction.lost(null);
        }
    }

    /** A statement is about to be sent: what came before it can commit is not for a LISTEN that is not committed yet. */
    void requestSent(AttachedBackend backend) {
        if (waiting != null && state.channels.hasPending() && backend.isDrained()) {
            waiting.removeIf(notification -> {
                boolean early = !state.channels.isListened(notification.channel());
                waitingBytes -= early ? notification.bytes() : 0;
                return early;
            });
        }
    }

    /** A Sync has been answered here, and no transaction is open. */
    void synced() {
        if (nodes.backends().status() == TransactionStatus.IDLE) {
            state.channels.committed();
        }
    }

    /** A ReadyForQuery of a backend passes. */
    void ready() {
        betweenTransactions |= nodes.backends().status() == TransactionStatus.IDLE;
    }

    /** Passes on what waits, if this is the time; and tells of no more channels than the session needs. */
    void deliver() {
        boolean between = betweenTransactions;
        betweenTransactions = false;
        if (subscribed == null) {
            return;
        }
        if (state.channels.takeShrunk()) {
            unsubscribe();
        }
        ArrayDeque<Notification> all = waiting;
        if (all == null || !isTime(between)) {
            return;
        }
        waiting = null;
        waitingBytes = 0;
        ByteBuf out = front.buffer();
        for (Notification notification : all) {
            if (state.channels.isListened(notification.channel())) {
                notification.encode(out);
            }
        }
        write(out);
    }

    private boolean isTime(boolean between) {
        SessionBackends backends = nodes.backends();
        return front.isWritable()
                && !front.isClosing()
                && !backends.isInsideReply()
                && !state.channels.hasPending()
                && (between ? backends.status() == TransactionStatus.IDLE : backends.isIdle());
    }

    private void write(ByteBuf out) {
        int bytes = out.readableBytes();
        if (bytes == 0) {
            out.release();
            return;
        }
        loop.metrics().toClient(bytes);
        state.bytesToClient += bytes;
        front.write(out);
        front.flush();
    }

    private void unsubscribe() {
        SharedListener from = listener;
        if (from == null || subscribed == null) {
            return;
        }
        for (String channel : List.copyOf(subscribed)) {
            if (!state.channels.isNeeded(channel) && !channel.equals(wanted)) {
                subscribed.remove(channel);
                from.unsubscribe(this, channel);
            }
        }
        if (subscribed.isEmpty()) {
            subscribed = null;
            listener = null;
            waiting = null;
            waitingBytes = 0;
        }
    }

    /** The session is over. */
    void release() {
        released = true;
        state.channels.clear();
        wanted = null;
        unsubscribe();
    }

    // ---- Subscriber

    @Override
    public EventLoop eventLoop() {
        return loop.eventLoop();
    }

    @Override
    public void listening(SharedListener by, String channel) {
        if (subscribed != null && subscribed.contains(channel)) {
            return;
        }
        if (released || !channel.equals(wanted)) {
            by.unsubscribe(this, channel);
            return;
        }
        listener = by;
        if (subscribed == null) {
            subscribed = new HashSet<>();
        }
        subscribed.add(channel);
        state.channels.listen(channel);
        finish(LocalResult.command("LISTEN"));
    }

    @Override
    public void refused(String channel, @Nullable ServerMessage why) {
        if (released || !channel.equals(wanted)) {
            return;
        }
        if (why == null) {
            subscribe(channel);
        } else {
            finish(LocalResult.error(why));
        }
    }

    private void finish(LocalResult result) {
        CompletableFuture<LocalResult> asked = answer;
        answer = null;
        wanted = null;
        if (asked != null) {
            asked.complete(result);
        }
    }

    @Override
    public void notified(Notification notification) {
        // who is being disconnected, and does not read, is there for as long as it likes
        if (released || front.isClosing() || !state.channels.isNeeded(notification.channel())) {
            return;
        }
        if (waiting == null && isTime(false)) {
            ByteBuf out = front.buffer();
            notification.encode(out);
            write(out);
            return;
        }
        if (waiting == null) {
            waiting = new ArrayDeque<>(2);
        }
        waiting.add(notification);
        waitingBytes += notification.bytes();
        if (waitingBytes > QUEUE_BYTES) {
            waiting = null;
            waitingBytes = 0;
            session.endAndLog(ServerMessage.fatal(
                            SqlState.PROGRAM_LIMIT_EXCEEDED,
                            "terminating connection because too many notifications wait for the client")
                    .withDetail("They are passed on outside of a transaction only, to a client that reads them."));
        }
    }

    @Override
    public void lost(ServerMessage why) {
        if (!released) {
            session.end(why);
        }
    }
}
