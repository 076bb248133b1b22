package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.config.LoggingParameters.BackendMessageLog;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.CatalogChange;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The backends of one session, at most one a node, and which of them the next request goes to.
 *
 * <p>One backend is <em>active</em>: it got the last request. The session moves to another only when the active one
 * owes nothing, so answers keep their order without being held back. A session that must wait for a backend gives up
 * those that it does not need, and one that has the primary does not wait for a standby: no two sessions can wait for
 * each other. Which node it is to be, {@link NodeChoice} decides; what comes back goes through {@link ReplyRelay}. Event
 * loop only.
 */
final class SessionNodes {
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionLogin login;
    private final SessionState state;
    private final NodeChoice choice;
    private final ReplyRelay relay;
    private final SecondTry secondTry;
    private final RequestWaits waits;
    private final LostBackend losses;
    private final NodeDeparture departure;

    private final QuietEnds quiet;

    private final SessionBackends attached = new SessionBackends();
    private @Nullable AttachedBackend active;

    private boolean released;
    private boolean dialectKnown;

    SessionNodes(
            ClientSession session,
            FrontendConnection front,
            LoopServices loop,
            SessionLogin login,
            SessionState state) {
        this.front = front;
        this.loop = loop;
        this.login = login;
        this.state = state;
        this.choice = new NodeChoice(loop, login, state, this);
        this.relay = new ReplyRelay(session, front, loop, this, state);
        this.secondTry = new SecondTry(front, loop, login, state, this);
        this.quiet = new QuietEnds(loop, state);
        this.waits = new RequestWaits(session, loop, new BackendWish(session, loop, login, relay, this));
        this.losses = new LostBackend(session, front, loop, login, this, state);
        this.departure = new NodeDeparture(session, front, loop, this, state, losses);
        BackendConnection own = login.ownBackend();
        if (own != null) {
            active = attach(own);
        }
    }

    SecondTry secondTry() {
        return secondTry;
    }

    LostBackend losses() {
        return losses;
    }

    RequestWaits waits() {
        return waits;
    }

    /** How it leaves nodes. */
    NodeDeparture departure() {
        return departure;
    }

    /** How nodes are chosen, and what the last choice was. */
    NodeChoice choice() {
        return choice;
    }

    /** What the client calls itself, as the node says that it used last. */
    String applicationName() {
        String told = active == null ? null : active.connection.parameters().get(StartupKey.APPLICATION_NAME);
        return told == null ? login.applicationName() : told;
    }

    /** Logs what the nodes send, if the settings say so now. */
    void watchMessages() {
        for (AttachedBackend backend : attached.all()) {
            if (backend != null) {
                ReplyLog.watch(backend.connection, front, this);
            }
        }
    }

    // ---- which node

    /**
     * The backend for a request, ready to take it; it is the active one then.
     *
     * @return null if the request has to wait, or if it {@link #isRefused()}
     */
    @Nullable
    AttachedBackend use(Plan plan) {
        return use(plan, false);
    }

    /** @param seenInBatch whether the request makes a setting that others of its batch may see */
    @Nullable
    AttachedBackend use(Plan plan, boolean seenInBatch) {
        if (waits.isRefused()) {
            return null;
        }
        if (plan.effect() == Plan.Effect.ROLLBACK) {
            state.transaction.recover();
        } else if (state.transaction.isFailed()) {
            waits.refuse(ofLostTransaction());
            return null;
        }
        AttachedBackend current = active;
        if (current != null && choice.dependsOnAnswersOf(current)) {
            askForAnswers();
            return null;
        }
        int node = choice.nodeFor(plan, current, seenInBatch);
        boolean asksInVain = choice.rule() == Rule.NOT_LOOKED_UP && (current == null || current.isDrained());
        if (waits.awaitsCatalog(!asksInVain)) {
            return null;
        }
        if (choice.isHeldBack(node)) {
            if (current != null && !current.isDrained()) {
                askForAnswers();
            } else {
                waits.awaitPrimary();
            }
            return null;
        }
        if (current != null && current.node() == node) {
            if (current.replies().isFull()) {
                flush();
                return null;
            }
            if (current.isDrained() && !current.batchOpen && !current.catchUp(state.settings)) {
                return null;
            }
            return settled(joined(current), plan);
        }
        if (current != null && !current.isDrained()) {
            askForAnswers();
            return null;
        }
        AttachedBackend next = moveTo(node, plan);
        return next == null && !waits.isRefused() && choice.isBetterOffElsewhereThan(node, plan)
                ? use(plan, seenInBatch)
                : settled(next, plan);
    }

