package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.failover.ClusterView;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;
import org.jspecify.annotations.Nullable;

/**
 * Runs what a backend could not serve once more, without the client's noticing: a statement that writes after all on the
 * primary, one that replay has cancelled on another node, and one that the server has forgotten where it was, parsed anew.
 *
 * <pre>
 *   request                its bytes are kept, up to its first row or its end
 *   error of that kind     goes to nobody, nor does what else the backend owes;
 *                          all that is kept is put back in front of what the client has sent since
 *   backend has answered   the session takes the requests again, and the first one goes to the other node;
 *                          what the client has been told of it already is not told again
 * </pre>
 *
 * <p>So the second try passes through the same gates as the first: settings, prepared statements and the wait for a
 * backend need nothing of their own here, and later requests keep their order. Whatever comes of it is the client's.
 *
 * <p>What makes it safe: statements that were taken for reads are kept on standbys, outside of transactions or as the
 * first of one, and they are tried again only while nothing of their result has been passed on. Others are kept where
 * statements have names of ours, outside of transactions; only if the server has refused to bind or describe one, and
 * thus has executed nothing of the batch, nor of any behind it, and nothing of it has been passed on. Kept are at most {@link #LIMIT}
 * bytes a session, or one Query of up to query_inspection_limit; an idle session keeps nothing. Event loop only.
 */
final class SecondTry {
    /** Most bytes that are kept of batches, and of several requests together. */
    static final int LIMIT = 64 * 1024;

    private static final int NO_NODE = -1;
    private static final int HEADER = 5;

    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionLogin login;
    private final SessionState state;
    private final SessionNodes nodes;

    /** The requests that are kept: all that the active backend was sent from the first one on. */
    private @Nullable KeptRequest first;

    private @Nullable KeptRequest last;
    private int keptBytes;

    /** While a request is offered again: the node that it goes to. */
    private int target = NO_NODE;

    private Rule rule = Rule.SECOND_TRY;

    /** Requests of it whose answers the client has. */
    private int answered;

    /** Whether it is a Query of which the client has the RowDescription. */
    private boolean described;

    SecondTry(FrontendConnection front, LoopServices loop, SessionLogin login, SessionState state, SessionNodes nodes) {
        this.front = front;
        this.loop = loop;
        this.login = login;
        this.state = state;
        this.nodes = nodes;
    }

    // ---- the first try

    /** How much of a Bind has to be there at once so that it can be kept. */
    int bindLength(int length, int names) {
        return (loop.isBalancing() || hasOwnNames()) && length < LIMIT ? length + 1 : Math.min(length + 1, names);
    }

    /** A Query has been sent. The message is whole if its plan is to read. */
    void querySent(Plan plan, AttachedBackend backend, ByteBuf in, int body, int length) {
        if (target != NO_NODE) {
            if (described) {
                backend.replies().describedAlready();
            }
            ended();
        } else if (!isKeepable(plan, backend) || first != null && keptBytes + length >= LIMIT) {
            forget();
        } else {
            forgetUnlessRead();
            add(loop.keptRequests().query(backend.replies().sentCount() - 1, in, body - HEADER, length + 1));
            keptBytes += length + 1;
        }
    }

    /**
     * A message of a batch is about to be sent, and noted. It is kept only if it is whole.
     *
     * @param statement that it names; null if it names a portal
     */
    void batching(AttachedBackend backend, @Nullable PreparedStatement statement, ByteBuf in, int body, int length) {
        if (target != NO_NODE) {
            return;
        }
        Plan plan = statement == null ? Plan.READ : statement.plan;
        boolean kept = statement == null || statement.parse != null;
        boolean read = kept && isKeepable(plan, backend);
        boolean whole = in.writerIndex() - body >= length - 4;
        if (!read && !(kept && mayBeParsedAnew(plan, backend)) || !whole || keptBytes + length >= LIMIT) {
            forget();
            return;
        }
        KeptRequest batch = openBatch();
        if (batch == null) {
            if (backend.batchOpen) {
                // its beginning was not kept
                forget();
                return;
            }
            forgetUnlessRead();
            batch = loop.keptRequests().batch(backend.replies().sentCount());
            add(batch);
        }
        if (!read) {
            if (batch != first) {
                // what is before it could not be run before it any more
                forget();
                return;
            }
            batch.onlyUnexecuted = true;
        }
        byte tag = in.getByte(body - HEADER);
        batch.asks |= tag == FrontendTag.DESCRIBE || tag == FrontendTag.PARSE;
        if (batch.statement == null) {
            batch.statement = statement;
        }
        batch.append(in, body - HEADER, length + 1);
        keptBytes += length + 1;
    }

