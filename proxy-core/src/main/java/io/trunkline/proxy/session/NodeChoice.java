package io.trunkline.proxy.session;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeView;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.ReadNode;
import io.trunkline.proxy.route.ReadNodeChooser;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.Rule;
import io.trunkline.sql.StatementDetail;
import org.jspecify.annotations.Nullable;

/**
 * Decides which node the next request of a session goes to. In this order:
 *
 * <ol>
 *   <li>a client whose proof was relayed has one backend only;
 *   <li>what a standby has failed is tried again elsewhere ({@link SecondTry});
 *   <li>a failed transaction, a COPY and a failed batch stay where they are, and what follows on a busy primary stays
 *       there;
 *   <li>a session that is tied to a node goes there;
 *   <li>what cancels or terminates a backend goes to the node that has it;
 *   <li>a transaction that stays on one node goes there, and its end to where it has written;
 *   <li>what certainly reads, by its text, by what the session has done and by the catalog, goes to the read node; what
 *       is harmless to a node that the session has already;
 *   <li>everything else goes to the primary.
 * </ol>
 *
 * <p>Event loop only.
 */
final class NodeChoice {
    private final LoopServices loop;
    private final SessionLogin login;
    private final SessionState state;
    private final SessionNodes nodes;
    private final ReadPermission permission;
    private final ReadNodeChooser chooser;
    private ReadNode readNode = ReadNode.NOWHERE;

    /** Whether the next read is a new statement, and not one that has waited or another message about the same. */
    private boolean choosesAnew = true;

    private Rule rule = Rule.READ_ONLY;

    NodeChoice(LoopServices loop, SessionLogin login, SessionState state, SessionNodes nodes) {
        this.loop = loop;
        this.login = login;
        this.state = state;
        this.nodes = nodes;
        this.permission = new ReadPermission(loop, login, state, loop.catalogReader(login, () -> readNode.id()));
        this.chooser = loop.readNodeChooser(login.reader());
        if (loop.isBalancing() && loop.routing().statementLevel()) {
            // for what is no statement of its own; each of those chooses anew
            this.readNode = chooser.choose(loop.routing(), loop.cluster(), ReadNode.NONE);
        }
    }

    /** A request has got its backend. @param inBatch whether what follows may be about the same statement */
    void settled(boolean inBatch) {
        choosesAnew = !inBatch;
    }

    ReadPermission permission() {
        return permission;
    }

    /** Why the last node was chosen. */
    Rule rule() {
        return rule;
    }

    /**
     * The node for a request.
     *
     * @param current the backend that got the last request
     * @param seenInBatch whether it makes a setting that others of its batch may see
     * @return -1 if there is none: no primary is known, or no node is in service
     */
    int nodeFor(Plan plan, @Nullable AttachedBackend current, boolean seenInBatch) {
        rule = plan.rule();
        if (login.ownBackend() != null) {
            return because(Rule.RELAYED_LOGIN, login.ownBackend().node());
        }
        int primary = primary();
        int again = nodes.secondTry().target();
        if (again >= 0) {
            return because(nodes.secondTry().rule(), mustNotWaitFor(again, primary) ? primary : again);
        }
        if (current != null && isHeldBy(current)) {
            return current.node();
        }
        if (ends(plan) && state.transaction.writer() != SessionState.NOWHERE) {
            // nothing that was written may be rolled back because something else ties the session elsewhere
            return because(Rule.TRANSACTION, state.transaction.writer());
        }
        int signalled = mayLeave() ? loop.nodeSignalled(plan) : SessionState.NOWHERE;
        if (signalled >= 0) {
            return because(Rule.SIGNAL, signalled);
        }
        if (primary >= 0 && isBusy(nodes.backends().on(primary), current)) {
            return primary;
        }
        if (state.pinnedTo() != SessionState.NOWHERE) {
            return because(Rule.PINNED, state.pinnedTo());
        }
        if (!loop.isBalancing()) {
            return primary;
        }
        if (state.transaction.isOpen()) {
            return inTransaction(plan, current, primary);
        }
        return seenInBatch && primary >= 0 ? primary : outside(plan, current, primary);
    }

    /**
     * Whether what follows in its batch, which may write, has to see it: other nodes are told of settings when they are
     * committed, which is with the Sync.
     */
    static boolean changesSettings(Plan plan) {
        return switch (plan.effect()) {
            case SETTING, RESET_ALL, DISCARD_ALL -> true;
            default -> false;
        };
    }

