package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.trunkline.pcp.SessionFacts;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.proxy.route.BackendSignal;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;
import io.trunkline.proxy.route.StatementGroup;
import org.jspecify.annotations.Nullable;

/**
 * A client's session once it is authenticated: takes its requests one by one, in order, finds each its node and lets
 * its bytes pass. Those of the extended protocol are {@link ExtendedQuery}'s.
 *
 * <pre>
 *   request -> plan (what does it ask of the session?)
 *           -> node (what do transaction, batch, pins and the cluster allow?)   SessionNodes
 *           -> wait, if another node still owes answers, or a backend must be lent or caught up
 *           -> note the expected reply, and what its success will mean          StatementEffects
 *           -> pass
 * </pre>
 *
 * <p>Answers come back by themselves: {@link SessionNodes} is the holder of the backends. While a request waits, the
 * reader is stopped before it; {@link #proceed()} offers it again, and everything is decided afresh. Event loop only.
 */
final class ClientSession implements FrontendPhase {
    /** How deep an EXECUTE of an EXECUTE is looked into. */
    private static final int MOST_NESTED = 4;

    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionState state;
    private final StatementEffects effects;
    private final SessionNodes nodes;
    private final LocalAnswers local;
    private final AfterFailure afterFailure;
    private final StatementLog log;
    private final SecondTry secondTry;
    private final RequestLengths lengths;
    private final CommitMarks marks;
    private final SentStatements sent;
    private final SessionTrace trace;
    private final ExtendedQuery extended;
    private final Runnable whenGone;
    private final SessionLogin login;
    private final Turn turn;
    private long lastRequestNanos;

    /** Null until it is needed, which few sessions do. */
    private @Nullable DeallocateAll deallocateAll;

    /** Stands before it while messages of the client are logged. */
    private @Nullable RequestLog requestLog;

    /** The client has said Terminate. */
    private boolean terminates;

    ClientSession(FrontendConnection front, LoopServices loop, SessionLogin login, int slot, Runnable whenGone) {
        this.front = front;
        this.loop = loop;
        this.login = login;
        this.whenGone = whenGone;
        this.state = new SessionState(loop.metrics());
        this.effects = new StatementEffects(state);
        this.nodes = new SessionNodes(this, front, loop, login, state);
        this.local = new LocalAnswers(front, loop, nodes, state, login.key().user(), this);
        this.afterFailure = new AfterFailure(front, loop, nodes, state);
        this.log = new StatementLog(front, loop, nodes, state);
        this.secondTry = nodes.secondTry();
        this.lengths = new RequestLengths(loop, nodes);
        this.marks = new CommitMarks(loop, nodes, state);
        this.sent = new SentStatements(loop, nodes, state);
        this.turn = new Turn(loop.eventLoop(), this::proceed);
        this.trace = new SessionTrace(front, nodes, state, slot);
        this.extended =
                new ExtendedQuery(this, front, loop, state, effects, nodes, local, lengths, marks, sent, log, trace);
        this.lastRequestNanos = System.nanoTime();
    }

    /** What administrators see of it. */
    SessionFacts facts(SessionTrace.Clock clock) {
        return trace.facts(idleNanos(clock.nanos()), clock);
    }

    SessionNodes nodes() {
        return nodes;
    }

    ClientIdentity identity() {
        return front.identity();
    }

    /** What the client calls itself now. */
    @Override
    public String applicationName() {
        return nodes.applicationName();
    }

    /** Logs the messages of the client, and those of the nodes, if the settings say so. */
    void watchMessages() {
        if (!nodes.isReleased()) {
            if (!nodes.logging().clientMessages()) {
                requestLog = null;
            } else if (requestLog == null) {
                requestLog = new RequestLog(front, this);
            }
            front.enter(requestLog == null ? this : requestLog);
            nodes.watchMessages();
        }
    }

    /** Nanoseconds since the last request, if the session waits for its client; else 0. */
    long idleNanos(long now) {
        return nodes.backends().isDrained() && !front.reader().isStopped() ? now - lastRequestNanos : 0;
    }

    /** How long it may be idle; 0 = for ever. */
    long idleLimitMillis() {
        return loop.settings(state).clientIdleLimitMillis();
    }

    void endAndLog(ServerMessage why) {
        SessionLog.say(front, why.message(), null);
        end(why);
    }

    /** Ends the session with an error message. */
    void end(ServerMessage why) {
        if (nodes.backends().isInsideReply()) {
            front.close();
        } else {
            front.close(why);
        }
    }

    /** Offers the request that waits, again. */
    void proceed() {
        if (front.reader().isStopped()) {
            front.resume();
            nodes.backends().flush();
            nodes.listening().deliver();
            front.flush();
        }
    }

    // ---- FrontendPhase

    @Override
    public int header(byte tag, int length) {
        return lengths.needed(tag, length);
    }

