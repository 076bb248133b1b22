package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendMemory;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Plan;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A backend that a session holds, and what of the session's state it has been brought to. It is kept with the connection:
 * where sessions give their backends back between transactions, the next one finds what the last ones have left. Event
 * loop only.
 */
final class AttachedBackend implements BackendMemory {
    private static final int UNKNOWN = -1;

    /** The name of ours under which a PREPARE is run in a batch. */
    private static final byte[] PREPARES = "trunkline_prepares".getBytes(StandardCharsets.US_ASCII);

    final BackendConnection connection;

    /** The number of the last setting of its session that this backend knows. */
    private int settings;

    /** Whether it serves the transactions of several sessions; the four that follow count only then. */
    private boolean shared;

    private SettingsScript script = SettingsScript.NONE;

    /** The application_name that it has without {@link #script}. */
    private String named;

    /** That of its session. */
    private String applicationName = "";

    private int maxStatements;

    /** Requests of an extended-protocol batch were sent that no Sync has ended. */
    boolean batchOpen;

    /** Number of the batch that is open or will be next. */
    private int batch;

    /** Something was executed in the open batch, which its Sync may commit. */
    boolean executed;

    /** Something that may write was executed in the open batch outside of a transaction: its Sync commits it. */
    boolean writesInBatch;

    /** A Flush was sent for the batch, so that what is outstanding will be answered. */
    boolean flushed;

    /** It got a string that may have been of several statements. */
    boolean severalStatements;

    /** It has run what was too long to be looked into: nobody knows what that has left. */
    boolean unread;

    /** It has been used as the primary's. */
    boolean asPrimary;

    /** The number of the last ROLLBACK among the requests that it was sent; -1 if there was none. */
    long rollback = -1;

    /** Settings are on their way to it; the client's requests wait for the outcome. */
    private boolean catchingUp;

    /** The transaction of the session that it takes part in, by number; 0 for none. */
    int transaction;

    /** How much of that transaction's script it has been told. */
    int scriptPosition;

    /** Requests under way that may begin, end or restore a transaction, so that its status is not known. */
    private int controls;

    /** The transaction status since the last ReadyForQuery, if a statement of a batch has changed it; else 0. */
    private byte statusInBatch;

    /** As of the last ReadyForQuery that is answered as a whole. */
    private byte statusAtReady = TransactionStatus.IDLE;

    private boolean unusable;
    private @Nullable ServerMessage swallowed;

    /** The unnamed portal, from the first one on. */
    private Portals.@Nullable Portal unnamedPortal;

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

    private AttachedBackend(BackendConnection connection) {
        this.connection = connection;
        this.named = connection.startedAs();
    }

    /** What is known of a backend that has just been lent. */
    static AttachedBackend of(BackendConnection connection) {
        if (connection.memory() instanceof AttachedBackend known) {
            return known;
        }
        AttachedBackend fresh = new AttachedBackend(connection);
        connection.remember(fresh);
        return fresh;
    }

    /** A session has it now that gives it back between transactions. */
    void attachedTo(SessionSettings session, String itsApplicationName, int maxPreparedStatements) {
        clear();
        shared = true;
        applicationName = itsApplicationName;
        maxStatements = maxPreparedStatements;
        settings = script.equals(session.script()) && isNamed() ? session.last() : UNKNOWN;
    }

    @Override
    public void forget() {
        clear();
        shared = false;
        discarded();
        settings = 0;
    }

    /** What belongs to the session that has it. */
    private void clear() {
        batchEnds();
        severalStatements = false;
        unread = false;
        asPrimary = false;
        rollback = -1;
        catchingUp = false;
        transaction = 0;
        scriptPosition = 0;
        controls = 0;
        statusInBatch = 0;
        statusAtReady = TransactionStatus.IDLE;
        unusable = false;
        swallowed = null;
        unnamed = null;
        unnamedAs = null;
        lastUnnamed = null;
        unnamedOf = null;
    }

