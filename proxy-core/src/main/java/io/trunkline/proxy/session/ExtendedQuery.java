package io.trunkline.proxy.session;

import static io.trunkline.protocol.FrameSink.DROP;
import static io.trunkline.protocol.FrameSink.PASS;
import static io.trunkline.protocol.FrameSink.STOP;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.FrameSink;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.proxy.route.BackendSignal;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.StatementGroup;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The messages of the extended query protocol (PostgreSQL's manual, section "Extended Query"): statements that are
 * parsed, bound to portals and executed in batches, each of which a Sync ends.
 *
 * <pre>
 *   Parse      its plan decides on the node; its text is kept if it may be needed on another one
 *   Bind       goes where the plan of its statement says, which is made there first if it is not there
 *   Describe   of a statement the same; of a portal it goes where the portal is
 *   Execute    goes where the portal is
 *   Close      goes to the node used last; others that have it too are told of it by the way
 *   Flush      goes to the node used last, if it has part of the batch
 *   Sync       ends the batch on all nodes; answered by the one used last, here if there is none
 * </pre>
 *
 * <p>After an error of Trunkline's own, the rest of the batch is skipped, as a server does. Each method says what is to
 * become of its message, as {@link FrameSink#message} does. Event loop only.
 */
final class ExtendedQuery {
    private static final byte[] DEALLOCATE_ALL = "DEALLOCATE ALL".getBytes(StandardCharsets.US_ASCII);

    private final ClientSession session;
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionState state;
    private final StatementEffects effects;
    private final SessionNodes nodes;
    private final LocalAnswers local;
    private final RequestLengths lengths;
    private final CommitMarks marks;
    private final SentStatements sent;
    private final StatementLog log;
    private final SessionTrace trace;
    private final SecondTry secondTry;
    private final StatementReuse reuse;
    private final Portals portals = new Portals();

    /** After an error of our own in a batch: everything up to Sync is skipped, as a server does. */
    private boolean skipsToSync;

    ExtendedQuery(
            ClientSession session,
            FrontendConnection front,
            LoopServices loop,
            SessionState state,
            StatementEffects effects,
            SessionNodes nodes,
            LocalAnswers local,
            RequestLengths lengths,
            CommitMarks marks,
            SentStatements sent,
            StatementLog log,
            SessionTrace trace) {
        this.session = session;
        this.front = front;
        this.loop = loop;
        this.state = state;
        this.effects = effects;
        this.nodes = nodes;
        this.local = local;
        this.lengths = lengths;
        this.marks = marks;
        this.sent = sent;
        this.log = log;
        this.trace = trace;
        this.secondTry = nodes.secondTry();
        this.reuse = new StatementReuse(front, loop, state, nodes.pooling());
    }

    /** Whether what comes is skipped, up to Sync. */
    boolean skipsToSync() {
        return skipsToSync;
    }

    /**
     * A request is refused, or its answer has been lost, and the client gets an error in its place.
     *
     * @param untilSync whether what comes is skipped up to Sync
     */
    void refused(boolean untilSync) {
        reuse.refused();
        skipsToSync |= untilSync;
    }

    /** The portal of that name; null if what it was bound to is not known. */
    Portals.@Nullable Portal portal(String name) {
        return portals.find(name);
    }

    /** A Query does away with it. */
    void forgetUnnamedPortal() {
        portals.forgetUnnamed();
    }

    int parse(int length, ByteBuf in, int body, int available) {
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
            plan = session.plan(in, nameEnd + 1, textEnd - nameEnd - 1);
            group = loop.planner().group();
        } else {
            plan = nodes.pooling().uninspected(in, nameEnd + 1, body + available - nameEnd - 1);
        }
        if (local.takesParse(plan)) {
            return locally(local.parse(name, plan));
        }
        if (plan.effect() == Plan.Effect.EXECUTE && session.waitsForDeallocate(plan)) {
            return STOP;
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
            return nodes.waits().isRefused() ? session.refuse(true) : STOP;
        }
        local.forgetStatement(name);
        if (same != null && !backend.statements.has(same)) {
            // the server's own word about a name that is taken
            front.reader().cutRun();
            backend.statements.prepare(same.standIn());
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
        bringPrepared(plan, backend);
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
                ? backend.statements.parsesUnnamed(statement, state.statements)
                : effects.parseObserver(statement, backend);
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
        if (backend.statements.hasOthers(name)) {
            front.reader().cutRun();
            backend.statements.closeOthers(name);
        }
        if (backend.statements.isFull()) {
            front.reader().cutRun();
        }
        backend.statements.note(statement);
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

    int bind(int length, ByteBuf in, int body, int available) {
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
            return nodes.waits().isRefused() ? session.refuse(true) : STOP;
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
        if (backend != null && statement == null && backend.statements.hasOthers(name)) {
            front.reader().cutRun();
            backend.statements.closeOthers(name);
        }
        if (backend != null && backend.isShared() && name.isEmpty() && !isToBeFound(statement, backend)) {
            // what another session may have left under no name is not for this one
            front.reader().cutRun();
            backend.statements.closeUnnamedQuietly();
        }
        if (backend != null) {
            bringPrepared(plan, backend);
        }
        if (backend != null
                && statement != null
                && !backend.statements.has(statement)
                && !reuse.provide(statement, backend)) {
            front.reader().cutRun();
            backend.statements.prepare(statement);
        }
        return backend;
    }

    /** What an EXECUTE returns a server wants to know as soon as that is parsed, and once more when it is bound. */
    private void bringPrepared(Plan plan, AttachedBackend backend) {
        if (plan.effect() == Plan.Effect.EXECUTE) {
            backend.batched();
            session.bringPrepared(plan, backend);
        }
    }

    private static boolean isToBeFound(@Nullable PreparedStatement unnamed, AttachedBackend backend) {
        return unnamed != null && (unnamed.parse != null || backend.statements.has(unnamed));
    }

    int describe(ByteBuf in, int body, int available) {
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
            return nodes.waits().isRefused() ? session.refuse(true) : STOP;
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

    int execute(ByteBuf in, int body, int available) {
        String portal = name(in, body, body + available, "Execute");
        if (local.hasPortal(portal)) {
            return locally(local.execute(portal));
        }
        Portals.@Nullable Portal bound = portals.find(portal);
        if (bound != null && session.waitsForDeallocate(bound.plan())) {
            return STOP;
        }
        @Nullable AttachedBackend backend = nodes.useForPortal(bound);
        if (backend == null) {
            return nodes.waits().isRefused() ? session.refuse(true) : STOP;
        }
        Plan plan = bound == null ? Plan.WRITE : bound.plan();
        if (bound != null
                && plan.effect() == Plan.Effect.DEALLOCATE_ALL
                && session.isDeallocatedElsewhere(backend, DEALLOCATE_ALL)) {
            return STOP;
        }
        Plan executed = state.executed(plan);
        session.applyBefore(plan, executed, backend);
        secondTry.batching(backend, null, in, body, available + 4);
        backend.batched();
        backend.executed = true;
        backend.replies().sent(Request.EXECUTE, secondTry.mode(), effects.observer(plan, backend));
        marks.executeSent(executed, bound != null, backend);
        sent.went(plan, bound == null ? StatementGroup.OTHER : bound.statement().group, backend);
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

    int close(ByteBuf in, int body, int available) {
        boolean ofStatement = RequestFields.isOfStatement(in, body, available);
        String name = name(in, body + 1, body + available, "Close");
        if (ofStatement ? local.hasStatement(name) : local.hasPortal(name)) {
            return local.close(ofStatement, name) ? DROP : STOP;
        }
        @Nullable PreparedStatement statement = ofStatement ? state.statements.get(name) : null;
        @Nullable AttachedBackend backend = nodes.useForClose(statement);
        if (backend == null) {
            return nodes.waits().isRefused() ? session.refuse(true) : STOP;
        }
        secondTry.batching(backend, null, in, body, available + 4);
        if (!ofStatement) {
            nodes.closeElsewhere(backend, name, portals.remove(name));
        }
        ReplyQueue.@Nullable Observer observer = ofStatement ? backend.statements.closesByName(name) : null;
        if (statement != null) {
            secondTry.closed(statement);
            state.statements.remove(statement);
            backend.statements.forget(statement);
            nodes.backends().closeElsewhere(backend, statement);
        }
        backend.batched();
        backend.replies().sent(Request.CLOSE, secondTry.mode(), observer);
        return PASS;
    }

    int flush(ByteBuf in, int body) {
        if (!nodes.backends().hasOpenBatch()) {
            return DROP;
        }
        secondTry.flushing(in, body);
        return PASS;
    }

    int sync(ByteBuf in, int body) {
        portals.forgetUnnamed();
        reuse.refused();
        if (skipsToSync
                || !nodes.backends().hasWitness()
                || local.isInBatch() && !nodes.backends().hasOpenBatch()) {
            if (!nodes.backends().isDrained() || !nodes.syncAll(skipsToSync)) {
                nodes.backends().flush();
                return STOP;
            }
            skipsToSync = false;
            local.batchEnds();
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
        local.batchEnds();
        secondTry.synced(backend, in, body);
        return PASS;
    }
}