    /**
     * The backend that has a portal: where it was bound if it may still be there, else the active one; if there is none
     * the primary, which will say so.
     */
    @Nullable
    AttachedBackend useForPortal(Portals.@Nullable Portal portal) {
        AttachedBackend current = active;
        // a transaction that has failed goes on nowhere else
        boolean stays = current != null && current.hasFailed();
        if (portal != null && current != portal.backend() && isAlive(portal) && !stays) {
            if (current != null && !current.isDrained()) {
                askForAnswers();
                return null;
            }
            return moveTo(portal.backend().node(), portal.plan());
        }
        if (current == null
                || current.isDrained() && !current.batchOpen && current.status() == TransactionStatus.IDLE) {
            return use(Plan.WRITE);
        }
        if (current.replies().isFull()) {
            flush();
            return null;
        }
        return current;
    }

    private boolean isAlive(Portals.Portal portal) {
        AttachedBackend backend = portal.backend();
        return !waits.isRefused()
                && attachedTo(backend.node()) == backend
                && (backend.batchOpen || state.transaction.isJoinedBy(backend));
    }

    private ServerMessage ofLostTransaction() {
        ServerMessage loss = state.transaction.takeLoss();
        return loss != null ? loss : AfterFailure.error();
    }

    /** What is harmless to any node, such as a setting, does not tie a transaction to the one that got it. */
    private @Nullable AttachedBackend settled(@Nullable AttachedBackend backend, Plan plan) {
        boolean ends = plan.effect() == Plan.Effect.COMMIT || plan.effect() == Plan.Effect.ROLLBACK;
        boolean sees = plan.destination() != Destination.ANY && plan.effect() != Plan.Effect.BEGIN;
        if (backend != null) {
            waits.served();
        }
        if (backend != null && (ends || sees)) {
            state.transaction.settlesOn(backend.node());
        }
        return backend;
    }

    /** The backend that a Close goes to: any one that the session has. */
    @Nullable
    AttachedBackend useForClose(@Nullable PreparedStatement statement) {
        return active != null ? joined(active) : use(statement == null ? Plan.WRITE : statement.plan);
    }

    /** {@code backend}, having been told what it lacks of the session's transaction. */
    private @Nullable AttachedBackend joined(AttachedBackend backend) {
        if (backend.isUnusable()) {
            return giveUp(backend);
        }
        if (backend.transaction != 0 && !state.transaction.isJoinedBy(backend)) {
            // over since a statement of this batch
            front.reader().cutRun();
            backend.transaction = 0;
            backend.rollBackQuietly();
        }
        if (state.transaction.isAheadOf(backend)) {
            front.reader().cutRun();
            state.transaction.join(backend, backend.node() == loop.cluster().primary());
        }
        choice.settled(backend.batchOpen);
        return backend;
    }

    /** What the session needs could not be made on {@code backend}. */
    private @Nullable AttachedBackend giveUp(AttachedBackend backend) {
        detach(backend);
        backend.connection.close();
        loop.shard().lost(backend.connection);
        waits.refuse(ServerMessage.error(
                SqlState.CONNECTION_EXCEPTION,
                "the session's state could not be made on " + backend.connection.address()));
        return null;
    }

    /**
     * The client's command is through: nodes leave transactions that are over for the client.
     *
     * @param kept where it ran, and the transaction with it ended or went on; null if on no node
     */
    void leaveTransactions(@Nullable AttachedBackend kept) {
        quiet.transactionsBut(kept, attached.all());
    }

