package io.trunkline.proxy.session;

import io.trunkline.config.UnrestorableState;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.CatalogChange;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;
import io.trunkline.proxy.route.StatementPlanner;
import io.trunkline.sql.LexicalSettings;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What must stay true of a session on whatever node it uses: settings, prepared statements, and what ties it to one
 * node. Follows what succeeds ({@link StatementEffects}) and what is rolled back, and gives up on the side of safety:
 * where it cannot tell, the session stays on the node where the state is, until DISCARD ALL. Event loop only.
 */
final class SessionState implements StatementPlanner.Dialect {
    private static final AtomicLong SESSIONS = new AtomicLong();

    static final int NOWHERE = -1;

    private static final String STANDARD_STRINGS = "standard_conforming_strings";
    private static final String CLIENT_ENCODING = "client_encoding";
    private static final String READ_ONLY = "default_transaction_read_only";
    private static final String DATE_STYLE = "DateStyle";
    private static final List<String> REPORTED = List.of(STANDARD_STRINGS, CLIENT_ENCODING, READ_ONLY, DATE_STYLE);

    final PreparedStatements statements = new PreparedStatements();
    final SessionSettings settings = new SessionSettings();
    final SessionChannels channels = new SessionChannels();
    final SessionTransaction transaction = new SessionTransaction();
    final TemporaryNames temporary = new TemporaryNames();
    final HeldState held = new HeldState();
    private final LoopMetrics metrics;

    /** The node that holds state which is on no other. */
    private int pinnedTo = NOWHERE;

    private String pinReason = "";

    /** A setting was made that ends with the transaction. */
    private boolean settingsOfTransaction;

    /** Statements are under way that may make settings. */
    private boolean settingsSent;

    /** Stands for settings that no other session has; empty while none does. */
    private String unlike = "";

    /** Whether the running transaction, or batch, has failed somewhere. */
    private boolean failedSinceReady;

    private boolean discardedAll;

    /** Statements ROLLBACK TO that are not answered yet; their tag is that of ROLLBACK. */
    private int partialRollbacks;

    private boolean written;

    /** What statements change in the catalog that are under way, or not committed yet. */
    CatalogChange catalogChange = CatalogChange.NONE;

    private boolean writtenInTransaction;

    /** Of a session that has set its default isolation level: whether that is READ COMMITTED; null if it has not. */
    private @Nullable Boolean readCommitted;

    /** Whether that was set or reset by a statement that is not committed yet. */
    private boolean isolationPending;

    private @Nullable String applicationName;
    private boolean nameIsReset;
    private boolean standardStrings = true;
    private String clientEncoding = "UTF8";
    private boolean safeEncoding = true;
    private boolean readOnlyByDefault;

    /** What the client has set by PGPOOL SET; null if it has not. */
    @Nullable
    OwnSettings own;

    /** Bytes of requests and of answers that have passed between client and servers. */
    long bytesFromClient;

    long bytesToClient;

    SessionState(LoopMetrics metrics) {
        this.metrics = metrics;
    }

    /** The node that the session is tied to, or {@link #NOWHERE}. */
    int pinnedTo() {
        return pinnedTo;
    }

    /** Why; empty while not tied. */
    String pinReason() {
        return pinReason;
    }

    /** Whether the session has anything on a node that is on no other. */
    boolean isHeldOn(int node) {
        return pinnedTo == node || held.isOn(node);
    }

    @Override
    public boolean hasStandardStrings() {
        return standardStrings;
    }

    @Override
    public boolean hasSafeEncoding() {
        return safeEncoding;
    }

    /** client_encoding, as a server has reported it. */
    String clientEncoding() {
        return clientEncoding;
    }

    /** The parameters that a session's first backend reports. */
    void reported(Map<String, String> parameters) {
        for (String name : REPORTED) {
            String value = parameters.get(name);
            if (value != null) {
                reported(name, value);
            }
        }
    }

    /** A parameter that the server reports, and that the analysis of statements depends on. */
    void reported(String name, String value) {
        if (name.equals(STANDARD_STRINGS)) {
            standardStrings = value.equals("on");
        } else if (name.equals(CLIENT_ENCODING)) {
            clientEncoding = value;
            safeEncoding = LexicalSettings.isSafeEncoding(value);
        } else if (name.equals(READ_ONLY)) {
            readOnlyByDefault = value.equals("on");
        } else if (name.equals(StartupKey.APPLICATION_NAME)) {
            applicationName = value;
        } else if (name.equals(DATE_STYLE)) {
            settings.dateStyle(value);
        }
    }

