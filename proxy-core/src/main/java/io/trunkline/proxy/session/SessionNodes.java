package io.trunkline.proxy.session;

import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.OpenFailure;
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
 * each other. Which node it is to be, {@link NodeChoice} decides; how backends come and leave, {@link BackendLoans}; what
 * comes back goes through {@link ReplyRelay}. Event loop only.
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
    private final TransactionPooling pooling;
    private final SessionListening listening;
    private final SessionBackends backends;
    private final BackendLoans loans;

    private boolean released;

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
        this.backends = new SessionBackends(front, loop, state);
        this.choice = new NodeChoice(loop, login, state, this);
        this.relay = new ReplyRelay(session, front, loop, this, state);
        this.secondTry = new SecondTry(front, loop, login, state, this);
        this.quiet = new QuietEnds(loop, state);
        this.pooling = new TransactionPooling(loop, login, state, this);
        this.waits = new RequestWaits(session, loop, new BackendWish(session, loop, relay, this, pooling));
        this.losses = new LostBackend(session, front, loop, login, this, state);
        this.listening = new SessionListening(session, front, loop, login, state, this);
        this.departure = new NodeDeparture(session, front, loop, this, state, losses);
        this.loans = new BackendLoans(front, loop, login, state, this, relay);
        BackendConnection own = login.ownBackend();
        if (own != null) {
            backends.activate(loans.attach(own));
        }
    }

    /** Those that it has. */
    SessionBackends backends() {
        return backends;
    }

    /** How they come to it and leave it. */
    BackendLoans loans() {
        return loans;
    }

    TransactionPooling pooling() {
        return pooling;
    }

    /** What it listens on without a backend of its own. */
    SessionListening listening() {
        return listening;
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

    /** What the client calls itself, as the nodes have told it last. */
    String applicationName() {
        return state.applicationName() == null ? login.applicationName() : state.applicationName();
    }

    /** What it has called itself at its start. */
    String ownName() {
        return login.applicationName();
    }

    /**
     * Whether the name that a backend tells is that of the session that it was opened for, as a statement of this one has
     * made it what it was at the start.
     */
    boolean isNameOfAnother(BackendConnection backend, String name) {
        return pooling.isOn()
                && state.isNameReset()
                && name.equals(backend.startedAs())
                && !name.equals(login.applicationName());
    }

    /** Logs what the nodes send, if the settings say so now. */
    void watchMessages() {
        for (AttachedBackend backend : backends.all()) {
            if (backend != null) {
                ReplyLog.watch(backend.connection, front, this);
            }
        }
    }

    // ---- which node

    /**
     * The backend for a request, ready to take it; it is the active one then.
     *
     * @return null if the request has to wait, or if it {@link RequestWaits#isRefused is refused}
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
        AttachedBackend current = backends.active();
        if (current != null && choice.dependsOnAnswersOf(current)) {
            backends.askForAnswers();
            return null;
        }
        int node = choice.nodeFor(plan, current, seenInBatch);
        boolean asksInVain = choice.rule() == Rule.NOT_LOOKED_UP && (current == null || current.isDrained());
        if (waits.awaitsCatalog(!asksInVain)) {
            return null;
        }
        if (choice.isHeldBack(node)) {
            if (current != null && !current.isDrained()) {
                backends.askForAnswers();
            } else {
                waits.awaitPrimary();
            }
            return null;
        }
        if (current != null && current.node() == node) {
            if (current.replies().isFull()) {
                backends.flush();
                return null;
            }
            if (current.isDrained() && !current.batchOpen && !current.catchUp(state.settings)) {
                return null;
            }
            return settled(joined(current), plan);
        }
        if (current != null && !current.isDrained()) {
            backends.askForAnswers();
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
        AttachedBackend current = backends.active();
        // a transaction that has failed goes on nowhere else
        boolean stays = current != null && current.hasFailed();
        if (portal != null && current != portal.backend() && isAlive(portal) && !stays) {
            if (current != null && !current.isDrained()) {
                backends.askForAnswers();
                return null;
            }
            return moveTo(portal.backend().node(), portal.plan());
        }
        if (current == null
                || current.isDrained() && !current.batchOpen && current.status() == TransactionStatus.IDLE) {
            return use(Plan.WRITE);
        }
        if (current.replies().isFull()) {
            backends.flush();
            return null;
        }
        return current;
    }

    private boolean isAlive(Portals.Portal portal) {
        AttachedBackend backend = portal.backend();
        return !waits.isRefused()
                && backends.on(backend.node()) == backend
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
        return backends.active() != null
                ? joined(backends.active())
                : use(statement == null ? Plan.WRITE : statement.plan);
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
        loans.detach(backend);
        backend.connection.close();
        loop.shard().lost(backend.connection);
        ServerMessage refusal = ServerMessage.error(
                SqlState.CONNECTION_EXCEPTION,
                "the session's state could not be made on " + backend.connection.address());
        ServerMessage why = backend.swallowedError();
        waits.refuse(why == null ? refusal : refusal.withDetail("The server said: " + why.message()));
        return null;
    }

    /**
     * The client's command is through: nodes leave transactions that are over for the client.
     *
     * @param kept where it ran, and the transaction with it ended or went on; null if on no node
     */
    void leaveTransactions(@Nullable AttachedBackend kept) {
        quiet.transactionsBut(kept, backends.all());
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
        AttachedBackend next = backends.on(node);
        if (next == null) {
            boolean queued = waits.awaitBackend(loop.cluster().node(node).address(), plan);
            if (queued) {
                loans.giveUpOthers(node);
            }
            next = backends.on(node);
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
        backends.activate(next);
        return joined(next);
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
        return choice.nodeFor(plan, backends.active(), false);
    }

    /**
     * Ends the batch everywhere; the active backend's ReadyForQuery is the client's.
     *
     * @return that backend; null if the Sync has to wait
     */
    @Nullable
    AttachedBackend sync() {
        AttachedBackend current = Objects.requireNonNull(backends.active());
        if (current.replies().isFull()) {
            backends.flush();
            return null;
        }
        AttachedBackend writer = state.transaction.isOpen() ? null : quiet.writerOf(backends.all(), current);
        if (writer != null) {
            if (!current.isDrained()) {
                backends.askForAnswers();
                return null;
            }
            if (!state.hasFailed()) {
                // the outcome of what it has written is the client's
                front.reader().cutRun();
                secondTry.forget();
                current = writer;
                backends.activate(writer);
            }
        }
        quiet.batchBut(current, backends.all(), state.hasFailed());
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
        return quiet.batchBut(null, backends.all(), failed);
    }

    /** A portal is closed that was bound on another backend than the one that gets the Close. */
    void closeElsewhere(AttachedBackend here, String name, Portals.@Nullable Portal portal) {
        if (portal != null && portal.backend() != here && isAlive(portal)) {
            portal.backend().closePortalQuietly(name);
        }
    }

    // ---- state of the whole

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
        listening.release();
        relay.release();
        loans.end(vanished);
    }

    boolean isReleased() {
        return released;
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

    /** What is to be logged of the session. */
    SessionLogging logging() {
        return loop.settings(state).logging();
    }
}
