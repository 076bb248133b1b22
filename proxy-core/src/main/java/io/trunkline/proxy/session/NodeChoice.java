package io.trunkline.proxy.session;

import io.trunkline.failover.ClusterView;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.ReadNode;
import io.trunkline.proxy.route.ReadNodeChooser;
import io.trunkline.proxy.route.Rule;
import org.jspecify.annotations.Nullable;

/**
 * Decides which node the next request of a session goes to. In this order:
 *
 * <ol>
 *   <li>a client whose proof was relayed has one backend only;
 *   <li>a transaction, a COPY and a failed batch stay where they are, and what follows on a busy primary stays there;
 *   <li>a session that is tied to a node goes there;
 *   <li>what certainly reads goes to the session's read node, what is harmless to a node that the session has already;
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
    private final ReadNodeChooser chooser;
    private ReadNode readNode = ReadNode.NOWHERE;

    NodeChoice(LoopServices loop, SessionLogin login, SessionState state, SessionNodes nodes) {
        this.loop = loop;
        this.login = login;
        this.state = state;
        this.nodes = nodes;
        this.chooser = loop.readNodeChooser(login.reader());
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
        if (current != null) {
            if (isHeldBy(current)) {
                return current.node();
            }
            boolean busy = current.batchOpen || !current.isDrained();
            if (busy && current.node() == primary) {
                return primary;
            }
        }
        if (state.pinnedTo() != SessionState.NOWHERE) {
            return state.pinnedTo();
        }
        if (plan.destination() == Destination.READ && loop.isBalancing()) {
            int node = nodeForRead(plan, cluster);
            return mustNotWaitFor(node, primary) ? primary : node;
        }
        if (plan.destination() == Destination.ANY && loop.isBalancing()) {
            if (primary >= 0 && nodes.attachedTo(primary) != null) {
                return primary;
            }
            return current != null ? current.node() : readNode(cluster).id();
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

    /** The session's read node, unless a hint asks for another one or it is too far behind. */
    private int nodeForRead(Plan plan, ClusterView cluster) {
        ReadNode node = chooser.forRead(loop.routing(), cluster, plan.hint(), readNode(cluster));
        if (node.rule() == Rule.LEAST_DELAYED) {
            // for good: the session does not move between standbys at each check
            readNode = node;
        }
        return node.id();
    }

    private ReadNode readNode(ClusterView cluster) {
        if (!readNode.exists() || !cluster.node(readNode.id()).status().isInService()) {
            readNode = chooser.choose(loop.routing(), cluster, ReadNode.NONE);
        }
        return readNode;
    }

    /** The node chosen for this session's reads; -1 while not chosen. */
    int readNode() {
        return readNode.id();
    }

    /** The next read chooses anew. */
    void forgetReadNode() {
        readNode = ReadNode.NOWHERE;
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