    /** The primary; inside of a transaction that writes, the node on which it does. */
    private int primary() {
        int writer = state.transaction.writer();
        return writer != SessionState.NOWHERE ? writer : loop.cluster().primary();
    }

    private static boolean ends(Plan plan) {
        return switch (plan.effect()) {
            case COMMIT, ROLLBACK, PREPARE_TRANSACTION -> true;
            default -> false;
        };
    }

    /** Whether nothing ties the session to one node. */
    private boolean mayLeave() {
        return state.pinnedTo() == SessionState.NOWHERE
                && !(state.transaction.isOpen() && state.transaction.staysOnOneNode());
    }

    private int outside(Plan plan, @Nullable AttachedBackend current, int primary) {
        if (plan.effect() == Plan.Effect.TRANSACTION_SETTING) {
            // holds for what follows in its batch, which may write
            return primary;
        }
        return switch (plan.destination()) {
            case READ -> read(plan, primary);
            case ANY -> any(current, primary);
            case PRIMARY -> primary;
        };
    }

    private int inTransaction(Plan plan, @Nullable AttachedBackend current, int primary) {
        SessionTransaction transaction = state.transaction;
        if (transaction.home() != SessionState.NOWHERE) {
            return because(Rule.ONE_NODE_TRANSACTION, transaction.home());
        }
        switch (plan.effect()) {
            case COMMIT, ROLLBACK -> {
                return anyOf(transaction, current, primary);
            }
            case SNAPSHOT -> {
                // exported there, as pg_export_snapshot() is no read
                return because(Rule.ONE_NODE_TRANSACTION, primary);
            }
            case BEGIN, TRANSACTION_SETTING -> {
                // BEGIN is a warning, and sets its modes
                if (asksForThePrimary(plan)) {
                    return because(Rule.ONE_NODE_TRANSACTION, primary);
                }
                if (!transaction.wantsPrimary()) {
                    return anyOf(transaction, current, primary);
                }
            }
            default -> {}
        }
        if (transaction.wantsPrimary()) {
            return because(Rule.ONE_NODE_TRANSACTION, primary);
        }
        return switch (plan.destination()) {
            case READ -> read(plan, primary);
            case ANY -> anyOf(transaction, current, primary);
            case PRIMARY -> primary;
        };
    }

    /** Whether standbys refuse its modes; that it is too late for READ WRITE is to be said where it has read. */
    private boolean asksForThePrimary(Plan plan) {
        if (!(plan.detail() instanceof StatementDetail.Transaction options)) {
            return false;
        }
        boolean writes = options.readOnly().filter(only -> !only).isPresent();
        return options.isolation()
                        .filter(StatementDetail.IsolationLevel.SERIALIZABLE::equals)
                        .isPresent()
                || writes && !(state.transaction.isReadOnly() && state.transaction.hasRun());
    }

    /**
     * Whether a request for that node has to wait, as it is the primary and takes no new transactions: what is open there
     * may go on.
     */
    boolean isHeldBack(int node) {
        ClusterView cluster = loop.cluster();
        if (cluster.writes() == ClusterView.Writes.SERVED || node < 0 || node != cluster.primary()) {
            return false;
        }
        AttachedBackend there = nodes.backends().on(node);
        return there == null || !there.replies().isCopyIn() && !state.transaction.isOpenOn(there);
    }

    private int read(Plan plan, int primary) {
        Rule against = permission.refusal(plan);
        // without a primary, what just is not known yet is tried where it can be
        if (against != null && (primary >= 0 || against != Rule.NOT_LOOKED_UP)) {
            return because(against, primary);
        }
        ClusterView cluster = loop.cluster();
        ReadNode node = readNode(plan, cluster);
        if (isHeldBack(node.id())) {
            int other = readNodeOtherThan(node.id());
            return other >= 0 ? other : node.id();
        }
        if (node.rule() != Rule.WEIGHT) {
            rule = node.rule();
        }
        return mustNotWaitFor(node.id(), primary) ? primary : node.id();
    }

    /** A node for what concerns the transaction itself: one that takes part in it already, if any. */
    private int anyOf(SessionTransaction transaction, @Nullable AttachedBackend current, int primary) {
        return current != null && transaction.isJoinedBy(current) ? current.node() : any(current, primary);
    }

