package io.trunkline.proxy.catalog;

import io.netty.channel.EventLoop;
import io.trunkline.config.RoutingParameters.RelationCacheTarget;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeEvents;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.Borrower;
import io.trunkline.pool.IdleHolder;
import io.trunkline.pool.LendRequest;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.PoolShard;
import io.trunkline.pool.QueryConnection;
import io.trunkline.pool.StartupKey;
import io.trunkline.proxy.metrics.LoopMetrics;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link CatalogReader}s of one event loop's sessions. A question borrows a backend of the pool, as the session
 * itself would, and gives it back; sessions that wait for one are never kept waiting by a question for long. Event loop
 * only.
 */
public final class CatalogReaders {
    /** How long a question waits for a backend of one node, in the queue and for the connection. */
    private static final int LEND_MILLIS = 3_000;

    private static final int QUERY_MILLIS = 5_000;

    private final EventLoop loop;
    private final PoolShard shard;
    private final Supplier<ClusterView> cluster;
    private final NodeEvents nodeEvents;
    private final LoopMetrics metrics;

    public CatalogReaders(
            EventLoop loop,
            PoolShard shard,
            Supplier<ClusterView> cluster,
            NodeEvents nodeEvents,
            LoopMetrics metrics) {
        this.loop = loop;
        this.shard = shard;
        this.cluster = cluster;
        this.nodeEvents = nodeEvents;
        this.metrics = metrics;
    }

    /**
     * The reader of a session. It may be used as long as the proxy runs, also when the session is over.
     *
     * @param logins makes the login for one more backend
     * @param admission not {@link Admission#RELAYED}: who is only known to the server cannot be two at a time
     * @param readNode id of the node that the session reads from; -1 while not chosen
     */
    public CatalogReader reader(
            StartupKey key,
            String applicationName,
            Supplier<BackendLogin> logins,
            Admission admission,
            IntSupplier readNode) {
        if (admission == Admission.RELAYED) {
            throw new IllegalArgumentException("a session whose login is relayed has one backend only");
        }
        return new SessionReader(key, applicationName, logins, admission, readNode);
    }

    private final class SessionReader implements CatalogReader {
        private final StartupKey key;
        private final String applicationName;
        private final Supplier<BackendLogin> logins;
        private final Admission admission;
        private final IntSupplier readNode;

        SessionReader(
                StartupKey key,
                String applicationName,
                Supplier<BackendLogin> logins,
                Admission admission,
                IntSupplier readNode) {
            this.key = key;
            this.applicationName = applicationName;
            this.logins = logins;
            this.admission = admission;
            this.readNode = readNode;
        }

        @Override
        public StartupKey key() {
            return key;
        }

        @Override
        public void ask(String sql, RelationCacheTarget first, Answer answer) {
            new Question(this, sql, nodes(first), answer).tryNext("no node is in service");
        }

        /** The nodes that may answer, in the order in which they are tried. */
        private Queue<NodeView> nodes(RelationCacheTarget first) {
            ClusterView view = cluster.get();
            int own = readNode.getAsInt();
            boolean primaryFirst = first == RelationCacheTarget.PRIMARY;
            Queue<NodeView> order = new ArrayDeque<>();
            add(order, view, primaryFirst ? view.primary() : own);
            add(order, view, primaryFirst ? own : view.primary());
            for (NodeView node : view.nodes()) {
                add(order, view, node.id());
            }
            return order;
        }

        private static void add(Queue<NodeView> order, ClusterView view, int id) {
            if (id < 0 || id >= view.nodes().size()) {
                return;
            }
            NodeView node = view.node(id);
            if (node.status().isInService() && node.reachable() && !order.contains(node)) {
                order.add(node);
            }
        }
    }

    /** One question on its way from node to node. */
    private final class Question implements LendRequest.Outcome {
        private final SessionReader reader;
        private final String sql;
        private final Queue<NodeView> nodes;
        private final CatalogReader.Answer answer;
        private @Nullable ScheduledFuture<?> deadline;
        private int node = -1;
        private boolean waiting;

        Question(SessionReader reader, String sql, Queue<NodeView> nodes, CatalogReader.Answer answer) {
            this.reader = reader;
            this.sql = sql;
            this.nodes = nodes;
            this.answer = answer;
        }

        /** @param why what the node before said */
        void tryNext(String why) {
            NodeView next = nodes.poll();
            if (next == null) {
                answer.failed(why);
                return;
            }
            node = next.id();
            waiting = true;
            LendRequest request = shard.lend(
                    next.address(),
                    new Borrower(reader.key, reader.applicationName, reader.logins, reader.admission, false),
                    new IdleHolder(),
                    this);
            if (waiting && node == next.id()) {
                deadline = loop.schedule(() -> giveUp(request), LEND_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        private void giveUp(LendRequest request) {
            request.withdraw();
            waiting = false;
            tryNext("no connection to node " + node + " was to be had within " + LEND_MILLIS + " ms");
        }

        private void lendingEnded() {
            waiting = false;
            if (deadline != null) {
                deadline.cancel(false);
                deadline = null;
            }
        }

        @Override
        public void refused(OpenFailure why) {
            lendingEnded();
            if (!why.answered()) {
                nodeEvents.unreachable(node, why.message().message());
            }
            tryNext(why.message().toString());
        }

        @Override
        public void lent(BackendConnection backend) {
            lendingEnded();
            nodeEvents.connected(backend);
            metrics.count(LoopMetrics.Counter.CATALOG_QUERIES);
            QueryConnection connection = new QueryConnection(loop);
            connection.use(backend);
            connection.query(sql, QUERY_MILLIS, new QueryConnection.Answer() {
                @Override
                public void rows(List<List<@Nullable String>> rows) {
                    shard.giveBack(backend);
                    answer.rows(rows);
                }

                @Override
                public void failed(String why, boolean answered) {
                    if (answered) {
                        shard.giveBack(backend);
                    } else {
                        shard.lost(backend);
                        nodeEvents.unreachable(backend.node(), why);
                    }
                    tryNext(backend.address() + ": " + why);
                }
            });
        }
    }
}