    /** A Flush goes to the backend. */
    void flushing(ByteBuf in, int body) {
        KeptRequest batch = openBatch();
        if (batch != null) {
            batch.append(in, body - HEADER, HEADER);
            keptBytes += HEADER;
        }
    }

    /** A Sync has been sent, and noted. */
    void synced(AttachedBackend backend, ByteBuf in, int body) {
        KeptRequest batch = openBatch();
        if (batch != null) {
            batch.append(in, body - HEADER, HEADER);
            keptBytes += HEADER;
            batch.end = backend.replies().sentCount();
        } else if (target != NO_NODE) {
            ended();
        } else {
            // of a batch that is not kept: what was kept before it could not be run before it any more
            forget();
        }
    }

    /** The batch has made a statement. */
    void parsed(PreparedStatement statement) {
        KeptRequest batch = openBatch();
        if (batch != null) {
            batch.parsed(statement);
        }
    }

    /** The batch has closed a statement. */
    void closed(PreparedStatement statement) {
        KeptRequest batch = openBatch();
        if (batch != null) {
            batch.closed(statement);
        }
    }

    /** Nothing that was sent so far can be run again. */
    void forget() {
        for (KeptRequest request = first; request != null; ) {
            KeptRequest next = request.next;
            loop.keptRequests().giveBack(request);
            request = next;
        }
        first = null;
        last = null;
        keptBytes = 0;
    }

    /** Replies have been read: what has been answered, or has begun to be, need not be kept. */
    void repliesRead(AttachedBackend backend) {
        if (first != null && nodes.backends().isActive(backend.connection)) {
            ReplyQueue replies = backend.replies();
            dropAnswered(replies);
            if (first != null && first.start <= replies.answeredCount() && replies.hasResult()) {
                drop(first);
            }
        }
    }

    private boolean isKeepable(Plan plan, AttachedBackend backend) {
        boolean reads = plan.destination() == Destination.READ && plan.effect() == Plan.Effect.NONE;
        return (reads || plan.effect() == Plan.Effect.COMMIT && commitsNothing(backend))
                && backend.node() != loop.cluster().primary()
                && (backend.status() == TransactionStatus.IDLE || isReadByTransaction(backend))
                && state.pinnedTo() == SessionState.NOWHERE
                && login.ownBackend() == null
                && loop.isBalancing();
    }

    /** Another request is sent: what must not run again behind it is not kept. */
    private void forgetUnlessRead() {
        if (first != null && first.onlyUnexecuted) {
            forget();
        }
    }

    private boolean hasOwnNames() {
        return nodes.pooling().isOn() || loop.settings().reuseUnnamedStatements();
    }

    private boolean mayBeParsedAnew(Plan plan, AttachedBackend backend) {
        return hasOwnNames()
                && plan.effect() == Plan.Effect.NONE
                && !state.transaction.isOpen()
                && backend.transaction == 0
                && backend.status() == TransactionStatus.IDLE;
    }

    /** Whether the end of the transaction there ends reads only: it can be ended on any node. */
    private boolean commitsNothing(AttachedBackend backend) {
        return state.transaction.writer() == SessionState.NOWHERE && isReadByTransaction(backend);
    }

    private @Nullable KeptRequest openBatch() {
        return last != null && last.end < 0 ? last : null;
    }

    private void add(KeptRequest request) {
        if (last == null) {
            first = request;
        } else {
            last.next = request;
        }
        last = request;
    }

