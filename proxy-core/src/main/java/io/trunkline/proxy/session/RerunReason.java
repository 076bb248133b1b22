package io.trunkline.proxy.session;

import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import io.trunkline.proxy.route.Rule;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** Why a statement that a backend has failed is run again, as a rule on another node. */
enum RerunReason {
    /** It writes, which its text did not show. */
    READ_ONLY_NODE(Counter.REROUTED_READ_ONLY, Level.WARN, Rule.WRITES_AFTER_ALL),
    /** Replay needed what it held or was about to see (manual, "Handling Query Conflicts"). */
    RECOVERY_CONFLICT(Counter.REROUTED_CONFLICT, Level.INFO, Rule.SECOND_TRY),
    /** It is gone, or about to go. */
    NODE_LOST(Counter.REROUTED_LOST, Level.INFO, Rule.NODE_LOST),
    /** The server does not have the statement any more that it was to bind, or has one with another result. */
    STATEMENT_LOST(Counter.PARSED_ANEW, Level.INFO, Rule.PARSED_ANEW);

    /** The server's routine that finds that the result of a statement would have other columns. */
    private static final String REVALIDATES = "RevalidateCachedQuery";

    private static final String CONFLICT = "conflict with recovery";

    final Counter counter;

    /** How loudly it is logged: what writes should not be declared to read; conflicts belong to the life of a standby. */
    final Level level;

    /** Why it goes where it goes the second time. */
    final Rule rule;

    RerunReason(Counter counter, Level level, Rule rule) {
        this.counter = counter;
        this.level = level;
        this.rule = rule;
    }

    /** Whether the server has refused a Bind or Describe for the sake of the statement that it names. */
    static boolean isStatementLost(ServerMessage error) {
        return error.sqlState().equals(SqlState.INVALID_STATEMENT_NAME) || isOtherResult(error);
    }

    /** Whether it has the statement, but with another result than when it was parsed. */
    static boolean isOtherResult(ServerMessage error) {
        return error.sqlState().equals(SqlState.FEATURE_NOT_SUPPORTED)
                && REVALIDATES.equals(error.fields().get('R'));
    }

    /** Null if another node would answer no better, or, as with a cancel request, must not be asked. */
    static @Nullable RerunReason of(ServerMessage error) {
        return switch (error.sqlState()) {
            case SqlState.READ_ONLY_TRANSACTION -> READ_ONLY_NODE;
            case SqlState.SERIALIZATION_FAILURE, SqlState.DEADLOCK_DETECTED ->
                error.message().contains(CONFLICT) ? RECOVERY_CONFLICT : null;
            case SqlState.DATABASE_DROPPED -> RECOVERY_CONFLICT;
            case SqlState.ADMIN_SHUTDOWN, SqlState.CRASH_SHUTDOWN, SqlState.CANNOT_CONNECT_NOW ->
                error.isFatal() ? NODE_LOST : null;
            default -> null;
        };
    }
}
