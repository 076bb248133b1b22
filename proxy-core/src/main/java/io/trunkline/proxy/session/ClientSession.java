package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pcp.SessionFacts;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.proxy.route.BackendSignal;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;
import io.trunkline.proxy.route.StatementGroup;
import org.jspecify.annotations.Nullable;

/**
 * A client's session once it is authenticated: takes its requests one by one, in order, finds each its node and lets
 * its bytes pass.
 *
 * <pre>
 *   request -> plan (what does it ask of the session?)
 *           -> node (what do transaction, batch, pins and the cluster allow?)   SessionNodes
 *           -> wait, if another node still owes answers, or a backend must be lent or caught up
 *           -> note the expected reply, and what its success will mean          SessionState
 *           -> pass
 * </pre>
 *
 * <p>Answers come back by themselves: {@link SessionNodes} is the holder of the backends. While a request waits, the
 * reader is stopped before it; {@link #proceed()} offers it again, and everything is decided afresh. Event loop only.
 */
final class ClientSession implements FrontendPhase {
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionState state;
    private final SessionNodes nodes;
    private final LocalAnswers local;
    private final AfterFailure afterFailure;
    private final StatementLog log;
    private final SecondTry secondTry;
    private final StatementReuse reuse;
    private final RequestLengths lengths;
    private final CommitMarks marks;
    private final SentStatements sent;
    private final SessionTrace trace;
    private final Portals portals = new Portals();
    private final Runnable whenGone;
    private final Turn turn;
    private long lastRequestNanos;

    /** Stands before it while messages of the client are logged. */
    private @Nullable RequestLog requestLog;

    /** After an error of our own in a batch: everything up to Sync is skipped, as a server does. */
    private boolean skipsToSync;

    /** The client has said Terminate. */
    private boolean terminates;

