package io.trunkline.proxy.auth;

import io.netty.channel.EventLoop;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeEvents;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.QueryConnection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The few server connections over which {@link AuthQuery} asks: opened when there is work, kept while there is some now
 * and then, on the primary while there is one and else on any node that is up. They are apart from the pool, so that
 * nobody's login has to wait for the sessions of others. Event loop only.
 */
final class AuthQueryConnections {
    /** Connections at a time. */
    static final int LIMIT = 3;

    /** After so long without work a connection is closed. */
    static final long IDLE_MILLIS = 60_000;

    private static final String APPLICATION_NAME = "trunkline auth_query";
    private static final long OPEN_MILLIS = 2_000;
    private static final long QUERY_MILLIS = 3_000;

    /** A user to ask for. */
    interface Job {
        AuthQuerySettings settings();

        /** With the name of the user as its parameter. */
        String query();

        String user();

        void rows(List<List<@Nullable String>> rows);

        void failed(String why);
    }

    private final EventLoop loop;
    private final BackendOpener opener;
    private final Supplier<ClusterView> cluster;
    private final Supplier<NodeEvents> nodeEvents;
    private final Function<AuthQuerySettings, BackendLogin> login;
    private final Supplier<@Nullable Job> jobs;
    private final List<Asker> askers = new ArrayList<>();

    /** @param jobs the next one, null if there is none */
    AuthQueryConnections(
            EventLoop loop,
            BackendOpener opener,
            Supplier<ClusterView> cluster,
            Supplier<NodeEvents> nodeEvents,
            Function<AuthQuerySettings, BackendLogin> login,
            Supplier<@Nullable Job> jobs) {
        this.loop = loop;
        this.opener = opener;
        this.cluster = cluster;
        this.nodeEvents = nodeEvents;
        this.login = login;
        this.jobs = jobs;
    }

    /** There may be work for one more connection. */
    void work() {
        for (Asker asker : askers) {
            if (!asker.busy) {
                asker.next();
                return;
            }
        }
        if (askers.size() < LIMIT) {
            Asker fresh = new Asker();
            askers.add(fresh);
            fresh.next();
        }
    }

    /** Ends the connections; those at work, when they are done. */
    void closeAll() {
        for (Asker asker : List.copyOf(askers)) {
            asker.retire();
        }
    }

    /** The nodes that may be asked, the best first. */
    private Queue<NodeView> nodes() {
        ClusterView view = cluster.get();
        Queue<NodeView> order = new ArrayDeque<>();
        if (view.hasPrimary()) {
            order.add(view.node(view.primary()));
        }
        for (NodeView node : view.nodes()) {
            if (node.status().isInService() && node.reachable() && !order.contains(node)) {
                order.add(node);
            }
        }
        return order;
    }

    /** One connection, and the job that it has. */
    private final class Asker {
        private QueryConnection connection = new QueryConnection(loop);
        private int node = -1;
        private boolean busy;
        private boolean retired;
        private @Nullable ScheduledFuture<?> idle;

        void next() {
            Job job = retired ? null : jobs.get();
            if (job == null) {
                rest();
                return;
            }
            busy = true;
            if (idle != null) {
                idle.cancel(false);
                idle = null;
            }
            Queue<NodeView> nodes = nodes();
            NodeView best = nodes.peek();
            if (connection.isOpen() && best != null && best.id() == node) {
                nodes.remove();
                query(job, nodes);
            } else {
                connection.close();
                open(job, nodes, "no node is in service");
            }
        }

        private void rest() {
            busy = false;
            if (retired || !connection.isOpen()) {
                remove();
            } else if (idle == null) {
                idle = loop.schedule(this::remove, IDLE_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        private void remove() {
            askers.remove(this);
            if (idle != null) {
                idle.cancel(false);
            }
            connection.close();
        }

        void retire() {
            retired = true;
            askers.remove(this);
            if (!busy) {
                remove();
            }
        }

        /** @param why what the node before said */
        private void open(Job job, Queue<NodeView> nodes, String why) {
            NodeView next = nodes.poll();
            if (next == null) {
                connection = new QueryConnection(loop);
                job.failed(why);
                next();
                return;
            }
            node = next.id();
            QueryConnection fresh = new QueryConnection(loop);
            connection = fresh;
            ScheduledFuture<?> deadline = loop.schedule(
                    () -> {
                        if (connection == fresh) {
                            open(job, nodes, next.address() + " has not answered within " + OPEN_MILLIS + " ms");
                        }
                    },
                    OPEN_MILLIS,
                    TimeUnit.MILLISECONDS);
            opener.open(
                    loop,
                    next.address(),
                    job.settings().startup(),
                    APPLICATION_NAME,
                    login.apply(job.settings()),
                    Admission.VERIFIED,
                    fresh,
                    opened -> {
                        deadline.cancel(false);
                        nodeEvents.get().connected(opened);
                        if (connection == fresh) {
                            fresh.use(opened);
                            query(job, nodes);
                        } else {
                            opened.close();
                        }
                    },
                    failure -> {
                        deadline.cancel(false);
                        if (!failure.answered()) {
                            nodeEvents
                                    .get()
                                    .unreachable(next.id(), failure.message().message());
                        }
                        if (connection == fresh) {
                            open(job, nodes, failure.message().toString());
                        }
                    });
        }

        private void query(Job job, Queue<NodeView> nodes) {
            connection.query(job.query(), List.of(job.user()), QUERY_MILLIS, new QueryConnection.Answer() {
                @Override
                public void rows(List<List<@Nullable String>> rows) {
                    job.rows(rows);
                    next();
                }

                @Override
                public void failed(String why, boolean answered) {
                    if (answered) {
                        // the other nodes would say the same
                        job.failed(why);
                        next();
                    } else {
                        connection.close();
                        open(job, nodes, why);
                    }
                }
            });
        }
    }
}
