package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendMemory;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Plan;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A backend that a session holds, and what of the session's state it has been brought to. It is kept with the connection:
 * where sessions give their backends back between transactions, the next one finds what the last ones have left. Event
 * loop only.
 */
final class AttachedBackend implements BackendMemory {
    private static final int UNKNOWN = -1;

    /** The name of ours under which statements of ours are run in a batch. */
    private static final byte[] OWN_COMMAND = "trunkline_command".getBytes(StandardCharsets.US_ASCII);

    final BackendConnection connection;

    /** What is prepared here. */
    final BackendStatements statements;

    /** The number of the last setting of its session that this backend knows. */
    private int settings;

    /** Whether it serves the transactions of several sessions; the three that follow count only then. */
    private boolean shared;

    private SettingsScript script = SettingsScript.NONE;

    /** The application_name that it has without {@link #script}. */
    private String named;

    /** That of its session. */
    private String applicationName = "";

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

    /** Its session has run something here that may have called nextval(). */
    boolean mayHaveDrawn;

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

    private AttachedBackend(BackendConnection connection) {
        this.connection = connection;
        this.named = connection.startedAs();
        this.statements = new BackendStatements(this);
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
        statements.limit(maxPreparedStatements);
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
        mayHaveDrawn = false;
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
        statements.forgetSession();
    }

    /** DISCARD ALL has been executed here. */
    void discarded() {
        statements.forgetAll();
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
        statements.forgetUnnamed();
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

    /** Runs a statement of ours ahead of what the client sends next, whatever becomes of it. */
    void run(String statement) {
        run(statement.getBytes(StandardCharsets.ISO_8859_1), ReplyQueue.Mode.SWALLOW, null);
    }

    /**
     * Runs a statement of ours ahead of what the client sends next. In a batch its error is that of the batch.
     *
     * @param mode outside of a batch
     */
    void run(byte[] statement, ReplyQueue.Mode mode, ReplyQueue.@Nullable Observer observer) {
        ByteBuf out = connection.buffer();
        if (batchOpen) {
            // a Query would do away with the unnamed portal; one that failed has left its statement
            FrontendMessages.closeStatement(out, OWN_COMMAND);
            FrontendMessages.extendedCommand(out, OWN_COMMAND, statement);
            replies().sent(Request.CLOSE, ReplyQueue.Mode.FORWARD_ERROR, null);
            replies().sent(Request.PARSE, ReplyQueue.Mode.FORWARD_ERROR, null);
            replies().sent(Request.BIND, ReplyQueue.Mode.FORWARD_ERROR, null);
            replies().sent(Request.EXECUTE, ReplyQueue.Mode.FORWARD_ERROR, observer);
            replies().sent(Request.CLOSE, ReplyQueue.Mode.FORWARD_ERROR, null);
            replies().sent(Request.CLOSE, ReplyQueue.Mode.FORWARD_ERROR, null);
        } else {
            FrontendMessages.query(out, statement);
            replies().sent(Request.QUERY, mode, observer);
            statements.forgetUnnamed();
        }
        connection.write(out);
    }

    /** Ends a transaction in which it has only read, without the client's asking. */
    void rollBackQuietly() {
        ByteBuf out = connection.buffer();
        FrontendMessages.query(out, "ROLLBACK");
        replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, null);
        connection.write(out);
        connection.flush();
        statements.forgetUnnamed();
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
        statements.forgetUnnamed();
    }

    /** @param statement one character for each byte, as it came from the client */
    private void send(ByteBuf out, String statement) {
        FrontendMessages.query(out, statement.getBytes(StandardCharsets.ISO_8859_1));
        replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, ok -> {
            unusable |= !ok;
            catchingUp &= !isDrained();
        });
    }

    /** A portal is bound here. */
    Portals.Portal bound(String name, PreparedStatement statement, Plan plan) {
        statements.bound(statement);
        if (!name.isEmpty()) {
            return new Portals.Portal(statement, plan, this);
        }
        if (unnamedPortal == null) {
            unnamedPortal = new Portals.Portal(statement, plan, this);
        }
        return unnamedPortal.boundTo(statement, plan);
    }

    /** Closes a portal here, without the client's asking. */
    void closePortalQuietly(String name) {
        ByteBuf out = connection.buffer();
        FrontendMessages.closePortal(out, name.getBytes(StandardCharsets.UTF_8));
        closedQuietly(out, null);
    }

    /** The message in {@code out} closes something here, without the client's asking. */
    void closedQuietly(ByteBuf out, ReplyQueue.@Nullable Observer observer) {
        replies().sent(Request.CLOSE, ReplyQueue.Mode.SWALLOW, observer);
        if (!batchOpen) {
            FrontendMessages.sync(out);
            replies().sent(Request.SYNC, ReplyQueue.Mode.SWALLOW, null);
        }
        connection.write(out);
        connection.flush();
    }

    /** Ends the batch that is open here; its ReadyForQuery is nobody's. */
    void syncQuietly() {
        syncQuietly(ReplyQueue.Mode.SWALLOW);
    }

    /** @param mode whether an error in the batch stands for the answer to the request behind it */
    void syncQuietly(ReplyQueue.Mode mode) {
        if (batchOpen) {
            ByteBuf out = connection.buffer();
            FrontendMessages.sync(out);
            replies().sent(Request.SYNC, mode, null);
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