    ClientSession(FrontendConnection front, LoopServices loop, SessionLogin login, int slot, Runnable whenGone) {
        this.front = front;
        this.loop = loop;
        this.whenGone = whenGone;
        this.state = new SessionState(loop.metrics());
        this.nodes = new SessionNodes(this, front, loop, login, state);
        this.local = new LocalAnswers(front, loop, nodes, state, login.key().user(), this);
        this.afterFailure = new AfterFailure(front, loop, nodes, state);
        this.log = new StatementLog(front, loop, nodes, state);
        this.secondTry = nodes.secondTry();
        this.reuse = new StatementReuse(front, loop, state, nodes.pooling());
        this.lengths = new RequestLengths(loop, nodes);
        this.marks = new CommitMarks(loop, nodes, state);
        this.sent = new SentStatements(loop, nodes, state);
        this.turn = new Turn(loop.eventLoop(), this::proceed);
        this.trace = new SessionTrace(front, nodes, state, slot);
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
        if (tag != FrontendTag.SYNC && (skipsToSync || nodes.backends().skipsToSync())) {
            return DROP;
        }
        // who does not read answers gets no more of them made
        if (!front.isWritable() || turn.isOver()) {
            return STOP;
        }
        return switch (tag) {
            case FrontendTag.QUERY -> query(length, in, body, available);
            case FrontendTag.PARSE -> parse(length, in, body, available);
            case FrontendTag.BIND -> bind(length, in, body, available);
            case FrontendTag.DESCRIBE -> describe(in, body, available);
            case FrontendTag.EXECUTE -> execute(in, body, available);
            case FrontendTag.CLOSE -> close(in, body, available);
            case FrontendTag.SYNC -> sync(in, body);
            case FrontendTag.FLUSH -> flush(in, body);
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

    private Plan plan(ByteBuf in, int from, int length) {
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
        if (afterFailure.takes(plan)) {
            afterFailure.refuse(in, body, available);
            return DROP;
        }
        Plan executed = state.executed(plan);
        // FETCH and its like know portals of the protocol too
        Portals.@Nullable Portal cursor =
                plan.rule() == Rule.CURSOR && plan.name() != null ? portals.find(plan.name()) : null;
        @Nullable AttachedBackend backend = cursor == null ? nodes.use(executed) : nodes.useForPortal(cursor);
        if (backend == null) {
            return nodes.waits().isRefused() ? refuse(false) : STOP;
        }
        applyBefore(plan, backend);
        backend.replies().sent(Request.QUERY, ReplyQueue.Mode.FORWARD, state.observer(plan, backend));
        secondTry.querySent(executed, backend, in, body, length);
        marks.querySent(executed, backend, in, body, available);
        sent.went(plan, group, backend);
        nodes.pooling().question().sent(plan);
        trace.statement.text(in, body, Math.max(0, available - 1));
        log.query(backend.connection, in, body, Math.max(0, available - 1));
        if (!backend.replies().skipsToSync()) {
            backend.batchEnds();
        }
        portals.forgetUnnamed();
        return PASS;
    }

    private int parse(int length, ByteBuf in, int body, int available) {
        int nameEnd = RequestFields.end(in, body, body + available, "Parse");
        String name = loop.names().text(in, body, nameEnd);
        int next = body + length - 4;
        Plan plan = Plan.UNINSPECTED;
        StatementGroup group = StatementGroup.OTHER;
        @Nullable PreparedStatement known = null;
        boolean again = false;
        boolean inspected = lengths.isInspected(length, available);
        if (inspected && name.isEmpty()) {
            UnnamedStatements unnamed = loop.unnamedStatements();
            known = unnamed.find(in, body, available, state, loop.routing(state));
            again = known == null && unnamed.isWorthKeeping(in, body, available);
        }
        if (known != null) {
            plan = known.plan;
            group = known.group;
        } else if (inspected) {
            int textEnd = RequestFields.end(in, nameEnd + 1, body + available, "Parse");
            plan = plan(in, nameEnd + 1, textEnd - nameEnd - 1);
            group = loop.planner().group();
        } else {
            plan = nodes.pooling().uninspected(in, nameEnd + 1, body + available - nameEnd - 1);
        }
        if (local.takesParse(plan)) {
            return locally(local.parse(name, plan));
        }
        if (local.takesEnd(plan)) {
            return parseEnd(name, plan, in, body, length, available);
        }
        @Nullable PreparedStatement same = name.isEmpty() ? null : state.statements.get(name);
        if (same != null && !nodes.backends().isDrained()) {
            // its own Parse may have failed
            nodes.backends().askForAnswers();
            return STOP;
        }
        // a name that is taken is refused where it is taken
        @Nullable
        AttachedBackend backend = nodes.use(same == null ? plan : same.plan, mayBeSeenInBatch(plan, in, next, 1));
        if (backend == null) {
            return nodes.waits().isRefused() ? refuse(true) : STOP;
        }
        local.forgetStatement(name);
        if (same != null && !backend.has(same)) {
            // the server's own word about a name that is taken
            front.reader().cutRun();
            backend.prepare(same);
        }
        PreparedStatement statement = known;
        if (statement == null) {
            byte[] text = again || isTextNeeded(name, plan, backend) ? textToKeep(in, body, length, available) : null;
            if (text == null) {
                trace.statement.text(in, nameEnd + 1, Math.max(0, body + available - nameEnd - 2));
            }
            statement = new PreparedStatement(name, plan, group, text);
            if (again && text != null) {
                loop.unnamedStatements().keep(statement, state, loop.routing(state));
            }
        } else {
            nodes.backends().forgetUnnamedElsewhere(backend, statement);
        }
        log.extended(backend.connection, "Parse", statement);
        reuse.refused();
        secondTry.batching(backend, statement, in, body, length);
        backend.batched();
        if (same != null) {
            secondTry.forget();
            backend.replies().sent(Request.PARSE, secondTry.mode(), null);
            return PASS;
        }
        state.added(statement, backend);
        secondTry.parsed(statement);
        ReplyQueue.Observer observer = name.isEmpty()
                ? backend.parsesUnnamed(statement, state.statements)
                : state.parseObserver(statement, backend);
        StatementReuse.Parse how = secondTry.isUnderWay()
                ? StatementReuse.Parse.AS_IT_IS
                : reuse.parse(statement, backend, in, next, secondTry.mode(), observer);
        if (how == StatementReuse.Parse.SPARED && name.isEmpty()) {
            // there is no Parse that could fail
            observer.ended(true);
        }
        if (how != StatementReuse.Parse.AS_IT_IS) {
            return DROP;
        }
        if (backend.hasOthers(name)) {
            front.reader().cutRun();
            backend.closeOthers(name);
        }
        backend.note(statement);
        backend.replies().sent(Request.PARSE, secondTry.mode(), observer);
        return PASS;
    }

    /** A statement that ends a transaction that no server has any more: a server sees it when it is executed there. */
    private int parseEnd(String name, Plan plan, ByteBuf in, int body, int length, int available) {
        if (!local.parseEnd(name)) {
            return STOP;
        }
        state.statements.add(
                new PreparedStatement(name, plan, StatementGroup.OTHER, textToKeep(in, body, length, available)));
        return DROP;
    }

    /** Whether the statement may have to be prepared on another node too; a named one also on the next primary. */
    private boolean isTextNeeded(String name, Plan plan, AttachedBackend backend) {
        boolean where = plan.destination() == Destination.PRIMARY
                && !BackendSignal.is(plan)
                && backend.node() == loop.cluster().primary();
        return !name.isEmpty()
                || nodes.pooling().isOn()
                || !where && loop.isBalancing()
                || log.isOn()
                || reuse.isOn() && plan != Plan.UNINSPECTED;
    }

    /** The Parse message; null if there is no room to keep it. */
    private byte @Nullable [] textToKeep(ByteBuf in, int body, int length, int available) {
        if (available < length - 4 || !state.statements.hasRoomFor(available)) {
            return null;
        }
        byte[] parse = new byte[available];
        in.getBytes(body, parse);
        return parse;
    }

    private int bind(int length, ByteBuf in, int body, int available) {
        int portalEnd = RequestFields.end(in, body, body + available, "Bind");
        int nameEnd = RequestFields.end(in, portalEnd + 1, body + available, "Bind");
        String name = loop.names().text(in, portalEnd + 1, nameEnd);
        String portal = loop.names().text(in, body, portalEnd);
        if (local.hasStatement(name)) {
            return locally(local.bind(portal, name));
        }
        @Nullable PreparedStatement statement = state.statements.get(name);
        if (statement != null && local.takesEnd(statement.plan)) {
            return local.bind(portal, statement.plan) ? DROP : STOP;
        }
        Plan plan =
                statement == null ? Plan.WRITE : BackendSignal.bound(statement.plan, in, nameEnd + 1, body + available);
        if (nodes.backends().isIdle()) {
            portals.clear();
        }
        @Nullable
        AttachedBackend backend = useFor(name, statement, plan, mayBeSeenInBatch(plan, in, body + length - 4, 0));
        if (backend == null) {
            return nodes.waits().isRefused() ? refuse(true) : STOP;
        }
        local.forgetPortal(portal);
        if (statement != null) {
            log.extended(backend.connection, "Bind", statement);
        }
        secondTry.batching(backend, statement, in, body, length);
        backend.batched();
        portals.bound(portal, statement == null ? null : backend.bound(portal, statement, plan));
        ReplyQueue.@Nullable Observer renamed =
                reuse.bind(statement, backend, in, body, portalEnd + 1, nameEnd, length, available);
        backend.replies().sent(Request.BIND, secondTry.mode(), renamed);
        reuse.noted(backend);
        return renamed == null ? PASS : DROP;
    }

    /** Whether a setting that the statement makes may be seen by others of its batch; a driver's lone SET is not. */
    private static boolean mayBeSeenInBatch(Plan plan, ByteBuf in, int next, int binds) {
        return NodeChoice.changesSettings(plan) && !RequestFields.isLastOfBatch(in, next, binds);
    }

    /** The backend for a request about {@code statement}, which is prepared there then. */
    private @Nullable AttachedBackend useFor(
            String name, @Nullable PreparedStatement statement, Plan plan, boolean seenInBatch) {
        @Nullable AttachedBackend backend = nodes.use(plan, seenInBatch);
        if (backend != null && statement == null && backend.hasOthers(name)) {
            front.reader().cutRun();
            backend.closeOthers(name);
        }
        if (backend != null && backend.isShared() && name.isEmpty() && !isToBeFound(statement, backend)) {
            // what another session may have left under no name is not for this one
            front.reader().cutRun();
            backend.closeUnnamedQuietly();
        }
        if (backend != null && statement != null && !backend.has(statement) && !reuse.provide(statement, backend)) {
            front.reader().cutRun();
            backend.prepare(statement);
        }
        return backend;
    }

    private static boolean isToBeFound(@Nullable PreparedStatement unnamed, AttachedBackend backend) {
        return unnamed != null && (unnamed.parse != null || backend.has(unnamed));
    }

    private int describe(ByteBuf in, int body, int available) {
        boolean ofStatement = RequestFields.isOfStatement(in, body, available);
        String name = name(in, body + 1, body + available, "Describe");
        if (ofStatement ? local.hasStatement(name) : local.hasPortal(name)) {
            return local.describe(ofStatement, name) ? DROP : STOP;
        }
        @Nullable PreparedStatement statement = ofStatement ? state.statements.get(name) : null;
        Plan described = statement == null ? Plan.WRITE : statement.plan;
        if (ofStatement && local.takesEnd(described)) {
            return local.describeEnd() ? DROP : STOP;
        }
        @Nullable
        AttachedBackend backend = ofStatement
                ? useFor(name, statement, described, mayBeSeenInBatch(described, in, body + available, 1))
                : nodes.useForPortal(portals.find(name));
        if (backend == null) {
            return nodes.waits().isRefused() ? refuse(true) : STOP;
        }
        secondTry.batching(backend, statement, in, body, available + 4);
        backend.batched();
        ReplyQueue.@Nullable Observer renamed = ofStatement ? reuse.describe(statement, backend) : null;
        backend.replies().sent(Request.DESCRIBE, secondTry.mode(), renamed);
        reuse.noted(backend);
        return renamed == null ? PASS : DROP;
    }

    private String name(ByteBuf in, int from, int to, String message) {
        return loop.names().text(in, from, RequestFields.end(in, from, to, message));
    }

    private int execute(ByteBuf in, int body, int available) {
        String portal = name(in, body, body + available, "Execute");
        if (local.hasPortal(portal)) {
            return locally(local.execute(portal));
        }
        Portals.@Nullable Portal bound = portals.find(portal);
        @Nullable AttachedBackend backend = nodes.useForPortal(bound);
        if (backend == null) {
            return nodes.waits().isRefused() ? refuse(true) : STOP;
        }
        Plan plan = bound == null ? Plan.WRITE : bound.plan();
        applyBefore(plan, backend);
        secondTry.batching(backend, null, in, body, available + 4);
        backend.batched();
        backend.executed = true;
        backend.replies().sent(Request.EXECUTE, secondTry.mode(), state.observer(plan, backend));
        marks.executeSent(state.executed(plan), bound != null, backend);
        sent.went(plan, bound == null ? StatementGroup.OTHER : bound.statement().group, backend);
        nodes.pooling().question().sent(plan);
        if (bound != null) {
            trace.statement.executed(bound.statement());
            log.extended(backend.connection, "Execute", bound.statement());
        }
        return PASS;
    }

    /** @param done whether the request at hand has been answered here, by an error perhaps */
    private int locally(boolean done) {
        skipsToSync |= local.takeError();
        return done ? DROP : STOP;
    }

    private int close(ByteBuf in, int body, int available) {
        boolean ofStatement = RequestFields.isOfStatement(in, body, available);
        String name = name(in, body + 1, body + available, "Close");
        if (ofStatement ? local.hasStatement(name) : local.hasPortal(name)) {
            return local.close(ofStatement, name) ? DROP : STOP;
        }
        @Nullable PreparedStatement statement = ofStatement ? state.statements.get(name) : null;
        @Nullable AttachedBackend backend = nodes.useForClose(statement);
        if (backend == null) {
            return nodes.waits().isRefused() ? refuse(true) : STOP;
        }
        secondTry.batching(backend, null, in, body, available + 4);
        if (!ofStatement) {
            nodes.closeElsewhere(backend, name, portals.remove(name));
        }
        if (statement != null) {
            secondTry.closed(statement);
            state.statements.remove(statement);
            backend.forget(statement);
            nodes.backends().closeElsewhere(backend, statement);
        }
        if (ofStatement) {
            backend.closedByName(name);
        }
        backend.batched();
        backend.replies().sent(Request.CLOSE, secondTry.mode(), null);
        return PASS;
    }

    private int flush(ByteBuf in, int body) {
        if (!nodes.backends().hasOpenBatch()) {
            return DROP;
        }
        secondTry.flushing(in, body);
        return PASS;
    }

    private int sync(ByteBuf in, int body) {
        portals.forgetUnnamed();
        reuse.refused();
        if (skipsToSync
                || !nodes.backends().hasWitness()
                || local.endsBatch() && !nodes.backends().hasOpenBatch()) {
            if (!nodes.backends().isDrained() || !nodes.syncAll(skipsToSync)) {
                nodes.backends().flush();
                return STOP;
            }
            skipsToSync = false;
            nodes.listening().synced();
            secondTry.forget();
            secondTry.ended();
            front.reader().cutRun();
            ByteBuf out = front.buffer();
            BackendMessages.readyForQuery(out, nodes.backends().status());
            front.write(out);
            return DROP;
        }
        @Nullable AttachedBackend backend = nodes.sync();
        if (backend == null) {
            return STOP;
        }
        secondTry.synced(backend, in, body);
        return PASS;
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
        marks.functionCallSent(backend);
        sent.went(Plan.FUNCTION_CALL, StatementGroup.OTHER, backend);
        nodes.pooling().question().sent(Plan.FUNCTION_CALL);
        return PASS;
    }

    /** What a plan asks for before its statement is sent. */
    private void applyBefore(Plan plan, AttachedBackend backend) {
        nodes.listening().requestSent(backend);
        if (plan.idle() != null) {
            loop.discardIdle(plan.idle());
        }
        if (plan.effect() == Plan.Effect.TERMINATE_BACKEND) {
            loop.terminationAsked(plan);
        }
        if (backend.isShared() && !plan.rule().isOneStatement()) {
            front.reader().cutRun();
            backend.unread |= plan.rule() == Rule.TOO_LONG;
            if (!backend.batchOpen) {
                backend.bringNamed(state.statements);
            }
        }
        String name = plan.name();
        boolean isNamed = plan.effect() == Plan.Effect.EXECUTE
                || plan.effect() == Plan.Effect.DEALLOCATE
                || plan.effect() == Plan.Effect.PREPARE;
        if (name != null && isNamed) {
            @Nullable PreparedStatement statement = state.statements.get(name);
            if (statement == null && backend.hasOthers(name)) {
                // of another session, of ours, or given up elsewhere
                front.reader().cutRun();
                backend.closeOthers(name);
            } else if (statement != null && !backend.has(statement)) {
                front.reader().cutRun();
                backend.prepare(statement);
                if (!backend.batchOpen && !statement.bySql) {
                    backend.batched();
                    backend.syncQuietly();
                }
            }
        }
    }

    /** The error that {@link SessionNodes} has for the request, in place of its answer. */
    private int refuse(boolean extended) {
        if (!nodes.backends().isDrained()) {
            nodes.backends().askForAnswers();
            return STOP;
        }
        front.reader().cutRun();
        reuse.refused();
        ByteBuf out = front.buffer();
        nodes.waits().takeRefusal().encodeError(out);
        state.transaction.fail();
        if (extended) {
            skipsToSync = true;
        } else {
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
        reuse.refused();
        skipsToSync |= untilSync;
    }
}
