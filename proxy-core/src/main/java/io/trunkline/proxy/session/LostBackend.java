package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.config.UnrestorableState;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import org.jspecify.annotations.Nullable;

/**
 * What a session does when a backend of it is gone, with its node or alone:
 *
 * <pre>
 *   half a message has gone to the client                     the client is closed
 *   state was lost that nobody would notice the loss of       FATAL 57P01
 *   something under way may have been committed, or not       08007, and the transaction is over
 *   a transaction was on it that cannot go on elsewhere       40001, and the transaction has failed
 *   a read was under way of which the client has seen nothing run again elsewhere ({@link SecondTry})
 *   another request was under way                             40001
 *   nothing                                                   nothing: the next request finds another backend
 * </pre>
 *
 * <p>Nothing that may have been committed is ever run again or said to have succeeded. Event loop only.
 */
final class LostBackend {
    private final ClientSession session;
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionLogin login;
    private final SessionNodes nodes;
    private final SessionState state;

    /** A FATAL of a backend has been passed on: the session ends with that connection. */
    private boolean lastWordsForwarded;

    /** A FATAL of a backend was kept from the client. */
    private boolean lastWordsWithheld;

    /** And it came in the place of an answer that the queue of replies shows no more. */
    private boolean answerWithheld;

    LostBackend(
            ClientSession session,
            FrontendConnection front,
            LoopServices loop,
            SessionLogin login,
            SessionNodes nodes,
            SessionState state) {
        this.session = session;
        this.front = front;
        this.loop = loop;
        this.login = login;
        this.nodes = nodes;
        this.state = state;
    }

    /**
     * A server has said why it ends the connection.
     *
     * @param isFirst whether the client has been told of no error since the last ReadyForQuery
     * @return whether that is for the client
     */
    boolean hasLastWords(AttachedBackend backend, ServerMessage fatal, boolean isFirst) {
        boolean withheld = !backend.connection.isTerminationAsked() && (isOfNode(fatal) || isDispensable(backend));
        if (withheld) {
            lastWordsWithheld = true;
            answerWithheld = isFirst && backend.replies().skipsToSync();
        } else {
            lastWordsForwarded = true;
        }
        return !withheld;
    }

    /** Whether it is about the server as a whole, and not about this one connection. */
    private static boolean isOfNode(ServerMessage fatal) {
        return switch (fatal.sqlState()) {
            case SqlState.ADMIN_SHUTDOWN, SqlState.CRASH_SHUTDOWN, SqlState.CANNOT_CONNECT_NOW -> true;
            default -> fatal.isPanic();
        };
    }

    /** Whether the session can go on without it: it was read from, outside of any transaction. */
    boolean isDispensable(AttachedBackend backend) {
        return backend.node() != loop.cluster().primary()
                && backend.connection.status() == TransactionStatus.IDLE
                && !backend.connection.isInsideReply()
                && !backend.replies().isCopyIn()
                && reasonToEnd(backend) == null;
    }

    /** Whether the session goes on if this backend is lost, with whatever it has to tell the client. */
    boolean canGoOnWithout(AttachedBackend backend) {
        return !backend.connection.isInsideReply() && reasonToEnd(backend) == null;
    }

    /** Why the session cannot go on without a backend, as its last words; null if it can. */
    @Nullable
    ServerMessage reasonToEnd(AttachedBackend backend) {
        if (backend.connection.isTerminationAsked()) {
            return ServerMessage.fatal(SqlState.ADMIN_SHUTDOWN, "terminating connection due to administrator command");
        }
        if (login.ownBackend() == backend.connection) {
            return ending(backend, "the login of this session was relayed to it");
        }
        LossPolicy policy = loop.settings().losses();
        if (!policy.keepsSessions()) {
            return ending(backend, "failover_session_policy is disconnect");
        }
        UnrestorableState missed = state.held.missedFrom(backend.node(), policy.bearable());
        return missed == null ? null : ending(backend, "the session had " + missed.text() + " there");
    }

    private static ServerMessage ending(AttachedBackend backend, String why) {
        return ServerMessage.fatal(
                SqlState.ADMIN_SHUTDOWN,
                "terminating connection because " + backend.connection.address() + " was lost and " + why);
    }

    /** The connection is gone. */
    void lost(AttachedBackend gone, String why) {
        loop.backendLost(gone.connection, why);
        boolean inside = gone.connection.isInsideReply();
        if (inside || lastWordsForwarded) {
            loop.metrics().count(Counter.SESSIONS_ENDED_BY_LOSS);
            nodes.loans().forget(gone);
            front.close();
            return;
        }
        boolean inDoubt = isOutcomeUnknown(gone);
        if (inDoubt) {
            loop.metrics().count(Counter.OUTCOMES_UNKNOWN);
        }
        ServerMessage last = reasonToEnd(gone);
        if (last == null && isBatchTorn(gone)) {
            last = ending(gone, "a part of the batch under way had been executed there");
        }
        if (last != null) {
            end(gone, inDoubt ? unknownOutcome(gone, why) : null, last);
            return;
        }
        loop.metrics().count(Counter.SESSIONS_KEPT);
        state.leftBehind(gone.node());
        if (inDoubt || !nodes.secondTry().takesLoss(gone, why)) {
            goOn(gone, inDoubt, why);
        }
        lastWordsWithheld = false;
        answerWithheld = false;
        front.setReading(true);
        session.proceed();
        front.flush();
    }

