package io.trunkline.proxy.session;

import io.trunkline.failover.ClusterView;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.LendRequest;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.OpenFailure;
import io.trunkline.proxy.route.Plan;
import org.jspecify.annotations.Nullable;

/**
 * The one backend that a session waits for at a time. When it comes, or turns out not to be had, the request that waits
 * is offered again. Event loop only.
 */
final class BackendWish {
    private static final int NO_NODE = -1;

    private final ClientSession session;
    private final LoopServices loop;
    private final ReplyRelay holder;
    private final SessionNodes nodes;
    private final TransactionPooling pooling;

    private @Nullable LendRequest wanted;
    private int node = NO_NODE;

    /** When the session began to wait until others give one back, by nanoTime; only while {@link #waits}. */
    private long sinceNanos;

    private boolean waits;

    /** Whether it was the primary when the wish was made. */
    private boolean ofPrimary;

    BackendWish(
            ClientSession session,
            LoopServices loop,
            ReplyRelay holder,
            SessionNodes nodes,
            TransactionPooling pooling) {
        this.session = session;
        this.loop = loop;
        this.holder = holder;
        this.nodes = nodes;
        this.pooling = pooling;
    }

    /**
     * Asks for a backend of a node, in place of any other; it may come before this returns.
     *
     * @param plan of the request that is to run there
     * @return whether the session has begun to wait until others give one back
     */
    boolean make(NodeAddress address, Plan plan) {
        if (wanted != null && node == address.node()) {
            return false;
        }
        withdraw();
        if (pooling.isOn()) {
            BackendConnection idle = loop.shard().lendIdle(address.node(), pooling.borrower(), holder);
            if (idle != null) {
                nodes.loans().lentAgain(idle);
                return false;
            }
        }
        node = address.node();
        ofPrimary = node == loop.cluster().primary();
        Fulfilment outcome = new Fulfilment(address.node(), plan);
        LendRequest request = loop.shard().lend(address, pooling.borrower(), holder, outcome);
        outcome.inCall = false;
        if (outcome.isOver) {
            return false;
        }
        wanted = request;
        waits = request.isQueued();
        if (waits) {
            sinceNanos = System.nanoTime();
        }
        return waits;
    }

    /** The node of which one is wanted; -1 if none is. */
    int wantedNode() {
        return wanted == null ? NO_NODE : node;
    }

    /** Gives it up. @return whether there was any */
    boolean withdraw() {
        if (wanted == null) {
            return false;
        }
        wanted.withdraw();
        over();
        return true;
    }

    /** Whether the session waits until others give back a backend of the node. */
    boolean isQueuedFor(int asked) {
        return wanted != null && node == asked && wanted.isQueued();
    }

    /** Whether the node is out of service, or was the primary and is it no more. */
    boolean isOutdated() {
        if (wanted == null) {
            return false;
        }
        ClusterView cluster = loop.cluster();
        return !cluster.node(node).status().isInService()
                || ofPrimary && cluster.hasPrimary() && cluster.primary() != node;
    }

    private void over() {
        if (waits) {
            waits = false;
            loop.metrics().waited(System.nanoTime() - sinceNanos);
        }
        wanted = null;
        node = NO_NODE;
    }

    private final class Fulfilment implements LendRequest.Outcome {
        private final int asked;
        private final Plan plan;
        private boolean inCall = true;
        private boolean isOver;

        Fulfilment(int asked, Plan plan) {
            this.asked = asked;
            this.plan = plan;
        }

        @Override
        public void lent(BackendConnection backend) {
            isOver = true;
            over();
            if (nodes.isReleased()) {
                loop.shard().giveBack(backend);
                return;
            }
            nodes.loans().lent(backend);
            if (!inCall) {
                session.proceed();
                pooling.giveBack();
            }
        }

        @Override
        public void waitsLong() {
            nodes.loans().waitsLong(asked);
        }

        @Override
        public void refused(OpenFailure why) {
            isOver = true;
            over();
            nodes.failedToOpen(asked, plan, why);
            if (inCall) {
                // the caller is about to give the request up for now: it is offered again behind that
                loop.eventLoop().execute(session::proceed);
            } else if (!nodes.isReleased()) {
                session.proceed();
            }
        }
    }
}
