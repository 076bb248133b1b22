package io.trunkline.proxy.session;

import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import org.jspecify.annotations.Nullable;

/** Why a statement that a standby has failed is run again on another node. */
enum RerunReason {
    /** It writes, which its text did not show. */
    READ_ONLY_NODE(Counter.REROUTED_READ_ONLY),
    /** Replay needed what it held or was about to see (manual, "Handling Query Conflicts"). */
    RECOVERY_CONFLICT(Counter.REROUTED_CONFLICT);

    private static final String CONFLICT = "conflict with recovery";

    final Counter counter;

    RerunReason(Counter counter) {
        this.counter = counter;
    }

    /** Null if another node would answer no better, or, as with a cancel request, must not be asked. */
    static @Nullable RerunReason of(ServerMessage error) {
        return switch (error.sqlState()) {
            case SqlState.READ_ONLY_TRANSACTION -> READ_ONLY_NODE;
            case SqlState.SERIALIZATION_FAILURE, SqlState.DEADLOCK_DETECTED ->
                error.message().contains(CONFLICT) ? RECOVERY_CONFLICT : null;
            case SqlState.DATABASE_DROPPED -> RECOVERY_CONFLICT;
            default -> null;
        };
    }
}
