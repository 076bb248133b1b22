package io.trunkline.proxy.session;

import io.trunkline.config.UnrestorableState;
import io.trunkline.protocol.SqlState;
import java.util.Set;

/**
 * What becomes of sessions when a node that they use is lost, or there is no primary.
 *
 * @param keepsSessions failover_session_policy: whether they go on; else they end with 57P01
 * @param bearable kinds of state that a session may lose and go on all the same
 * @param unknownOutcome unknown_outcome_sqlstate: the SQLSTATE for "it may have been committed, or not"
 * @param primaryWaitMillis primary_wait_timeout: how long a statement waits for a primary; 0 = not at all
 */
public record LossPolicy(
        boolean keepsSessions, Set<UnrestorableState> bearable, String unknownOutcome, long primaryWaitMillis) {
    public static final LossPolicy DEFAULT =
            new LossPolicy(true, Set.of(), SqlState.TRANSACTION_RESOLUTION_UNKNOWN, 30_000);

    public LossPolicy {
        bearable = Set.copyOf(bearable);
    }
}