    /** What a server has told the client of its name; null if the name has not changed. */
    @Nullable
    String applicationName() {
        return applicationName;
    }

    /** Whether the session itself has asked for transactions that only read; servers before 14 do not tell. */
    boolean isReadOnlyByDefault() {
        return readOnlyByDefault;
    }

    /** How statements of this session are read. */
    LexicalSettings lexical() {
        return new LexicalSettings(standardStrings, safeEncoding);
    }

    /** There is something of this kind on a node, and on no other. */
    void hold(UnrestorableState kind, int node) {
        if (held.add(kind, node)) {
            metrics.holds(kind);
        }
    }

    /** The session is tied to the node, for that. */
    void pin(int node, UnrestorableState kind, String reason) {
        hold(kind, node);
        if (pinnedTo == NOWHERE) {
            pinnedTo = node;
            pinReason = reason;
            metrics.pinned();
        }
    }

    /** The server has said that nothing of this kind was on a node when it was asked. */
    void letGo(UnrestorableState kind, int node) {
        if (!held.isOn(node) || held.isNewerThanAnswer(kind)) {
            return;
        }
        held.remove(kind);
        if (kind == UnrestorableState.TEMPORARY_TABLE) {
            temporary.clear();
        }
        UnrestorableState left = held.any();
        if (pinnedTo == node) {
            pinnedTo = left == null ? NOWHERE : node;
            pinReason = left == null ? "" : left.text();
        }
    }

    /** What keeps the session on a node, in a few words; empty if nothing does. */
    String heldText() {
        UnrestorableState kind = held.any();
        return !pinReason.isEmpty() || kind == null ? pinReason : kind.text();
    }

    /** A setting has been made that ends with the transaction. */
    void madeForTransaction() {
        settingsOfTransaction = true;
    }

    /** A statement is on its way that may make settings. */
    void settingSent() {
        settingsSent = true;
    }

    /**
     * A statement about application_name is on its way.
     *
     * @param reset whether it makes it what it was at the start of the session
     */
    void nameSent(boolean reset) {
        nameIsReset = reset;
    }

    /** Whether the last statement about application_name has made it what it was at the start of the session. */
    boolean isNameReset() {
        return nameIsReset;
    }

    /** A ROLLBACK TO is on its way. */
    void rollsBackTo() {
        partialRollbacks++;
    }

    /** A savepoint has been made. */
    void savepoint(String name) {
        settings.savepoint(name);
        channels.savepoint(name);
    }

    /** The plan that decides where a statement goes: for EXECUTE that of what was prepared, and DEALLOCATE may follow it. */
    Plan executed(Plan plan) {
        boolean alone = plan.rule() == Rule.PREPARED && plan.mentions().isEmpty();
        @Nullable PreparedStatement statement = alone && plan.name() != null ? statements.get(plan.name()) : null;
        if (statement == null) {
            return plan;
        }
        return switch (plan.effect()) {
            case EXECUTE -> statement.plan;
            case DEALLOCATE -> statement.preparedToRead ? plan.following(statement.plan) : plan;
            default -> plan;
        };
    }

    /** The client has named a statement, which is on its way to {@code backend}. */
    void added(PreparedStatement statement, AttachedBackend backend) {
        statements.add(statement);
        if (statement.parse == null && backend.isShared() && !statement.name.isEmpty()) {
            pin(backend.node(), UnrestorableState.UNKNOWN, "a prepared statement that is too long to be kept");
        }
    }

    /** Differs where the text of a statement may mean something else to a server's parser. */
    String parsedWith(PreparedStatement statement) {
        if (settings.hasPending()
                || settingsOfTransaction
                || settingsSent
                || held.has(UnrestorableState.UNKNOWN)
                || statement.readsClock()) {
            if (unlike.isEmpty()) {
                unlike = "session " + SESSIONS.incrementAndGet();
            }
            return unlike;
        }
        return settings.script().parsedWith();
    }

    /** What was set since the last commit is undone. */
    void rolledBack() {
        settings.rolledBack();
        channels.rolledBack();
        if (isolationPending) {
            // it is again what it was before, which is not kept; to take it for stricter than it is does no harm
            readCommitted = Boolean.FALSE;
            isolationPending = false;
        }
    }

    /** The server answered a request of the client with an error. */
    void failed() {
        failedSinceReady = true;
    }