    /** DISCARD ALL has been executed here. */
    void discarded() {
        forgetAllStatements();
        script = SettingsScript.NONE;
        named = connection.startedAs();
    }

    /** RESET ALL has been executed here, perhaps in a transaction that is rolled back. */
    void settingsReset() {
        named = connection.startedAs();
    }

    /** Whether it serves several sessions in turn. */
    boolean isShared() {
        return shared;
    }

    /**
     * Whether it has an unnamed statement that the client is about to use and that cannot be made elsewhere, as its text has
     * not been kept. Once it has been used drivers parse it anew; others would have to wait for that for long.
     */
    boolean hasUnkeptStatement() {
        return unnamed != null && unnamed.parse == null && !unkeptUsed;
    }

    private boolean isNamed() {
        return named.equals(applicationName) || script.has(StartupKey.APPLICATION_NAME);
    }

    int node() {
        return connection.node();
    }

    ReplyQueue replies() {
        return connection.replies();
    }

    /** Whether nothing that was sent to it is unanswered. */
    boolean isDrained() {
        return connection.replies().isEmpty();
    }

    // ---- its transaction

    /** Transaction status as of the last answer that tells it; also in the middle of a batch. */
    byte status() {
        return statusInBatch != 0 ? statusInBatch : connection.status();
    }

    /** A statement that ends or restores a transaction is about to be sent. */
    void controlSent() {
        controls++;
    }

    /** It has been answered. @param status after it if it has succeeded; else 0 */
    void controlled(byte status) {
        controls--;
        if (status != 0) {
            statusInBatch = status;
        }
    }

    /** A ReadyForQuery has told the status. */
    void ready() {
        statusInBatch = 0;
        statusAtReady = connection.status();
    }

    /** Whether the request whose end is being told found the transaction failed. */
    boolean hadFailed() {
        return (statusInBatch != 0 ? statusInBatch : statusAtReady) == TransactionStatus.FAILED;
    }

    /** Whether answers that it owes may change the transaction status. */
    boolean isStatusUnderWay() {
        return controls > 0 && !isDrained();
    }

    /** A setting that it could not be brought to: it is not the right place for this session. */
    boolean isUnusable() {
        return unusable;
    }

    /** What it has said to a statement of ours that has failed last; null if that is not known. */
    @Nullable
    ServerMessage swallowedError() {
        return swallowed;
    }

    void swallowed(@Nullable ServerMessage error) {
        swallowed = error;
    }

    /** It has the session's settings: it is where they were made. */
    void knows(SessionSettings session) {
        settings = session.last();
        if (shared) {
            script = session.script();
            if (!isNamed()) {
                settings = UNKNOWN;
            }
        }
    }

    /**
     * Brings it to the session's settings.
     *
     * @return whether it is there already; if not, the answers must be waited for
     */
    boolean catchUp(SessionSettings session) {
        if (catchingUp) {
            return false;
        }
        if (settings == session.last()) {
            return true;
        }
        ByteBuf out = connection.buffer();
        if (shared) {
            if (script.change(session.script(), statement -> send(out, statement))) {
                named = connection.startedAs();
            }
            script = session.script();
        } else {
            session.since(settings, statement -> send(out, statement));
        }
        settings = session.last();
        catchingUp = out.isReadable();
        if (shared && !isNamed()) {
            rename(out, applicationName);
        }
        if (!out.isReadable()) {
            out.release();
            return true;
        }
        // a Query does away with the unnamed statement
        unnamed = null;
        connection.write(out);
        if (catchingUp) {
            connection.flush();
        }
        return !catchingUp;
    }

    /** It has answered a statement that it was told for the session's state. */
    void told(boolean ok) {
        unusable |= !ok;
    }

    void forgetUnnamed() {
        unnamed = null;
    }

