package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.config.UnrestorableState;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks the server what a session still has on a backend, once that may have changed: whether a temporary table has been
 * dropped, or a lock given back, is better asked than guessed. The number of rows of one quiet query is the answer, so
 * that its command tag suffices. What nobody can be asked about ({@link UnrestorableState#UNKNOWN}) stays. Event loop
 * only.
 */
final class HeldQuestion {
    private enum Held {
        TEMPORARY(
                UnrestorableState.TEMPORARY_TABLE,
                "SELECT FROM pg_catalog.pg_depend WHERE refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass"
                        + " AND refobjid = pg_catalog.pg_my_temp_schema()"),
        CURSOR(UnrestorableState.WITH_HOLD_CURSOR, "SELECT FROM pg_catalog.pg_cursors WHERE is_holdable"),
        LOCK(
                UnrestorableState.ADVISORY_LOCK,
                "SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid()"),
        CHANNEL(UnrestorableState.LISTEN, "SELECT FROM pg_catalog.pg_listening_channels()");

        final UnrestorableState state;
        final String query;

        Held(UnrestorableState state, String query) {
            this.state = state;
            this.query = query;
        }

        int bit() {
            return 1 << ordinal();
        }
    }

    private static final String QUERY = query();

    /** Statements of these rules end nothing that a session holds. */
    private static final Set<Rule> ENDS_NOTHING = EnumSet.of(
            Rule.READ_ONLY,
            Rule.EMPTY,
            Rule.MODIFIES,
            Rule.LAST_VALUE,
            Rule.SETTING,
            Rule.SHOW_ALIKE,
            Rule.SHOW_OF_NODE,
            Rule.ROW_LOCK,
            Rule.COPY_OUT,
            Rule.SYSTEM_CATALOG);

    private final SessionState state;

    /** Something may have been given up since the last answer. */
    private boolean due;

    /** The backend that owes an answer. */
    private @Nullable AttachedBackend asked;

    HeldQuestion(SessionState state) {
        this.state = state;
    }

    private static String query() {
        StringBuilder query = new StringBuilder("SELECT FROM pg_catalog.generate_series(1, 0");
        for (Held held : Held.values()) {
            query.append(" + CASE WHEN EXISTS (")
                    .append(held.query)
                    .append(") THEN ")
                    .append(held.bit())
                    .append(" ELSE 0 END");
        }
        return query.append(')').toString();
    }

    /** A statement is on its way. */
    void sent(Plan plan) {
        due |= !ENDS_NOTHING.contains(plan.rule());
    }

    /** Nothing of the session is open on a backend that it holds something on: asks about it, if there is reason to. */
    void ask(AttachedBackend backend) {
        // a Query would do away with an unnamed statement that cannot be made again
        if (due && asked == null && state.held.isAskable() && !backend.statements.hasUnkept()) {
            due = false;
            state.held.asked();
            asked = backend;
            ByteBuf out = backend.connection.buffer();
            FrontendMessages.query(out, QUERY);
            backend.statements.forgetUnnamed();
            backend.replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, ok -> asked = null);
            backend.connection.write(out);
            backend.connection.flush();
        }
    }

    /** Whether an answer is owed. */
    boolean isAsked() {
        return asked != null;
    }

    /** A command of ours has ended. */
    void answered(AttachedBackend backend, String tag) {
        if (asked == backend && tag.startsWith("SELECT ")) {
            int answer = Integer.parseInt(tag.substring("SELECT ".length()));
            for (Held held : Held.values()) {
                if ((answer & held.bit()) == 0) {
                    state.letGo(held.state, backend.node());
                }
            }
        }
    }
}
