package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.BackendConnection;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.TransactionStatus;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The statements that are prepared on one backend, as far as what has been sent there goes well: those of its session by
 * the client's names, the unnamed one, and those that are reused under names of ours ({@link ReusedStatements}). A
 * session that comes to the backend has those made here that it needs ({@link #prepare}). Event loop only.
 */
final class BackendStatements {
    /** A savepoint of ours. */
    private static final String UNHARMED = "trunkline_unharmed";

    private final AttachedBackend backend;
    private final BackendConnection connection;

    /** Most statements that are kept where several sessions come. */
    private int limit;

    /** The statement of the last Parse without a name, and how many such are not answered. */
    private @Nullable PreparedStatement lastUnnamed;

    private @Nullable PreparedStatements unnamedOf;
    private int unnamedParses;
    private ReplyQueue.@Nullable Observer unnamedParse;

    private @Nullable Map<String, PreparedStatement> prepared;
    private @Nullable PreparedStatement unnamed;

    /** Whether {@link #unnamed}, whose text has not been kept, has been bound. */
    private boolean unkeptUsed;

    /** The name of ours by which the backend knows the unnamed statement; null if it is unnamed here too. */
    private ReusedStatements.@Nullable Slot unnamedAs;

    private @Nullable ReusedStatements reused;

    BackendStatements(AttachedBackend backend) {
        this.backend = backend;
        this.connection = backend.connection;
    }

    /**
     * Several sessions come here in turn.
     *
     * @param most statements that are kept, by name
     */
    void limit(int most) {
        limit = most;
    }

    /** What belongs to the session that has the backend is over; what is prepared stays. */
    void forgetSession() {
        unnamed = null;
        unnamedAs = null;
        lastUnnamed = null;
        unnamedOf = null;
    }

    /**
     * Makes sure that {@code statement} is prepared here, by a Parse or a PREPARE ahead of what the client sends next. If
     * that fails, the client gets the error in the place of the answer to its own request.
     */
    void prepare(PreparedStatement statement) {
        prepare(statement, ReplyQueue.Mode.FORWARD_ERROR);
    }

    /** @param mode of a PREPARE outside of a batch */
    private void prepare(PreparedStatement statement, ReplyQueue.Mode mode) {
        byte[] parse = statement.parse;
        if (parse == null || has(statement)) {
            return;
        }
        closeOthers(statement.name);
        ReplyQueue.Observer observer = ok -> {
            if (!ok) {
                forget(statement);
            }
        };
        // before it is sent: another may have to be closed for it
        note(statement);
        if (statement.bySql) {
            backend.run(parse, mode, observer);
        } else {
            ByteBuf out = connection.buffer();
            FrontendMessages.message(out, FrontendTag.PARSE, parse);
            backend.replies().sent(Request.PARSE, ReplyQueue.Mode.FORWARD_ERROR, observer);
            connection.write(out);
        }
    }

    /**
     * Whether it has an unnamed statement that the client is about to use and that cannot be made elsewhere, as its text has
     * not been kept. Once it has been used drivers parse it anew; others would have to wait for that for long.
     */
    boolean hasUnkept() {
        return unnamed != null && unnamed.parse == null && !unkeptUsed;
    }

    /** A portal is bound to the statement here. */
    void bound(PreparedStatement statement) {
        unkeptUsed |= statement == unnamed && statement.parse == null;
    }

    void forgetUnnamed() {
        unnamed = null;
    }

    /**
     * A Parse of an unnamed statement is about to be sent. If it fails there is no unnamed statement, unless a later Parse
     * makes one.
     *
     * @param session its statements
     */
    ReplyQueue.Observer parsesUnnamed(PreparedStatement statement, PreparedStatements session) {
        lastUnnamed = statement;
        unnamedOf = session;
        unnamedParses = backend.isDrained() ? 1 : unnamedParses + 1;
        if (unnamedParse == null) {
            unnamedParse = ok -> {
                unnamedParses--;
                if (!ok && unnamedParses <= 0 && lastUnnamed != null && unnamedOf != null) {
                    unnamedOf.remove(lastUnnamed);
                    forget(lastUnnamed);
                }
            };
        }
        return unnamedParse;
    }

    boolean has(PreparedStatement statement) {
        if (statement.name.isEmpty()) {
            return unnamed == statement && (unnamedAs == null || !unnamedAs.isGone());
        }
        return prepared != null && prepared.get(statement.name) == statement;
    }

    /** {@code statement} has been sent here, by whomever. */
    void note(PreparedStatement statement) {
        if (statement.name.isEmpty()) {
            unnamed = statement;
            unnamedAs = null;
            unkeptUsed = false;
        } else {
            if (prepared == null) {
                prepared = new LinkedHashMap<>();
            }
            prepared.put(statement.name, statement);
            if (backend.isShared() && prepared.size() > limit) {
                closeQuietly(prepared.values().iterator().next());
            }
        }
    }

    /** Whether one more may have another closed. */
    boolean isFull() {
        return backend.isShared() && prepared != null && prepared.size() >= limit;
    }

    /** Whether a statement of this name that the session has given up elsewhere is still here. */
    boolean hasNamesake(String name) {
        return prepared != null && !name.isEmpty() && prepared.containsKey(name);
    }

    /** Has by SQL's names what the session has, and nothing else: a text that has not been looked into may use any. */
    void bringNamed(PreparedStatements session) {
        boolean inTransaction = backend.status() != TransactionStatus.IDLE || !backend.isDrained();
        if (prepared != null) {
            for (PreparedStatement here : List.copyOf(prepared.values())) {
                if (session.get(here.name) != here) {
                    closeQuietly(here);
                }
            }
        }
        for (PreparedStatement statement : session.bySql()) {
            if (has(statement)) {
                continue;
            }
            // it may not be needed: that it fails must not fail the transaction
            if (inTransaction) {
                backend.run("SAVEPOINT " + UNHARMED);
            }
            prepare(statement, ReplyQueue.Mode.SWALLOW);
            if (inTransaction) {
                // what is prepared outlives that
                backend.run("ROLLBACK TO " + UNHARMED);
                backend.run("RELEASE " + UNHARMED);
            }
        }
    }

    /** Closes a statement of this name that the session has given up elsewhere. */
    void closeNamesake(String name) {
        PreparedStatement old = prepared == null || name.isEmpty() ? null : prepared.get(name);
        if (old != null) {
            closeQuietly(old);
        }
    }

    /**
     * The server is told to close what it has under this name, whichever session has made it.
     *
     * @return who learns whether it has; null if that makes no difference
     */
    ReplyQueue.@Nullable Observer closesByName(String name) {
        givesWayTo(name);
        PreparedStatement there = prepared == null ? null : prepared.remove(name);
        return there == null || !backend.isShared() ? null : putBackUnlessClosed(there);
    }

    /** In a batch that has failed it is passed over: the statement is still there. */
    private ReplyQueue.Observer putBackUnlessClosed(PreparedStatement statement) {
        return closed -> {
            if (!closed && prepared != null) {
                prepared.put(statement.name, statement);
            }
        };
    }

    void forget(PreparedStatement statement) {
        if (unnamed == statement) {
            unnamed = null;
        } else if (prepared != null) {
            prepared.remove(statement.name, statement);
        }
    }

    /** The server has deallocated what it had by this name. */
    void deallocated(String name) {
        if (prepared != null) {
            prepared.remove(name);
        }
    }

    void forgetAll() {
        prepared = null;
        unnamed = null;
        forgetReused();
    }

    /** Closes {@code statement} here, without the client's asking, if it is prepared here. */
    void closeQuietly(PreparedStatement statement) {
        if (has(statement)) {
            forget(statement);
            ByteBuf out = connection.buffer();
            FrontendMessages.closeStatement(out, statement.name.getBytes(StandardCharsets.UTF_8));
            backend.closedQuietly(out, putBackUnlessClosed(statement));
        }
    }

    /** Closes the unnamed statement, which may be that of another session. */
    void closeUnnamedQuietly() {
        unnamed = null;
        closeStrangerQuietly("");
    }

    // ---- unnamed statements that are reused

    ReusedStatements reused() {
        if (reused == null) {
            reused = new ReusedStatements(backend.isShared() ? limit : ReusedStatements.SLOTS);
        }
        return reused;
    }

    /** What is kept for reuse is not relied on any more. */
    void forgetReused() {
        if (reused != null) {
            reused.clear();
        }
        if (unnamedAs != null) {
            unnamed = null;
            unnamedAs = null;
        }
    }

    /** A name of the client's is about to be used: what is here by it, of ours or of another session, is not meant. */
    void closeOthers(String name) {
        givesWayTo(name);
        if (reused != null && reused.isLike(name)) {
            closeStrangerQuietly(name);
        }
        closeNamesake(name);
    }

    /** Whether it has others than its session has named by this name. */
    boolean hasOthers(String name) {
        return hasNamesake(name) || reused != null && reused.isLike(name);
    }

    /** Names of ours are not those that the client uses from now on. */
    private void givesWayTo(String name) {
        if (reused != null && reused.givesWayTo(name)) {
            forgetReused();
        }
    }

    /** Closes what the backend has by a name of which the session knows nothing. */
    private void closeStrangerQuietly(String name) {
        ByteBuf out = connection.buffer();
        FrontendMessages.closeStatement(out, name.getBytes(StandardCharsets.UTF_8));
        backend.closedQuietly(out, null);
    }

    /** Whether a request about what is kept for reuse has failed, since this was asked last. */
    boolean takeReusedFailed() {
        return reused != null && reused.takeFailed();
    }

    /** The unnamed statement is one that the backend knows by a name of ours. */
    void noteReused(PreparedStatement statement, ReusedStatements.Slot slot) {
        unnamed = statement;
        unnamedAs = slot;
    }

    /** The name of ours by which the backend knows {@code statement}, if that is the unnamed one and has one here. */
    ReusedStatements.@Nullable Slot slotOfUnnamed(PreparedStatement statement) {
        return unnamed == statement ? unnamedAs : null;
    }
}