    /** Ends a transaction in which it has only read, without the client's asking. */
    void rollBackQuietly() {
        ByteBuf out = connection.buffer();
        FrontendMessages.query(out, "ROLLBACK");
        replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, null);
        connection.write(out);
        connection.flush();
        unnamed = null;
        statusInBatch = TransactionStatus.IDLE;
        if (!replies().skipsToSync()) {
            batchEnds();
        }
    }

    /** Gives it the client's application_name; the client's requests need not wait for that. */
    void rename(String clientsName) {
        ByteBuf out = connection.buffer();
        rename(out, clientsName);
        connection.write(out);
    }

    private void rename(ByteBuf out, String clientsName) {
        // an E'' string reads the same whatever standard_conforming_strings is
        String literal = clientsName.replace("\\", "\\\\").replace("'", "''");
        FrontendMessages.query(out, "SET application_name TO E'" + literal + "'");
        replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, ok -> catchingUp &= !isDrained());
        named = clientsName;
        unnamed = null;
    }

    /** @param statement one character for each byte, as it came from the client */
    private void send(ByteBuf out, String statement) {
        FrontendMessages.query(out, statement.getBytes(StandardCharsets.ISO_8859_1));
        replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, ok -> {
            unusable |= !ok;
            catchingUp &= !isDrained();
        });
    }

    /**
     * Makes sure that {@code statement} is prepared here, by a Parse ahead of what the client sends next. If it fails,
     * the client gets the error in the place of the answer to its own request.
     */
    void prepare(PreparedStatement statement) {
        byte[] parse = statement.parse;
        if (parse == null || has(statement)) {
            return;
        }
        closeOthers(statement.name);
        ByteBuf out = connection.buffer();
        ReplyQueue.Observer observer = ok -> {
            if (!ok) {
                forget(statement);
            }
        };
        if (statement.bySql && batchOpen) {
            // a Query would do away with the unnamed portal
            FrontendMessages.extendedCommand(out, PREPARES, parse);
            replies().sent(Request.PARSE, ReplyQueue.Mode.FORWARD_ERROR, null);
            replies().sent(Request.BIND, ReplyQueue.Mode.FORWARD_ERROR, null);
            replies().sent(Request.EXECUTE, ReplyQueue.Mode.FORWARD_ERROR, observer);
            replies().sent(Request.CLOSE, ReplyQueue.Mode.FORWARD_ERROR, null);
            replies().sent(Request.CLOSE, ReplyQueue.Mode.FORWARD_ERROR, null);
        } else if (statement.bySql) {
            FrontendMessages.query(out, parse);
            // if it fails, so does the EXECUTE that comes behind it
            replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, observer);
            unnamed = null;
        } else {
            FrontendMessages.message(out, FrontendTag.PARSE, parse);
            replies().sent(Request.PARSE, ReplyQueue.Mode.FORWARD_ERROR, observer);
        }
        connection.write(out);
        note(statement);
    }

    /** A portal is bound here. */
    Portals.Portal bound(String name, PreparedStatement statement, Plan plan) {
        unkeptUsed |= statement == unnamed && statement.parse == null;
        if (!name.isEmpty()) {
            return new Portals.Portal(statement, plan, this);
        }
        if (unnamedPortal == null) {
            unnamedPortal = new Portals.Portal(statement, plan, this);
        }
        return unnamedPortal.boundTo(statement, plan);
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
        unnamedParses = isDrained() ? 1 : unnamedParses + 1;
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
            if (shared && prepared.size() > maxStatements) {
                closeQuietly(prepared.values().iterator().next());
            }
        }
    }

    /** Whether a statement of this name that the session has given up elsewhere is still here. */
    boolean hasNamesake(String name) {
        return prepared != null && !name.isEmpty() && prepared.containsKey(name);
    }

    /** Has by SQL's names what the session has, and nothing else: a text that has not been looked into may use any. */
    void bringNamed(PreparedStatements session) {
        if (prepared != null) {
            for (PreparedStatement here : List.copyOf(prepared.values())) {
                if (session.get(here.name) != here) {
                    closeQuietly(here);
                }
            }
        }
        session.bySql().forEach(this::prepare);
    }

    /** Closes a statement of this name that the session has given up elsewhere. */
    void closeNamesake(String name) {
        PreparedStatement old = prepared == null || name.isEmpty() ? null : prepared.get(name);
        if (old != null) {
            closeQuietly(old);
        }
    }

    /** The server is told to close what it has under this name, whichever session has made it. */
    void closedByName(String name) {
        givesWayTo(name);
        if (prepared != null) {
            prepared.remove(name);
        }
    }

    void forget(PreparedStatement statement) {
        if (unnamed == statement) {
            unnamed = null;
        } else if (prepared != null) {
            prepared.remove(statement.name, statement);
        }
    }

    void forgetAllStatements() {
        prepared = null;
        unnamed = null;
        forgetReused();
    }

    // ---- unnamed statements that are reused

    ReusedStatements reused() {
        if (reused == null) {
            reused = new ReusedStatements(shared ? maxStatements : ReusedStatements.SLOTS);
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
        if (givesWayTo(name)) {
            closeStrangerQuietly(name);
        }
        closeNamesake(name);
    }

    /** Whether it has others than its session has named by this name. */
    boolean hasOthers(String name) {
        return hasNamesake(name) || reused != null && reused.isLike(name);
    }

    /** Names of ours are not those that the client uses from now on. @return whether one may have been */
    private boolean givesWayTo(String name) {
        boolean clashes = reused != null && reused.givesWayTo(name);
        if (clashes) {
            forgetReused();
        }
        return clashes;
    }

    /** Closes what the backend has by a name of which the session knows nothing. */
    private void closeStrangerQuietly(String name) {
        ByteBuf out = connection.buffer();
        FrontendMessages.closeStatement(out, name.getBytes(StandardCharsets.UTF_8));
        closedQuietly(out);
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

    /** Closes {@code statement} here, without the client's asking, if it is prepared here. */
    void closeQuietly(PreparedStatement statement) {
        if (has(statement)) {
            forget(statement);
            ByteBuf out = connection.buffer();
            FrontendMessages.closeStatement(out, statement.name.getBytes(StandardCharsets.UTF_8));
            closedQuietly(out);
        }
    }

    /** Closes the unnamed statement, which may be that of another session. */
    void closeUnnamedQuietly() {
        unnamed = null;
        closeStrangerQuietly("");
    }

    /** Closes a portal here, without the client's asking. */
    void closePortalQuietly(String name) {
        ByteBuf out = connection.buffer();
        FrontendMessages.closePortal(out, name.getBytes(StandardCharsets.UTF_8));
        closedQuietly(out);
    }

    private void closedQuietly(ByteBuf out) {
        replies().sent(Request.CLOSE, ReplyQueue.Mode.SWALLOW, null);
        if (!batchOpen) {
            FrontendMessages.sync(out);
            replies().sent(Request.SYNC, ReplyQueue.Mode.SWALLOW, null);
        }
        connection.write(out);
        connection.flush();
    }

    /** Ends the batch that is open here; its ReadyForQuery is nobody's. */
    void syncQuietly() {
        if (batchOpen) {
            ByteBuf out = connection.buffer();
            FrontendMessages.sync(out);
            replies().sent(Request.SYNC, ReplyQueue.Mode.SWALLOW, null);
            connection.write(out);
            connection.flush();
            batchEnds();
        }
    }

    /** It gets a request of the extended protocol. */
    void batched() {
        batchOpen = true;
        flushed = false;
    }

    /** A Sync, or a Query, has ended the batch. */
    void batchEnds() {
        batch++;
        batchOpen = false;
        executed = false;
        writesInBatch = false;
        flushed = false;
    }

    boolean hasFailed() {
        return status() == TransactionStatus.FAILED;
    }

    int batch() {
        return batch;
    }

    /** Asks for the answers to what was sent of the open batch, once. */
    void flushBatch() {
        if (batchOpen && !flushed) {
            flushed = true;
            ByteBuf out = connection.buffer();
            FrontendMessages.flush(out);
            connection.write(out);
        }
        connection.flush();
    }
}
