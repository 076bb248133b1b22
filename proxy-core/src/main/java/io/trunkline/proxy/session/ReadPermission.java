package io.trunkline.proxy.session;

import io.trunkline.proxy.catalog.Catalog;
import io.trunkline.proxy.catalog.CatalogReader;
import io.trunkline.proxy.catalog.Verdict;
import io.trunkline.proxy.route.CatalogChange;
import io.trunkline.proxy.route.Mentions;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.Rule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a statement that reads, by its text, may be read from a standby: what the session has done before and what the
 * catalog knows of the names in it may speak against that. Event loop only.
 */
final class ReadPermission {
    private final LoopServices loop;
    private final SessionLogin login;
    private final SessionState state;

    /** Null where the session's login can have one backend only. */
    private final @Nullable CatalogReader reader;

    /** Whether the session's default for transactions has been asked for, so that it is known when one begins. */
    private boolean askedForDefault;

    ReadPermission(LoopServices loop, SessionLogin login, SessionState state, @Nullable CatalogReader reader) {
        this.loop = loop;
        this.login = login;
        this.state = state;
        this.reader = reader;
    }

    /** The rule that sends it to the primary; null if a standby may serve it. */
    @Nullable
    Rule refusal(Plan plan) {
        RoutingRules rules = loop.routing(state);
        if (!askedForDefault) {
            askedForDefault = true;
            catalog().defaultsToReadCommitted(login.key(), reader);
        }
        if (hasWritten(plan, rules)) {
            return Rule.AFTER_WRITE;
        }
        Mentions mentions = plan.mentions();
        if (mentions.isEmpty()) {
            return null;
        }
        if (state.temporary.containsAny(mentions.tables())) {
            return Rule.TEMPORARY;
        }
        Verdict verdict = catalog().check(mentions, rules, reader);
        return verdict == Verdict.YES ? null : verdict.rule();
    }

    /**
     * Whether a statement may have written, which later reads of its transaction have to see. Asked of the plan, not of
     * the rule by which its node was chosen: that is only known of the first message about a statement.
     */
    boolean mayWrite(Plan plan) {
        if (plan.rule().writes()) {
            return true;
        }
        return loop.isBalancing() && !plan.mentions().isEmpty() && catalog().mayWrite(plan.mentions());
    }

    /** Whether a write of the session speaks against it ({@code disable_load_balance_on_write}). */
    private boolean hasWritten(Plan plan, RoutingRules rules) {
        return switch (rules.afterWrite()) {
            case OFF -> false;
            case TRANSACTION -> state.transaction.hasWritten();
            case TRANS_TRANSACTION ->
                state.transaction.hasWritten() || state.transaction.isOpen() && state.hasWrittenInTransaction();
            case ALWAYS -> state.hasWritten();
            case DML_ADAPTIVE, DML_ADAPTIVE_GLOBAL -> state.transaction.hasWrittenAny(plan.mentions(), rules);
        };
    }

    /** Whether {@link #defaultsToReadCommitted} is known by now; it is asked for if not. */
    boolean knowsDefault() {
        return state.isReadCommitted()
                .or(() -> catalog().defaultsToReadCommitted(login.key(), reader))
                .isPresent();
    }

    /** Whether a transaction of the session is READ COMMITTED unless it says otherwise; not if that is not known. */
    boolean defaultsToReadCommitted() {
        return state.isReadCommitted()
                .or(() -> catalog().defaultsToReadCommitted(login.key(), reader))
                .orElse(false);
    }

    /** What the catalog knows of the names, a line each. */
    List<String> facts(Mentions mentions) {
        return catalog().facts(mentions);
    }

    /** Statements have come into effect that change what the catalog knows. */
    void catalogChanged(CatalogChange change) {
        loop.catalogs().apply(login.key().database(), change);
    }

    private Catalog catalog() {
        return loop.catalogs().of(login.key().database());
    }
}