    @Override
    public int message(byte tag, int length, ByteBuf in, int body, int available) {
        if (tag == FrontendTag.TERMINATE) {
            return terminate();
        }
        if (tag != FrontendTag.SYNC
                && (extended.skipsToSync() || nodes.backends().skipsToSync())) {
            return DROP;
        }
        // who does not read answers gets no more of them made
        if (!front.isWritable() || turn.isOver()) {
            return STOP;
        }
        return switch (tag) {
            case FrontendTag.QUERY -> query(length, in, body, available);
            case FrontendTag.PARSE -> extended.parse(length, in, body, available);
            case FrontendTag.BIND -> extended.bind(length, in, body, available);
            case FrontendTag.DESCRIBE -> extended.describe(in, body, available);
            case FrontendTag.EXECUTE -> extended.execute(in, body, available);
            case FrontendTag.CLOSE -> extended.close(in, body, available);
            case FrontendTag.SYNC -> extended.sync(in, body);
            case FrontendTag.FLUSH -> extended.flush(in, body);
            case FrontendTag.FUNCTION_CALL -> functionCall();
            default -> copy(tag);
        };
    }

    @Override
    public void run(ByteBuf run) {
        nodes.backends().send(run);
    }

    @Override
    public void readComplete() {
        turn.ends();
        lastRequestNanos = System.nanoTime();
        nodes.backends().flush();
        nodes.pooling().giveBack();
        nodes.listening().deliver();
    }

    @Override
    public void writabilityChanged(boolean writable) {
        nodes.backends().setReading(writable);
        if (writable) {
            proceed();
            nodes.listening().deliver();
        }
    }

    @Override
    public void gone() {
        loop.clients().leaves(front);
        nodes.release(!terminates);
        loop.ended(this);
        whenGone.run();
    }

    /** What came before Terminate is carried out, as a server does. */
    private int terminate() {
        terminates = true;
        if (!nodes.backends().isDrained() && !nodes.backends().takesCopyData()) {
            nodes.backends().askForAnswers();
            return STOP;
        }
        front.reader().cutRun();
        front.close();
        return DROP;
    }

    // ---- requests

    /** What the text of a statement asks for. */
    Plan plan(ByteBuf in, int from, int length) {
        return BackendSignal.in(loop.planner().plan(in, from, length, state, loop.routing(state)), in, from, length);
    }

    private int query(int length, ByteBuf in, int body, int available) {
        boolean inspected = lengths.isInspected(length, available);
        Plan plan = inspected
                ? plan(in, body, RequestFields.queryLength(in, body, available))
                : nodes.pooling().uninspected(in, body, available);
        // now: while a node is found, other sessions may plan statements
        StatementGroup group = inspected ? loop.planner().group() : StatementGroup.OTHER;
        if (local.takes(plan)) {
            return local.query(plan) ? DROP : STOP;
        }
        if (waitsForDeallocate(plan)) {
            return STOP;
        }
        if (afterFailure.takes(plan)) {
            afterFailure.refuse(in, body, available);
            return DROP;
        }
        Plan executed = state.executed(plan);
        // FETCH and its like know portals of the protocol too
        Portals.@Nullable Portal cursor =
                plan.rule() == Rule.CURSOR && plan.name() != null ? extended.portal(plan.name()) : null;
        @Nullable AttachedBackend backend = cursor == null ? nodes.use(executed) : nodes.useForPortal(cursor);
        if (backend == null) {
            return nodes.waits().isRefused() ? refuse(false) : STOP;
        }
        if (plan.effect() == Plan.Effect.DEALLOCATE_ALL
                && isDeallocatedElsewhere(backend, ByteBufUtil.getBytes(in, body, available - 1))) {
            return STOP;
        }
        applyBefore(plan, executed, backend);
        backend.replies().sent(Request.QUERY, ReplyQueue.Mode.FORWARD, effects.observer(plan, backend));
        secondTry.querySent(executed, backend, in, body, length);
        marks.querySent(executed, backend);
        sent.went(plan, group, backend);
        trace.statement.text(in, body, Math.max(0, available - 1));
        log.query(backend.connection, in, body, Math.max(0, available - 1));
        if (!backend.replies().skipsToSync()) {
            backend.batchEnds();
        }
        extended.forgetUnnamedPortal();
        return PASS;
    }

    /** Whether a DEALLOCATE ALL with that text has to wait, as it goes to another node before it goes {@code here}. */
    boolean isDeallocatedElsewhere(AttachedBackend here, byte[] statement) {
        if (deallocateAll == null && DeallocateAll.isHabit(loop)) {
            deallocateAll = new DeallocateAll(this, loop, login, nodes, log);
        }
        return deallocateAll != null && deallocateAll.isAwaited(here, statement);
    }

    /** CopyData, CopyDone or CopyFail; outside of a COPY a server ignores them. */
    private int copy(byte tag) {
        if (nodes.backends().takesCopyData()) {
            if (tag != FrontendTag.COPY_DATA) {
                nodes.backends().copyEnds();
            }
            return PASS;
        }
        if (nodes.backends().isDrained()) {
            return DROP;
        }
        // sent ahead: whether there will be a COPY is the server's to say
        nodes.backends().askForAnswers();
        return STOP;
    }