    private void dropAnswered(ReplyQueue replies) {
        while (first != null && first.isAnsweredBy(replies.answeredCount())) {
            drop(first);
        }
    }

    private void drop(KeptRequest oldest) {
        first = oldest.next;
        keptBytes -= oldest.length();
        if (first == null) {
            last = null;
        }
        loop.keptRequests().giveBack(oldest);
    }

    // ---- the second

    /**
     * A backend answered with an error that would be the client's.
     *
     * @return whether it is not, as the request is tried again
     */
    boolean takes(AttachedBackend backend, ServerMessage error) {
        boolean ofOurName = backend.statements.takeReusedFailed();
        boolean taken = isTaken(backend, error, ofOurName);
        if (!taken && ofOurName && refusesStatement(backend, error) && !RerunReason.isOtherResult(error)) {
            // it has lost the others as well: one error is enough
            backend.statements.forgetReused();
        }
        return taken;
    }

    private boolean isTaken(AttachedBackend backend, ServerMessage error, boolean ofOurName) {
        if (first == null || !nodes.backends().isActive(backend.connection)) {
            return false;
        }
        ReplyQueue replies = backend.replies();
        dropAnswered(replies);
        KeptRequest failed = first;
        if (failed == null || failed.start > replies.answeredCount()) {
            // of a request before those that are kept
            return false;
        }
        RerunReason reason = ofOurName && isParsedAnew(failed, backend, error)
                ? RerunReason.STATEMENT_LOST
                : failed.onlyUnexecuted ? null : RerunReason.of(error);
        int node = reason == null || !isUntold(failed, backend, reason) ? NO_NODE : nodeFor(reason, backend);
        if (reason == null
                || node == NO_NODE
                || error.isFatal() && !nodes.losses().canGoOnWithout(backend)) {
            drop(failed);
            return false;
        }
        if (!again(failed, reason, backend, error, node)) {
            return false;
        }
        replies.disown();
        if (!RerunReason.isOtherResult(error)) {
            backend.statements.forgetReused();
        }
        backend.syncQuietly();
        nodes.leaveTransactions(null);
        return true;
    }

    private static boolean refusesStatement(AttachedBackend backend, ServerMessage error) {
        Request failed = backend.replies().failed();
        return RerunReason.isStatementLost(error) && (failed == Request.BIND || failed == Request.DESCRIBE);
    }

    /** Whether the server has refused to bind or describe a statement that it may be given anew. */
    private boolean isParsedAnew(KeptRequest failed, AttachedBackend backend, ServerMessage error) {
        ReplyQueue replies = backend.replies();
        return refusesStatement(backend, error)
                && replies.passedOnCount() == 0
                // who is not told of the columns goes by those that it was told of before
                && (failed.asks || !RerunReason.isOtherResult(error))
                && mayBeParsedAnew(Plan.READ, backend);
    }

    /**
     * A backend is gone, and no part of a message with it.
     *
     * @return whether what it owed the client is tried again
     */
    boolean takesLoss(AttachedBackend gone, String why) {
        if (first == null || !nodes.backends().isActive(gone.connection)) {
            return false;
        }
        ReplyQueue replies = gone.replies();
        dropAnswered(replies);
        KeptRequest lost = first;
        if (lost == null
                || lost.onlyUnexecuted
                || replies.owesBefore(lost.start)
                || !isUntold(lost, gone, RerunReason.NODE_LOST)) {
            return false;
        }
        int node = nodeFor(RerunReason.NODE_LOST, gone);
        ServerMessage error = ServerMessage.error(SqlState.CONNECTION_FAILURE, why);
        if (node == NO_NODE || !again(lost, RerunReason.NODE_LOST, gone, error, node)) {
            return false;
        }
        nodes.loans().forget(gone);
        return true;
    }

