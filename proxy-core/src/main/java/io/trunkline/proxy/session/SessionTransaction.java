package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Mentions;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.StatementDetail;
import io.trunkline.sql.StatementDetail.IsolationLevel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The explicit transaction of a session, which may be open on several nodes: reads on a standby, writes on the primary.
 *
 * <pre>
 *   BEGIN            answered by Trunkline: no node has it yet
 *   first statement  the node that it goes to begins the transaction, unseen by the client
 *   next node        begins it too, and is told the savepoints and settings made so far (the script)
 *   COMMIT           goes to the primary if it takes part; the others, which only read, roll back
 * </pre>
 *
 * <p>Only a READ COMMITTED transaction is on several nodes, as each of its statements sees a state of its own anyway;
 * any other stays where its first statement goes. Event loop only.
 */
final class SessionTransaction {
    /** Savepoints and settings that are kept for nodes that join; after as many the transaction stays on the primary. */
    static final int SCRIPT_LIMIT = 200;

    private static final int WRITTEN_LIMIT = 100;

    /** @param isMode whether it is about the transaction's modes, which AND CHAIN hands on */
    private record Step(String statement, boolean isMode) {}

    /** Numbers the transactions of the session, so that a backend knows which it has joined. */
    private int number;

    /** How the client began it; null while there is none that is followed. */
    private @Nullable String begin;

    private final List<Step> script = new ArrayList<>(0);
    private boolean readOnly;
    private boolean readWrite;
    private boolean severalNodes;

    /** Whether a transaction that says nothing of it is READ COMMITTED. */
    private boolean readCommittedByDefault;

    private boolean begun;

    /** How many statements of it have been sent to nodes. */
    private int statements;

    /** The node of a transaction that stays on one; {@link SessionState#NOWHERE} while not decided. */
    private int home;

    /**
     * The node that the transaction writes on: the first that joined it as the primary. It stays that, whatever becomes
     * the primary meanwhile: what was written can only be committed there.
     */
    private int writer = SessionState.NOWHERE;

    private boolean failed;

    /** It was lost with a node: no server has a part in it that could be ended. */
    private boolean lost;

    /** What the client is to be told of that; null if it knows. */
    private @Nullable ServerMessage loss;

    private boolean written;

    /** What it has written, for dml_adaptive; null if that is not known. */
    private @Nullable Set<String> writtenTables;

    /** Whether the client is in an explicit transaction that is followed here. */
    boolean isOpen() {
        return begin != null;
    }

    /** Whether no node has begun it yet. */
    boolean isDeferred() {
        return begin != null && !begun;
    }

    /** It has failed at Trunkline's hands, not a server's: the client can only roll it back. */
    boolean isFailed() {
        return failed;
    }

    /** What ReadyForQuery says while no server does. */
    byte status() {
        return failed ? TransactionStatus.FAILED : TransactionStatus.IN_TRANSACTION;
    }

    /** A request in the transaction could not be served. */
    void fail() {
        failed = begin != null;
    }

    /** The client rolls it back. */
    void recover() {
        failed = false;
    }

    /**
     * The node is gone that it cannot do without. Until the client ends it, it has failed.
     *
     * @param untold what the client has to be told with its next request; null if it knows already
     */
    void lost(@Nullable ServerMessage untold) {
        if (begin == null) {
            // one that was not followed, as there is no choice of nodes
            begin = "BEGIN";
            number++;
        }
        failed = true;
        lost = true;
        loss = untold;
    }

    /** Whether it was lost with a node, and the client has not ended it yet. */
    boolean isLost() {
        return lost;
    }

    /** What the client has to be told of the loss, once; null if it has been told. */
    @Nullable
    ServerMessage takeLoss() {
        ServerMessage untold = loss;
        loss = null;
        return untold;
    }

    // ---- what the client asks for

    /** @param readCommitted whether it is so where the statement does not say */
    void begin(Plan plan, boolean readCommitted) {
        begin = Objects.requireNonNull(plan.text());
        number++;
        script.clear();
        begun = false;
        statements = 0;
        home = SessionState.NOWHERE;
        writer = SessionState.NOWHERE;
        failed = false;
        written = false;
        writtenTables = null;
        readOnly = false;
        readWrite = false;
        severalNodes = readCommitted;
        readCommittedByDefault = readCommitted;
        characteristics(plan);
    }

    private void characteristics(Plan plan) {
        if (plan.detail() instanceof StatementDetail.Transaction options) {
            options.readOnly().ifPresent(only -> {
                readOnly = only;
                readWrite = !only;
            });
            Optional<IsolationLevel> isolation = options.isolation();
            isolation.ifPresent(level -> severalNodes = level.compareTo(IsolationLevel.READ_COMMITTED) <= 0);
            if (isolation.filter(IsolationLevel.SERIALIZABLE::equals).isPresent()) {
                // standbys do not have it
                readWrite = true;
            }
        }
    }

    /** A statement of the transaction that other nodes have to be told has succeeded, on {@code where} or on no node. */
    void did(Plan plan, @Nullable AttachedBackend where) {
        if (begin == null) {
            return;
        }
        boolean isMode = (plan.effect() == Plan.Effect.TRANSACTION_SETTING || plan.effect() == Plan.Effect.BEGIN)
                && plan.detail() instanceof StatementDetail.Transaction;
        if (isMode) {
            characteristics(plan);
        }
        if (plan.text() != null && script.size() < SCRIPT_LIMIT) {
            script.add(new Step(plan.text(), isMode));
        }
        if (where != null) {
            where.scriptPosition = script.size();
        }
    }