    private int functionCall() {
        @Nullable AttachedBackend backend = nodes.use(Plan.FUNCTION_CALL);
        if (backend == null) {
            return nodes.waits().isRefused() ? refuse(false) : STOP;
        }
        backend.replies().sent(Request.FUNCTION_CALL);
        backend.mayHaveDrawn = true;
        marks.functionCallSent(backend);
        sent.went(Plan.FUNCTION_CALL, StatementGroup.OTHER, backend);
        return PASS;
    }

    /**
     * What a plan asks for before its statement is sent.
     *
     * @param executed the plan of what it executes
     */
    void applyBefore(Plan plan, Plan executed, AttachedBackend backend) {
        nodes.listening().requestSent(backend);
        if (plan.idle() != null) {
            loop.discardIdle(plan.idle());
        }
        if (plan.effect() == Plan.Effect.TERMINATE_BACKEND) {
            loop.terminationAsked(plan);
        }
        if (!plan.rule().isOneStatement() && (backend.isShared() || state.statements.arePreparedToRead())) {
            front.reader().cutRun();
            backend.unread |= backend.isShared() && plan.rule() == Rule.TOO_LONG;
            if (!backend.batchOpen) {
                backend.statements.bringNamed(state.statements);
            }
        }
        if (backend.isShared() && !backend.mayHaveDrawn) {
            if (executed.rule() == Rule.LAST_VALUE) {
                // what another session has drawn there is not for this one
                front.reader().cutRun();
                backend.run("DISCARD SEQUENCES");
            }
            backend.mayHaveDrawn = mayDraw(plan, executed);
        }
        bringPrepared(plan, backend);
    }

    private boolean mayDraw(Plan plan, Plan executed) {
        return executed.rule().mayDraw()
                || !executed.mentions().functions().isEmpty()
                || plan.effect() == Plan.Effect.EXECUTE && executed.rule() != Rule.LAST_VALUE
                || nodes.choice().rule().writes() && nodes.choice().rule().mayDraw();
    }

    /** Whether the statement that it names may be about to go: whether it does has to be known first. */
    boolean waitsForDeallocate(Plan plan) {
        String name = plan.preparedName();
        @Nullable PreparedStatement statement = name == null ? null : state.statements.get(name);
        if (statement == null || !statement.deallocating || nodes.backends().isDrained()) {
            return false;
        }
        nodes.backends().askForAnswers();
        return true;
    }

    /** Has the prepared statement on the backend that a statement names, and none of another session by that name. */
    void bringPrepared(Plan plan, AttachedBackend backend) {
        bringPrepared(plan, backend, 0);
    }

    private void bringPrepared(Plan plan, AttachedBackend backend, int depth) {
        String name = plan.preparedName();
        if (name == null || depth == MOST_NESTED) {
            return;
        }
        @Nullable PreparedStatement statement = state.statements.get(name);
        if (statement != null && plan.effect() == Plan.Effect.EXECUTE) {
            // the protocol may have prepared an EXECUTE
            bringPrepared(statement.plan, backend, depth + 1);
        }
        if (statement == null && backend.statements.hasOthers(name)) {
            // of another session, of ours, or given up elsewhere
            front.reader().cutRun();
            backend.statements.closeOthers(name);
        } else if (statement != null && !backend.statements.has(statement)) {
            front.reader().cutRun();
            statement.deallocating |= plan.effect() == Plan.Effect.DEALLOCATE;
            PreparedStatement brought = switch (plan.effect()) {
                case PREPARE, DEALLOCATE -> statement.standIn();
                default -> statement;
            };
            backend.statements.prepare(brought);
            if (!backend.batchOpen && !brought.bySql) {
                backend.batched();
                backend.syncQuietly(ReplyQueue.Mode.FORWARD_ERROR);
            }
        }
    }

    /**
     * The error that {@link SessionNodes} has for the request, in place of its answer.
     *
     * @param inBatch whether it is one of the extended protocol: what follows up to Sync is skipped
     */
    int refuse(boolean inBatch) {
        if (!nodes.backends().isDrained()) {
            nodes.backends().askForAnswers();
            return STOP;
        }
        front.reader().cutRun();
        extended.refused(inBatch);
        if (deallocateAll != null) {
            deallocateAll.over();
        }
        ByteBuf out = front.buffer();
        nodes.waits().takeRefusal().encodeError(out);
        state.transaction.fail();
        if (!inBatch) {
            secondTry.ended();
            BackendMessages.readyForQuery(out, nodes.backends().status());
        }
        front.write(out);
        loop.metrics().refused();
        return DROP;
    }

    /**
     * Answers that a backend owed have been lost with it, and the client gets errors in their place.
     *
     * @param untilSync whether what it sends is skipped up to its Sync now
     */
    void requestsLost(boolean untilSync) {
        extended.refused(untilSync);
    }
}