    /** Offers what is kept again. @return false if that cannot be */
    private boolean again(
            KeptRequest failed, RerunReason reason, AttachedBackend backend, ServerMessage error, int node) {
        ReplyQueue replies = backend.replies();
        ByteBuf again = front.buffer();
        for (KeptRequest request = failed; request != null; request = request.next) {
            request.writeTo(again);
        }
        if (!front.reader().putBack(again)) {
            forget();
            return false;
        }
        undo(failed);
        if (isFirstOfTransaction(backend)) {
            state.transaction.restart();
        }
        target = node;
        rule = reason.rule;
        answered = failed.isQuery() ? 0 : replies.passedOnCount();
        described = failed.isQuery() && replies.isDescribed();
        byte[] text = failed.text();
        forget();
        loop.rerun(reason, error, backend.connection, node, text, state.lexical());
        return true;
    }

    /** Whether the client has seen nothing of its result, and only whole answers to what came before. */
    private boolean isUntold(KeptRequest request, AttachedBackend backend, RerunReason reason) {
        ReplyQueue replies = backend.replies();
        return (backend.status() == TransactionStatus.IDLE
                        || isFirstOfTransaction(backend)
                        || reason == RerunReason.NODE_LOST && isReadByTransaction(backend))
                && !replies.hasResult()
                && (request.isQuery() || !replies.isDescribed());
    }

    /**
     * Whether a transaction only reads there, each statement what is committed then: it can read elsewhere as well. The
     * node that it writes on stays that while it is the primary no more.
     */
    private boolean isReadByTransaction(AttachedBackend backend) {
        return isFirstOfTransaction(backend)
                || state.transaction.isJoinedBy(backend)
                        && state.transaction.writer() != backend.node()
                        && !state.transaction.staysOnOneNode()
                        && !backend.hasFailed();
    }

    private boolean isFirstOfTransaction(AttachedBackend backend) {
        return state.transaction.isJoinedBy(backend) && state.transaction.isAtFirstStatement();
    }

    private int nodeFor(RerunReason reason, AttachedBackend refused) {
        if (reason == RerunReason.STATEMENT_LOST) {
            return refused.node();
        }
        int primary = loop.cluster().primary();
        int node = NO_NODE;
        if (reason == RerunReason.RECOVERY_CONFLICT) {
            node = nodes.choice().readNodeOtherThan(refused.node());
        } else if (reason == RerunReason.NODE_LOST) {
            int other = nodes.choice().readNodeOtherThan(refused.node());
            node = other >= 0 ? other : primary;
        } else if (!state.isReadOnlyByDefault() && !state.transaction.isReadOnly()) {
            node = primary;
        }
        return node == refused.node() ? NO_NODE : node;
    }

    /** The youngest first. */
    private void undo(KeptRequest request) {
        if (request.next != null) {
            undo(request.next);
        }
        request.undo(state.statements);
    }

    /** Whether the request at hand is offered again. */
    boolean isUnderWay() {
        return target != NO_NODE;
    }

    /** The node that the request at hand has to go to, as another has failed with it; -1 if there is no such. */
    int target() {
        return target;
    }

    /** Why it goes there. */
    Rule rule() {
        return rule;
    }

    /** No backend of that node can be had. @return whether there is still another to try */
    boolean targetFailed(int node) {
        int primary = loop.cluster().primary();
        if (target != node || primary < 0 || primary == node) {
            return false;
        }
        target = primary;
        return true;
    }

    /** The node that the request at hand is to go to may be out of service. */
    void clusterChanged() {
        ClusterView cluster = loop.cluster();
        if (target >= 0 && !cluster.node(target).status().isInService()) {
            boolean mayWrite = rule == Rule.WRITES_AFTER_ALL || rule == Rule.PARSED_ANEW;
            int other = mayWrite ? NO_NODE : nodes.choice().readNodeOtherThan(target);
            target = other >= 0 ? other : cluster.hasPrimary() ? cluster.primary() : target;
        }
    }

    /** What becomes of the replies to the next request of a batch. */
    ReplyQueue.Mode mode() {
        if (answered > 0) {
            answered--;
            return ReplyQueue.Mode.FORWARD_ERROR;
        }
        return ReplyQueue.Mode.FORWARD;
    }

    /** The second try is on its way as a whole, or has been answered by ourselves. */
    void ended() {
        target = NO_NODE;
        answered = 0;
        described = false;
    }
}
