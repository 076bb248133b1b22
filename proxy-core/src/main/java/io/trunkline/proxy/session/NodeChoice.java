package io.trunkline.proxy.session;

import io.trunkline.failover.ClusterView;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Plan;
import org.jspecify.annotations.Nullable;

/**
 * Decides which node the next request of a session goes to. In this order:
 *
 * <ol>
 *   <li>a client whose proof was relayed has one backend only;
 *   <li>what a standby has failed is tried again elsewhere ({@link SecondTry});
 *   <li>a transaction, a COPY and a failed batch stay where they are, and what follows on a busy primary stays there;
 *   <li>a session that is tied to a node goes there;
 *   <li>what cancels or terminates a backend goes to the node that has it;
 *   <li>what certainly reads goes to the session's read node, what is harmless to a node that the session has already;
 *   <li>everything else goes to the primary.
 * </ol>
 *
 * <p>Event loop only.
 */
final class NodeChoice {
    private static final int NOT_CHOSEN = -1;

    private final LoopServices loop;
    private final SessionLogin login;
    private final SessionState state;
    private final SessionNodes nodes;
    private int readNode = NOT_CHOSEN;

    NodeChoice(LoopServices loop, SessionLogin login, SessionState state, SessionNodes nodes) {
        this.loop = loop;
        this.login = login;
        this.state = state;
        this.nodes = nodes;
    }

    /**
     * The node for a request.
     *
     * @param current the backend that got the last request
     * @return -1 if there is none: no primary is known, or no node is in service
     */
    int nodeFor(Plan plan, @Nullable AttachedBackend current) {
        ClusterView cluster = loop.cluster();
        int primary = cluster.primary();
        if (login.ownBackend() != null) {
            return login.ownBackend().node();
        }
        int again = nodes.secondTry().target();
        if (again >= 0) {
            return mustNotWaitFor(again, primary) ? primary : again;
        }
        if (current != null && isHeldBy(current)) {
            return current.node();
        }
        int signalled = state.pinnedTo() == SessionState.NOWHERE ? loop.nodeSignalled(plan) : NOT_CHOSEN;
        if (signalled >= 0) {
            return signalled;
        }
        if (current != null && current.node() == primary && (current.batchOpen || !current.isDrained())) {
            return primary;
        }
        if (state.pinnedTo() != SessionState.NOWHERE) {
            return state.pinnedTo();
        }
        if (plan.destination() == Destination.READ && loop.isBalancing()) {
            int node = readNode(cluster);
            return mustNotWaitFor(node, primary) ? primary : node;
        }
        if (plan.destination() == Destination.ANY && loop.isBalancing()) {
            if (primary >= 0 && nodes.attachedTo(primary) != null) {
                return primary;
            }
            return current != null ? current.node() : readNode(cluster);
        }
        return primary;
    }

    private static boolean isHeldBy(AttachedBackend current) {
        return current.connection.status() != TransactionStatus.IDLE
                || current.replies().skipsToSync()
                || current.replies().isCopyIn();
    }

    /** Whether the read node has no backend to spare, while the session keeps one of the primary. */
    private boolean mustNotWaitFor(int node, int primary) {
        return primary >= 0 && nodes.isQueuedFor(node) && nodes.attachedTo(primary) != null;
    }

    /** Whether a request that waits for the node now had better be asked about again. */
    boolean isBetterOffElsewhereThan(int node, Plan plan) {
        int primary = loop.cluster().primary();
        return plan.destination() == Destination.READ && node != primary && mustNotWaitFor(node, primary);
    }

    private int readNode(ClusterView cluster) {
        if (readNode < 0 || !cluster.node(readNode).status().isInService()) {
            readNode = loop.chooseReadNode(cluster);
        }
        return readNode;
    }

    /** The node chosen for this session's reads; -1 while not chosen. */
    int readNode() {
        return readNode;
    }

    void forgetReadNode() {
        readNode = NOT_CHOSEN;
    }

    /** The read node has failed. @return whether there is another for this session's reads */
    boolean readElsewhereThan(int failed) {
        if (failed != readNode) {
            return false;
        }
        int other = loop.chooseReadNodeWithout(failed);
        if (other < 0 || other == failed) {
            return false;
        }
        readNode = other;
        return true;
    }
}
