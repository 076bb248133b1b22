package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.Borrower;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Plan;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * Gives the backends of a session back whenever nothing of it is open on them, if its pool_mode is transaction: they
 * serve other sessions then, and it gets whichever is free when it needs one.
 *
 * <p>What of the session is on a backend and can be made on another is made there when it is used
 * ({@link AttachedBackend#catchUp}, {@link StatementReuse}). A backend that holds anything else stays with the session
 * ({@link HeldState}). Event loop only.
 */
final class TransactionPooling {
    /** How queries and changes of data begin. */
    private static final Set<String> DATA =
            Set.of("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "COPY", "TABLE");

    private final SessionState state;
    private final SessionNodes nodes;
    private final PoolModes.Choice mode;
    private final Borrower borrower;
    private final HeldQuestion question;

    TransactionPooling(LoopServices loop, SessionLogin login, SessionState state, SessionNodes nodes) {
        this.state = state;
        this.nodes = nodes;
        this.mode = loop.settings().poolModes().of(login);
        this.borrower = login.borrower(mode.isTransaction());
        this.question = new HeldQuestion(state);
    }

    boolean isOn() {
        return mode.isTransaction();
    }

    PoolModes.Choice mode() {
        return mode;
    }

    /**
     * The plan of a text that is too long to be looked into. Where backends are shared, what does not begin as a query or a
     * change of data ties the session to its backend, as it may have set anything; what does is taken for one statement, and
     * the backend is reset after it.
     *
     * @param available so much of the text has come
     */
    Plan uninspected(ByteBuf in, int from, int available) {
        return !isOn() || beginsWithData(in, from, available) ? Plan.UNINSPECTED : Plan.UNINSPECTED_PINS;
    }

    private static boolean beginsWithData(ByteBuf in, int from, int available) {
        int at = from;
        int end = from + available;
        while (at < end && (in.getByte(at) <= ' ' || in.getByte(at) == '(')) {
            at++;
        }
        int word = at;
        while (at < end && Character.isLetter(in.getByte(at))) {
            at++;
        }
        return DATA.contains(
                in.toString(word, at - word, StandardCharsets.US_ASCII).toUpperCase(Locale.ROOT));
    }

    /** As whom the session asks for backends. */
    Borrower borrower() {
        return borrower;
    }

    /** What the session still has on its backends. */
    HeldQuestion question() {
        return question;
    }

    /** What keeps a backend with the session, in a few words; empty if nothing does, or it keeps all of them anyway. */
    String heldBy() {
        String held = state.heldText();
        if (!held.isEmpty() || !mode.isTransaction()) {
            return held;
        }
        if (state.transaction.isOpen() || nodes.backends().status() != TransactionStatus.IDLE) {
            return "an open transaction";
        }
        AttachedBackend active = nodes.backends().active();
        return active != null && active.statements.hasUnkept()
                ? "an unnamed statement that is too long to be kept"
                : "";
    }

    /** Replies or requests have been read, and no request waits for a backend that it has: gives back what is not needed. */
    void giveBack() {
        if (!mode.isTransaction()
                || state.transaction.isOpen()
                || !nodes.backends().isIdle()) {
            return;
        }
        for (AttachedBackend backend : nodes.backends().all()) {
            if (backend == null) {
                continue;
            }
            if (isDispensable(backend)) {
                nodes.loans().share(backend);
            } else if (state.isHeldOn(backend.node()) && backend.isDrained()) {
                question.ask(backend);
            }
        }
    }

    /** Whether the next session may have it as it is. */
    boolean isDispensable(AttachedBackend backend) {
        return mode.isTransaction()
                && backend.connection.isClean()
                && !backend.batchOpen
                && backend.transaction == 0
                && backend.status() == TransactionStatus.IDLE
                && !backend.isUnusable()
                && !backend.statements.hasUnkept()
                && !state.settings.hasPending()
                && !state.isHeldOn(backend.node());
    }
}