    private @Nullable AttachedBackend moveTo(int node, Plan plan) {
        if (waits.isRefused()) {
            // the backend that the request waited for will not come
            return null;
        }
        if (node < 0) {
            waits.awaitPrimary();
            return null;
        }
        AttachedBackend next = attachedTo(node);
        if (next == null) {
            boolean queued = waits.awaitBackend(loop.cluster().node(node).address(), plan);
            if (queued) {
                giveUpOthers(node);
            }
            next = attachedTo(node);
            if (next == null) {
                return null;
            }
        }
        if (next.isUnusable()) {
            return giveUp(next);
        }
        if (!next.catchUp(state.settings)) {
            return null;
        }
        front.reader().cutRun();
        secondTry.forget();
        active = next;
        return joined(next);
    }

    /** The backend that the session has on a node, or null. */
    @Nullable
    AttachedBackend attachedTo(int node) {
        return attached.on(node);
    }

    /** While it waits for one backend, the session does not keep others from those who wait for them. */
    private void giveUpOthers(int node) {
        for (AttachedBackend other : attached.all()) {
            if (other != null
                    && other.node() != node
                    && other.connection.isClean()
                    && !other.batchOpen
                    && state.pinnedTo() != other.node()
                    && other.node() != loop.cluster().primary()
                    && login.ownBackend() == null) {
                detach(other);
                loop.shard().giveBack(other.connection);
            }
        }
    }

    /** The backend that the session has waited for. */
    void lent(BackendConnection backend) {
        AttachedBackend fresh = attach(backend);
        loop.connected(backend);
        if (!backend.startedAs().equals(login.applicationName())) {
            fresh.rename(login.applicationName());
        }
    }

    /** None could be had on {@code node}, for {@code plan}: another node is chosen, or the request is refused. */
    void failedToOpen(int node, Plan plan, OpenFailure why) {
        loop.failedToConnect(node, why);
        boolean readsElsewhere = plan.destination() != Destination.PRIMARY
                && why.isNodesOwnTrouble()
                && (secondTry.targetFailed(node) || choice.readElsewhereThan(node));
        if (!readsElsewhere) {
            waits.failedToOpen(why);
        }
    }

    // ---- towards the backends