    /**
     * It has gone on as a new one, with AND CHAIN, on {@code where} or on no node yet.
     *
     * @param hadFailed whether it was a failed one that ended: servers forget its modes then
     */
    void chained(@Nullable AttachedBackend where, boolean hadFailed) {
        number++;
        if (hadFailed) {
            begin = "BEGIN";
            script.clear();
            readOnly = false;
            readWrite = false;
            severalNodes = readCommittedByDefault;
        } else {
            script.removeIf(step -> !step.isMode());
        }
        failed = false;
        lost = false;
        loss = null;
        written = false;
        writtenTables = null;
        begun = where != null;
        statements = 0;
        // it has a snapshot of its own
        home = SessionState.NOWHERE;
        if (where != null) {
            where.transaction = number;
            where.scriptPosition = script.size();
        }
        if (where == null || writer != where.node()) {
            writer = SessionState.NOWHERE;
        }
    }

    /** It is over for the client. */
    void end() {
        begin = null;
        lost = false;
        loss = null;
        script.clear();
        home = SessionState.NOWHERE;
        writer = SessionState.NOWHERE;
        writtenTables = null;
        failed = false;
    }

    /** A statement of it goes to a node. */
    void sent() {
        statements++;
    }

    /** Whether no statement of it but the one at hand has been sent to any node. */
    boolean isAtFirstStatement() {
        return statements <= 1;
    }

    /** Whether any statement of it has been sent to a node. */
    boolean hasRun() {
        return statements > 0;
    }

    /** Whether the client has said that it only reads. */
    boolean isReadOnly() {
        return begin != null && readOnly;
    }

    /** Its first statement is run again elsewhere: no node has a part in it any more, and those that had will leave it. */
    void restart() {
        number++;
        begun = false;
        statements = 0;
        home = SessionState.NOWHERE;
        writer = SessionState.NOWHERE;
    }

    // ---- what it has written

    void wrote(Mentions mentions) {
        if (begin != null) {
            if (writtenTables == null && !written) {
                writtenTables = new HashSet<>();
            }
            written = true;
            if (writtenTables != null) {
                mentions.tables().forEach(table -> writtenTables.add(table.name()));
                mentions.functions().forEach(function -> writtenTables.add(function.name() + "()"));
                if (writtenTables.size() > WRITTEN_LIMIT) {
                    writtenTables = null;
                }
            }
        }
    }

    boolean hasWritten() {
        return begin != null && written;
    }

    /** Whether it has written one of these, or something related to one, by unqualified names. */
    boolean hasWrittenAny(Mentions mentions, RoutingRules rules) {
        if (begin == null || !written) {
            return false;
        }
        if (writtenTables == null) {
            return true;
        }
        for (QualifiedName table : mentions.tables()) {
            if (writtenTables.contains(table.name()) || rules.dependsOnAny(table.name(), writtenTables)) {
                return true;
            }
        }
        for (QualifiedName function : mentions.functions()) {
            if (rules.dependsOnAny(function.name() + "()", writtenTables)) {
                return true;
            }
        }
        return false;
    }

    // ---- where it runs

    /** Whether it stays on one node, and so cannot follow a write from a standby to the primary. */
    boolean staysOnOneNode() {
        return !severalNodes;
    }

    /** The one node that it stays on; {@link SessionState#NOWHERE} while not decided. */
    int home() {
        return home;
    }

    /** The node that it writes on, and that its COMMIT goes to; {@link SessionState#NOWHERE} while none has joined for that. */
    int writer() {
        return writer;
    }

    /** Whether every statement of it must go to the primary. */
    boolean wantsPrimary() {
        return readWrite || (!severalNodes && !readOnly) || script.size() >= SCRIPT_LIMIT;
    }

    /** Savepoints and settings may have been changed in a way that is not known: no other node can follow. */
    void staysOn(int node) {
        if (begin != null) {
            severalNodes = false;
            home = node;
        }
    }

    /** A statement that sees data goes to {@code node}: what stays on one node stays there. */
    void settlesOn(int node) {
        if (begin != null && !severalNodes && home == SessionState.NOWHERE) {
            home = node;
        }
    }

    /** Whether a batch or a transaction of the session is open on a backend. */
    boolean isOpenOn(AttachedBackend backend) {
        return backend.batchOpen || backend.status() != TransactionStatus.IDLE || isJoinedBy(backend);
    }

    boolean isJoinedBy(AttachedBackend backend) {
        return begin != null && backend.transaction == number;
    }

    /** Whether {@code backend} has to be told something before the next statement of the transaction. */
    boolean isAheadOf(AttachedBackend backend) {
        return begin != null && (backend.transaction != number || backend.scriptPosition < script.size());
    }

    /**
     * Tells {@code backend} what it lacks of the transaction, ahead of the client's next statement.
     *
     * @param isPrimary whether that is the primary's, as far as is known now
     */
    void join(AttachedBackend backend, boolean isPrimary) {
        ByteBuf out = backend.connection.buffer();
        if (backend.transaction != number) {
            backend.transaction = number;
            backend.scriptPosition = 0;
            begun = true;
            if (isPrimary && writer == SessionState.NOWHERE) {
                writer = backend.node();
            }
            send(out, Objects.requireNonNull(begin), backend);
        }
        while (backend.scriptPosition < script.size()) {
            send(out, script.get(backend.scriptPosition++).statement(), backend);
        }
        backend.connection.write(out);
    }

    private static void send(ByteBuf out, String statement, AttachedBackend backend) {
        FrontendMessages.query(out, statement.getBytes(StandardCharsets.ISO_8859_1));
        backend.replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, backend::told);
        // a Query does away with the unnamed statement
        backend.statements.forgetUnnamed();
    }
}