    private int any(@Nullable AttachedBackend current, int primary) {
        if (primary >= 0 && nodes.backends().on(primary) != null) {
            return primary;
        }
        return current != null ? current.node() : ownReadNode(loop.cluster()).id();
    }

    private int because(Rule why, int node) {
        rule = why;
        return node;
    }

    private boolean isHeldBy(AttachedBackend current) {
        return isHeldByStatus(current)
                || current.batchOpen && state.settings.hasPending() && !state.transaction.isOpen()
                || current.replies().skipsToSync()
                || current.replies().isCopyIn();
    }

    private boolean isHeldByStatus(AttachedBackend current) {
        byte status = current.status();
        boolean inOurTransaction = status == TransactionStatus.IN_TRANSACTION && state.transaction.isJoinedBy(current);
        return status != TransactionStatus.IDLE && !inOurTransaction;
    }

    /**
     * Whether the node for a request can only be said when {@code current} has answered, as it may be in another
     * transaction then, or in none. What is under way on the primary is not waited for: all that follows stays there.
     */
    boolean dependsOnAnswersOf(AttachedBackend current) {
        return !current.isDrained()
                && (current.isStatusUnderWay()
                        || current.status() == TransactionStatus.IN_TRANSACTION && isHeldByStatus(current))
                && current.node() != primary()
                && !current.replies().isCopyIn()
                && loop.isBalancing()
                && login.ownBackend() == null
                && state.pinnedTo() == SessionState.NOWHERE;
    }

    /** Whether it has got a part of the client's open batch, or owes the client answers. */
    private static boolean isBusy(@Nullable AttachedBackend backend, @Nullable AttachedBackend current) {
        return backend != null && (backend.batchOpen || backend == current && !backend.isDrained());
    }

    /** Whether the read node has no backend to spare, while the session keeps one of the primary. */
    private boolean mustNotWaitFor(int node, int primary) {
        return primary >= 0
                && nodes.waits().isQueuedFor(node)
                && nodes.backends().on(primary) != null;
    }

    /** Whether a request that waits for the node now had better be asked about again. */
    boolean isBetterOffElsewhereThan(int node, Plan plan) {
        int primary = primary();
        return plan.destination() == Destination.READ && node != primary && mustNotWaitFor(node, primary);
    }

    /** The node for one read: the session's read node unless a hint asks for another or it is too far behind. */
    private ReadNode readNode(Plan plan, ClusterView cluster) {
        RoutingRules rules = loop.routing();
        if (rules.statementLevel() && choosesAnew) {
            choosesAnew = false;
            readNode = chooser.choose(rules, cluster, ReadNode.NONE);
        }
        ReadNode node = chooser.forRead(rules, cluster, plan.hint(), ownReadNode(cluster));
        if (node.rule() == Rule.LEAST_DELAYED) {
            // for good: the session does not move between standbys at each check
            readNode = node;
        }
        return node;
    }

    private ReadNode ownReadNode(ClusterView cluster) {
        if (!readNode.exists() || !mayRead(cluster.node(readNode.id()))) {
            readNode = chooser.choose(loop.routing(), cluster, ReadNode.NONE);
        }
        return readNode;
    }

    private static boolean mayRead(NodeView node) {
        return node.status().isInService() && node.readable();
    }

    /** The node chosen for this session's reads; -1 while not chosen. */
    int readNode() {
        return readNode.id();
    }

    /** The same, chosen now if it was not: where reads would go next. -1 if there is no such node. */
    int chosenReadNode() {
        if (login.ownBackend() != null) {
            return login.ownBackend().node();
        }
        return loop.isBalancing()
                ? ownReadNode(loop.cluster()).id()
                : loop.cluster().primary();
    }

    /** The next read chooses anew. */
    void forgetReadNode() {
        readNode = ReadNode.NOWHERE;
    }

    /** A node for this session's reads, with one left out; -1 if there is none. */
    int readNodeOtherThan(int node) {
        return chooser.choose(loop.routing(), loop.cluster(), node).id();
    }

    /** The read node has failed. @return whether there is another for this session's reads */
    boolean readElsewhereThan(int failed) {
        if (failed != readNode.id()) {
            return false;
        }
        ReadNode other = chooser.choose(loop.routing(), loop.cluster(), failed);
        if (!other.exists()) {
            return false;
        }
        readNode = other;
        return true;
    }
}
