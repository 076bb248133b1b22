package io.trunkline.proxy.session;

import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.StatementPlanner;
import io.trunkline.sql.LexicalSettings;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What must stay true of a session on whatever node it uses: settings, prepared statements, and what ties it to one
 * node. Follows what succeeds, what is rolled back, and gives up on the side of safety: where it cannot tell, the
 * session stays on the node where the state is, until DISCARD ALL. Event loop only.
 */
final class SessionState implements StatementPlanner.Dialect {
    static final int NOWHERE = -1;

    final PreparedStatements statements = new PreparedStatements();
    final SessionSettings settings = new SessionSettings();
    private final LoopMetrics metrics;

    /** The node that holds state which is on no other. */
    private int pinnedTo = NOWHERE;

    private String pinReason = "";

    /** Whether the running transaction, or batch, has failed somewhere. */
    private boolean failedSinceReady;

    private boolean discardedAll;
    private boolean standardStrings = true;
    private boolean safeEncoding = true;
    private boolean readOnlyByDefault;

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

    @Override
    public boolean hasStandardStrings() {
        return standardStrings;
    }

    @Override
    public boolean hasSafeEncoding() {
        return safeEncoding;
    }

    /** A parameter that the server reports, and that the analysis of statements depends on. */
    void reported(String name, String value) {
        if (name.equals("standard_conforming_strings")) {
            standardStrings = value.equals("on");
        } else if (name.equals("client_encoding")) {
            safeEncoding = LexicalSettings.isSafeEncoding(value);
        } else if (name.equals("default_transaction_read_only")) {
            readOnlyByDefault = value.equals("on");
        }
    }

    /** Whether the session itself has asked for transactions that only read; servers before 14 do not tell. */
    boolean isReadOnlyByDefault() {
        return readOnlyByDefault;
    }

    /** How statements of this session are read. */
    LexicalSettings lexical() {
        return new LexicalSettings(standardStrings, safeEncoding);
    }

    void pin(int node, String reason) {
        if (pinnedTo == NOWHERE) {
            pinnedTo = node;
            pinReason = reason;
            metrics.pinned();
        }
    }

    /** What the success of a statement with this plan will mean, or null if nothing. */
    ReplyQueue.@Nullable Observer observer(Plan plan, AttachedBackend backend) {
        switch (plan.effect()) {
            case PINS -> {
                pin(backend.node(), plan.rule().text());
                return null;
            }
            case ROLLBACK_TO -> {
                // settings that are under way count: whether they came before the savepoint is not known either
                if (settings.hasPending() || !backend.isDrained()) {
                    pin(backend.node(), "settings made since a savepoint that was rolled back to");
                }
                return null;
            }
            case SETTING -> {
                return ok -> {
                    if (ok) {
                        settings.made(Objects.requireNonNull(plan.name()), Objects.requireNonNull(plan.text()));
                    }
                };
            }
            case RESET_ALL -> {
                return ok -> {
                    if (ok) {
                        settings.resetAll();
                    }
                };
            }
            case DISCARD_ALL -> {
                return ok -> {
                    if (ok) {
                        discardAll(backend);
                    }
                };
            }
            case DEALLOCATE -> {
                return ok -> deallocated(plan, ok, backend);
            }
            case DEALLOCATE_ALL -> {
                return ok -> {
                    if (ok) {
                        statements.clear();
                        backend.forgetAllStatements();
                    }
                };
            }
            default -> {
                return null;
            }
        }
    }

    ReplyQueue.Observer parseObserver(PreparedStatement statement, AttachedBackend backend) {
        return ok -> {
            if (!ok) {
                statements.remove(statement);
                backend.forget(statement);
            }
        };
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
        settings.rolledBack();
        failedSinceReady = false;
    }

    /**
     * A command ended. Only told while {@link #wantsCommandTags()}.
     *
     * @param node where it ran
     */
    void completed(String commandTag, int node) {
        if (commandTag.equals("COMMIT")) {
            commit(node);
        } else if (commandTag.equals("ROLLBACK")) {
            // of the transaction or to a savepoint; of a savepoint the session has been pinned
            settings.rolledBack();
        }
    }

    boolean wantsCommandTags() {
        return settings.hasPending();
    }

    /**
     * A ReadyForQuery for the client came.
     *
     * @return whether DISCARD ALL has made the session as new
     */
    boolean ready(AttachedBackend backend) {
        if (backend.connection.status() == TransactionStatus.IDLE && settings.hasPending()) {
            if (failedSinceReady) {
                settings.rolledBack();
            } else {
                commit(backend.node());
            }
        }
        if (!settings.hasPending()) {
            backend.knowsSettings(settings.last());
        }
        failedSinceReady = false;
        boolean asNew = discardedAll;
        discardedAll = false;
        return asNew;
    }

    private void commit(int node) {
        if (!settings.committed()) {
            settings.discardAll();
            pin(node, "more settings than are kept");
        }
    }

    private void discardAll(AttachedBackend backend) {
        statements.clear();
        settings.discardAll();
        backend.forgetAllStatements();
        backend.knowsSettings(settings.last());
        pinnedTo = NOWHERE;
        pinReason = "";
        discardedAll = true;
    }

    private void deallocated(Plan plan, boolean ok, AttachedBackend backend) {
        @Nullable PreparedStatement statement = statements.get(Objects.requireNonNull(plan.name()));
        if (ok && statement != null) {
            statements.remove(statement);
            backend.forget(statement);
        }
    }
}
