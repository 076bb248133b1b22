package io.trunkline.proxy.session;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeView;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;

/**
 * Takes a session away from nodes that are out of service, and from one that was the primary and is it no more: at once
 * where nothing of it is open there; when that is through, if the node may be finished with in peace; else by cutting the
 * connection off. Event loop only.
 */
final class NodeDeparture {
    private final ClientSession session;
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionNodes nodes;
    private final SessionState state;
    private final LostBackend losses;

    /** Whether a backend is to be left once what is open there is through. */
    private boolean pending;

    NodeDeparture(
            ClientSession session,
            FrontendConnection front,
            LoopServices loop,
            SessionNodes nodes,
            SessionState state,
            LostBackend losses) {
        this.session = session;
        this.front = front;
        this.loop = loop;
        this.nodes = nodes;
        this.state = state;
        this.losses = losses;
    }

    /** Replies have been read: what is to be left may be quiet now. */
    void repliesRead() {
        if (pending) {
            begin();
        }
    }

    /** Whether the session has a transaction open on a node, or something under way there. */
    boolean isBusyOn(int node) {
        AttachedBackend backend = nodes.backends().on(node);
        return backend != null && !isQuiet(backend);
    }

    /** Treats the session's backend on a node as lost. */
    void cutOff(int node) {
        AttachedBackend backend = nodes.backends().on(node);
        if (backend != null) {
            backend.connection.cutOff("the node hands over to another");
        }
    }

    /** Leaves what has to be left now. */
    void begin() {
        ClusterView cluster = loop.cluster();
        pending = false;
        for (int node = 0; node < cluster.nodes().size() && !front.isClosing(); node++) {
            AttachedBackend backend = nodes.backends().on(node);
            if (backend != null) {
                backend.asPrimary |= node == cluster.primary();
                leave(backend, cluster);
            }
        }
    }

    private void leave(AttachedBackend backend, ClusterView cluster) {
        NodeView node = cluster.node(backend.node());
        boolean inService = node.status().isInService();
        boolean demoted = backend.asPrimary && cluster.hasPrimary() && cluster.primary() != node.id();
        if (inService && !demoted) {
            return;
        }
        if (isQuiet(backend)) {
            leaveQuietly(backend);
        } else if (!inService && node.draining()) {
            pending = true;
        } else {
            backend.connection.cutOff(inService ? "it is not the primary node any more" : "it is out of service");
        }
    }

    private boolean isQuiet(AttachedBackend backend) {
        return backend.isDrained() && !state.transaction.isOpenOn(backend);
    }

    private void leaveQuietly(AttachedBackend backend) {
        ServerMessage last = losses.reasonToEnd(backend);
        state.leftBehind(backend.node());
        nodes.loans().abandon(backend);
        loop.metrics().count(last == null ? Counter.SESSIONS_KEPT : Counter.SESSIONS_ENDED_BY_LOSS);
        if (last != null) {
            session.end(last);
        }
    }
}
