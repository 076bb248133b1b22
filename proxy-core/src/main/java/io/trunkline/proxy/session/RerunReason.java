package io.trunkline.proxy.session;

import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import io.trunkline.proxy.route.Rule;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** Why a statement that a standby has failed is run again on another node. */
enum RerunReason {
    /** It writes, which its text did not show. */
    READ_ONLY_NODE(Counter.REROUTED_READ_ONLY, Level.WARN, Rule.WRITES_AFTER_ALL),
    /** Replay needed what it held or was about to see (manual, "Handling Query Conflicts"). */
    RECOVERY_CONFLICT(Counter.REROUTED_CONFLICT, Level.INFO, Rule.SECOND_TRY),
    /** It is gone, or about to go. */
    NODE_LOST(Counter.REROUTED_LOST, Level.INFO, Rule.NODE_LOST);

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