    /** Whether that was so since the last ReadyForQuery. */
    boolean hasFailed() {
        return failedSinceReady;
    }

    /** The backend is gone, and with it what it had not committed. */
    void lost() {
        rolledBack();
        failedSinceReady = false;
    }

    /** What was only there on a node is gone. */
    void leftBehind(int node) {
        if (pinnedTo == node) {
            pinnedTo = NOWHERE;
            pinReason = "";
        }
        if (held.isOn(node)) {
            held.clear();
            temporary.clear();
        }
    }

    /**
     * A command ended. Only told while {@link #wantsCommandTags()}.
     *
     * @param node where it ran
     */
    void completed(String commandTag, int node) {
        if (commandTag.equals("COMMIT")) {
            commit(node);
        } else if (commandTag.equals("ROLLBACK") && partialRollbacks == 0) {
            rolledBack();
        }
    }

    boolean wantsCommandTags() {
        return hasPending();
    }

    private boolean hasPending() {
        return settings.hasPending() || channels.hasPending();
    }

    /**
     * A ReadyForQuery for the client came.
     *
     * @return whether DISCARD ALL has made the session as new
     */
    boolean ready(AttachedBackend backend) {
        boolean over = backend.connection.status() == TransactionStatus.IDLE;
        settingsSent &= !backend.isDrained();
        if (over && (settingsOfTransaction || settings.hasPending())) {
            settingsOfTransaction = false;
            unlike = "";
        }
        if (over && transaction.isJoinedBy(backend)) {
            transaction.end();
        }
        if (over && hasPending()) {
            settle(backend);
        }
        if (over) {
            settings.transactionOver();
            channels.forgetSavepoints();
            held.told();
        }
        if (!settings.hasPending()) {
            backend.knows(settings);
        }
        failedSinceReady = false;
        boolean asNew = discardedAll;
        discardedAll = false;
        return asNew;
    }

    private void settle(AttachedBackend backend) {
        if (failedSinceReady) {
            rolledBack();
        } else {
            commit(backend.node());
        }
    }

    private void commit(int node) {
        isolationPending = false;
        channels.committed();
        if (!settings.committed()) {
            settings.discardAll();
            pin(node, UnrestorableState.UNKNOWN, "more settings than are kept");
        }
    }

    /** DISCARD ALL has made the session as new. */
    void discardAll(AttachedBackend backend) {
        statements.clear();
        settings.discardAll();
        channels.clear();
        backend.discarded();
        temporary.clear();
        held.clear();
        written = false;
        writtenInTransaction = false;
        readCommitted = null;
        isolationPending = false;
        pinnedTo = NOWHERE;
        pinReason = "";
        discardedAll = true;
    }

    /** The end of a ROLLBACK TO. */
    void rolledBackTo(Plan plan, boolean ok, AttachedBackend backend) {
        partialRollbacks--;
        backend.controlled(ok ? TransactionStatus.IN_TRANSACTION : (byte) 0);
        if (ok) {
            channels.rolledBackTo(Objects.requireNonNull(plan.name()));
            boolean known = settings.rolledBackTo(plan.name());
            if (isolationPending) {
                readCommitted = Boolean.FALSE;
            }
            if (!known) {
                pin(
                        backend.node(),
                        UnrestorableState.UNKNOWN,
                        "settings made since a savepoint that was rolled back to");
            }
            transaction.did(plan, backend);
        }
    }

    // ---- writes

    /**
     * A statement that may write is on its way to the primary.
     *
     * @param known whether it is more than a read of tables that have not been looked up yet: that counts for its
     *     transaction, but not for the session
     */
    void wrote(Plan plan, boolean known) {
        written |= known;
        writtenInTransaction |= known && transaction.isOpen();
        transaction.wrote(plan.mentions());
    }

    /** Whether the session has written anything. */
    boolean hasWritten() {
        return written;
    }

    /** Whether it has written in an explicit transaction. */
    boolean hasWrittenInTransaction() {
        return writtenInTransaction;
    }

    // ---- transactions

    /** Whether a transaction that names no isolation level is READ COMMITTED, as far as the session has said. */
    Optional<Boolean> isReadCommitted() {
        return Optional.ofNullable(readCommitted);
    }

    /**
     * The session has said what transactions are that name no isolation level.
     *
     * @param now whether READ COMMITTED; null if as it was before the session said anything
     */
    void readCommitted(@Nullable Boolean now) {
        readCommitted = now;
        isolationPending = true;
    }
}
