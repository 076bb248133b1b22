package io.trunkline.proxy.session;

import io.trunkline.config.RoutingParameters.AfterWrite;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.Rule;
import org.jspecify.annotations.Nullable;

/**
 * Whether a statement that reads, by its text, may be read from a standby: what the session has done before and what the
 * catalog knows of the names in it may speak against that. Event loop only.
 */
final class ReadPermission {
    private final LoopServices loop;
    private final SessionState state;

    ReadPermission(LoopServices loop, SessionState state) {
        this.loop = loop;
        this.state = state;
    }

    /** The rule that sends it to the primary; null if a standby may serve it. */
    @Nullable
    Rule refusal(Plan plan) {
        RoutingRules rules = loop.routing();
        if (hasWritten(plan, rules)) {
            return Rule.AFTER_WRITE;
        }
        if (state.temporary.containsAny(plan.mentions().tables())) {
            return Rule.TEMPORARY;
        }
        return null;
    }

    /** Whether a write of the session speaks against it ({@code disable_load_balance_on_write}). */
    private boolean hasWritten(Plan plan, RoutingRules rules) {
        AfterWrite mode = rules.afterWrite();
        return switch (mode) {
            case OFF -> false;
            case TRANSACTION -> state.transaction.hasWritten();
            case TRANS_TRANSACTION -> state.transaction.isOpen() && state.hasWrittenInTransaction();
            case ALWAYS -> state.hasWritten();
            case DML_ADAPTIVE, DML_ADAPTIVE_GLOBAL ->
                state.transaction.hasWrittenAny(plan.mentions().tables(), rules);
        };
    }
}