    private void end(AttachedBackend gone, @Nullable ServerMessage first, ServerMessage last) {
        loop.metrics().count(Counter.SESSIONS_ENDED_BY_LOSS);
        nodes.loans().forget(gone);
        if (first != null && !nodes.backends().isInsideReply()) {
            ByteBuf out = front.buffer();
            first.encodeError(out);
            front.write(out);
        }
        session.end(last);
    }

    /** Whether it has executed a part of a batch that goes on elsewhere now, where answers are owed that come first. */
    private boolean isBatchTorn(AttachedBackend gone) {
        return gone.writesInBatch
                && !nodes.backends().isActive(gone.connection)
                && !nodes.backends().isDrained();
    }

    private boolean isOutcomeUnknown(AttachedBackend gone) {
        ReplyQueue owed = gone.replies();
        // nothing of a COPY is committed before its end
        boolean copying = owed.isCopyUnfinished() && !gone.severalStatements;
        return !copying && owed.mayHaveCommitted(lastWordsWithheld);
    }

    private ServerMessage unknownOutcome(AttachedBackend gone, String why) {
        return ServerMessage.error(
                        loop.settings().losses().unknownOutcome(),
                        "connection to " + gone.connection.address()
                                + " was lost while a transaction was being committed: " + why)
                .withDetail("It is not known whether the transaction was committed.")
                .withHint("Find out from the data before you repeat the transaction.");
    }

    private static ServerMessage lostWork(AttachedBackend gone, String why, String what) {
        return ServerMessage.error(
                        SqlState.SERIALIZATION_FAILURE,
                        "connection to " + gone.connection.address() + " was lost: " + why)
                .withDetail(what)
                .withHint("It can be repeated.");
    }

    private void goOn(AttachedBackend gone, boolean inDoubt, String why) {
        boolean owes = answerWithheld || owesClient(gone.replies());
        boolean takesTransaction = takesTransaction(gone, owes);
        boolean hadFailed = gone.hasFailed();
        boolean concernsClient = nodes.backends().isActive(gone.connection) || gone.writesInBatch;
        if (!state.catalogChange.isNone()) {
            nodes.catalogChanged(true);
        }
        nodes.loans().forget(gone);
        ServerMessage error;
        if (inDoubt) {
            error = unknownOutcome(gone, why);
            state.transaction.end();
            nodes.leaveTransactions(null);
        } else if (takesTransaction) {
            loop.metrics().count(Counter.TRANSACTIONS_LOST);
            error = lostWork(gone, why, "The transaction was open there, and is rolled back.");
            state.transaction.lost(owes || hadFailed ? null : error);
        } else {
            error = lostWork(gone, why, "The statement has changed nothing.");
        }
        boolean erred = state.hasFailed();
        if (concernsClient || takesTransaction) {
            state.lost();
        }
        if (concernsClient) {
            answer(gone, error, erred);
        }
    }

    /** Whether the session's transaction cannot go on, or has to be taken for failed, without this backend. */
    private boolean takesTransaction(AttachedBackend gone, boolean owes) {
        if (!state.transaction.isOpen()) {
            return gone.status() != TransactionStatus.IDLE;
        }
        return state.transaction.isJoinedBy(gone)
                && (owes
                        || gone.hasFailed()
                        || state.transaction.staysOnOneNode() && !isElsewhere(gone)
                        || state.transaction.writer() == gone.node());
    }

    /** Whether a transaction that stays on one node does so on another. */
    private boolean isElsewhere(AttachedBackend gone) {
        int home = state.transaction.home();
        return home != SessionState.NOWHERE && home != gone.node();
    }

    private static boolean owesClient(ReplyQueue owed) {
        return owed.owes(ReplyQueue.Mode.FORWARD) || owed.owes(ReplyQueue.Mode.FORWARD_ERROR);
    }

    /**
     * Answers what the lost backend owed.
     *
     * @param erred whether the client has been told of an error in the batch that the backend was to end
     */
    private void answer(AttachedBackend gone, ServerMessage error, boolean erred) {
        ReplyQueue owed = gone.replies();
        session.requestsLost(owed.skipsToSync());
        ByteBuf out = front.buffer();
        boolean silent = erred;
        // what has been executed of a batch is undone that the client believes done
        boolean pending = answerWithheld || owed.isEmpty() && gone.writesInBatch && !erred;
        for (Request request = owed.first(); request != null; request = owed.first()) {
            boolean forward = owed.firstMode() == ReplyQueue.Mode.FORWARD;
            boolean rollsBack = owed.answeredCount() == gone.rollback;
            if (forward && rollsBack && state.transaction.isLost()) {
                state.transaction.end();
                nodes.leaveTransactions(null);
            }
            if (forward && !request.isExtended()) {
                if (rollsBack && request == Request.QUERY && !silent) {
                    BackendMessages.commandComplete(out, "ROLLBACK");
                } else if (!silent) {
                    error.encodeError(out);
                }
                BackendMessages.readyForQuery(out, nodes.backends().status());
                silent = false;
                pending = false;
            } else if (forward) {
                pending = true;
            }
            owed.abandonFirst();
        }
        if (pending && !silent) {
            error.encodeError(out);
            session.requestsLost(true);
        }
        if (out.isReadable()) {
            front.write(out);
        } else {
            out.release();
        }
    }
}