    /** Sends a run of the client's messages to the active backend. */
    void send(ByteBuf run) {
        if (active == null) {
            run.release();
        } else {
            int bytes = run.readableBytes();
            loop.metrics().fromClient(bytes);
            state.bytesFromClient += bytes;
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

    /** An extended-protocol request goes to {@code backend}. */
    void batched(AttachedBackend backend) {
        backend.batchOpen = true;
        backend.flushed = false;
    }

    /** Whether there is a backend whose ReadyForQuery would tell the client how its session stands. */
    boolean hasWitness() {
        return active != null
                && !state.transaction.isFailed()
                && (!state.transaction.isOpen() || state.transaction.isJoinedBy(active));
    }

    /**
     * What has changed in the catalog is committed, or may be: the connection is gone.
     *
     * @param all false if some of the statements may still be under way
     */
    void catalogChanged(boolean all) {
        choice.permission().catalogChanged(state.catalogChange);
        if (all) {
            state.catalogChange = CatalogChange.NONE;
        }
    }

    /** Where a statement would go now. */
    int nodeNow(Plan plan) {
        return choice.nodeFor(plan, active, false);
    }

    boolean hasOpenBatch() {
        return active != null && active.batchOpen;
    }

    boolean hasOpenBatchOnPrimary() {
        return active != null
                && active.batchOpen
                && active.node() == loop.cluster().primary();
    }

    /**
     * Ends the batch everywhere; the active backend's ReadyForQuery is the client's.
     *
     * @return that backend; null if the Sync has to wait
     */
    @Nullable
    AttachedBackend sync() {
        AttachedBackend current = Objects.requireNonNull(active);
        if (current.replies().isFull()) {
            flush();
            return null;
        }
        AttachedBackend writer = state.transaction.isOpen() ? null : quiet.writerOf(attached.all(), current);
        if (writer != null) {
            if (!current.isDrained()) {
                askForAnswers();
                return null;
            }
            if (!state.hasFailed()) {
                // the outcome of what it has written is the client's
                front.reader().cutRun();
                secondTry.forget();
                active = current = writer;
            }
        }
        quiet.batchBut(current, attached.all(), state.hasFailed());
        current.replies().sent(Request.SYNC);
        CommitMarks.syncSent(current);
        current.batchEnds();
        return current;
    }

    /** Ends the batch everywhere, which may have {@code failed} at our hands. @return whether all have answered */
    boolean syncAll(boolean failed) {
        if (failed && !state.transaction.isOpen()) {
            state.rolledBack();
        }
        return quiet.batchBut(null, attached.all(), failed);
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

    void closeElsewhere(AttachedBackend here, PreparedStatement statement) {
        attached.closeElsewhere(here, statement);
    }

    /** A portal is closed that was bound on another backend than the one that gets the Close. */
    void closeElsewhere(AttachedBackend here, String name, Portals.@Nullable Portal portal) {
        if (portal != null && portal.backend() != here && isAlive(portal)) {
            portal.backend().closePortalQuietly(name);
        }
    }

    // ---- state of the whole

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

    void frontWritable(boolean writable) {
        attached.setReading(writable);
    }

    /**
     * The session is over: backends go back, or are closed where something is unfinished.
     *
     * @param vanished the client's connection ended without Terminate; what still executes for it is cancelled, as
     *     nobody would see the outcome and a server notices only when it is done
     */
    void release(boolean vanished) {
        released = true;
        if (!state.catalogChange.isNone()) {
            catalogChanged(true);
        }
        waits.end();
        relay.release();
        for (AttachedBackend backend : attached.all()) {
            if (backend != null) {
                if (vanished && !backend.isDrained()) {
                    loop.cancelAbandoned(backend.connection);
                }
                detach(backend);
                loop.shard().giveBack(backend.connection);
            }
        }
    }

    boolean isReleased() {
        return released;
    }

    /** DISCARD ALL has made the session as new on {@code kept}: the other nodes are done with. */
    void giveBackAllBut(AttachedBackend kept) {
        for (AttachedBackend other : attached.all()) {
            if (other != null && other != kept) {
                detach(other);
                loop.shard().giveBack(other.connection);
            }
        }
    }

    /** A backend is gone; the session has none on that node any more. */
    void forget(AttachedBackend gone) {
        detach(gone);
        choice.forgetReadNode();
        loop.shard().lost(gone.connection);
    }

    boolean isActive(BackendConnection backend) {
        return active != null && active.connection == backend;
    }

    /** The session needs this backend no more, on which nothing is open, and nobody else is to get it. */
    void abandon(AttachedBackend backend) {
        forget(backend);
        backend.connection.close();
    }

    // ---- the cluster

    /** Nodes have come or gone, or the primary has. */
    void clusterChanged() {
        departure.begin();
        if (released || front.isClosing()) {
            return;
        }
        secondTry.clusterChanged();
        waits.clusterChanged();
    }

    /** The backends that it has, by node id, with null where there is none. */
    @Nullable
    AttachedBackend[] attached() {
        return attached.all();
    }

    /** Where the last request went; -1 if nowhere, or if there is no connection any more. */
    int activeNode() {
        return active == null ? SessionState.NOWHERE : active.node();
    }

    /** What is to be logged of the session. */
    SessionLogging logging() {
        return loop.settings(state).logging();
    }

    private AttachedBackend attach(BackendConnection connection) {
        AttachedBackend backend = new AttachedBackend(connection);
        attached.add(backend);
        connection.heldBy(relay);
        if (logging().backendMessages() != BackendMessageLog.NONE) {
            ReplyLog.watch(connection, front, this);
        }
        if (!dialectKnown) {
            // from the first one; what the session sets later it reports itself
            dialectKnown = true;
            connection.parameters().initial().forEach(state::reported);
        }
        connection.setReading(front.isWritable());
        return backend;
    }

    private void detach(AttachedBackend backend) {
        attached.remove(backend);
        if (active == backend) {
            secondTry.forget();
            active = null;
        }
    }
}
