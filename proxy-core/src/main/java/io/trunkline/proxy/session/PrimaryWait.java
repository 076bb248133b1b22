package io.trunkline.proxy.session;

import io.netty.util.concurrent.ScheduledFuture;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeView;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The wait of one request for a node that can serve it: for the primary while there is none or it takes no new
 * transactions, or for any node. The request is offered again when the cluster changes, and while a node is tried that
 * just cannot be reached also after pauses; at most for {@code primary_wait_timeout}. Event loop only.
 */
final class PrimaryWait {
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;

    private static final String READS =
            "Statements that only read can run on standbys if they are known to be read-only.";

    private final ClientSession session;
    private final LoopServices loop;

    private boolean waiting;
    private boolean expired;
    private @Nullable ScheduledFuture<?> deadline;

    /** Until when the request is not offered again, unless the cluster changes. */
    private @Nullable ScheduledFuture<?> pause;

    /** Whether a node was tried and could not be reached. */
    private boolean troubled;

    private long pauseMillis = FIRST_PAUSE_MILLIS;

    PrimaryWait(ClientSession session, LoopServices loop) {
        this.session = session;
        this.loop = loop;
    }

    /** Whether a request waits. */
    boolean isWaiting() {
        return waiting;
    }

    /** Whether a node could not be reached a moment ago, and is to be left alone for another. */
    boolean isPausing() {
        return troubled && pause != null;
    }

    /**
     * The request at hand cannot be served now.
     *
     * @param trouble why the node could not be reached that the view of the cluster names; null if it names none, or one
     *     that takes no new transactions
     * @return null if the request waits; else the error that it gets, as it has waited long enough
     */
    @Nullable
    ServerMessage begin(@Nullable ServerMessage trouble) {
        long millis = loop.settings().losses().primaryWaitMillis();
        if (expired || millis <= 0) {
            over();
            loop.metrics().count(Counter.PRIMARY_WAITS_EXPIRED);
            return trouble != null ? trouble : message(loop.cluster(), millis);
        }
        if (!waiting) {
            waiting = true;
            loop.metrics().count(Counter.PRIMARY_WAITS);
            deadline = loop.eventLoop().schedule(this::expire, millis, TimeUnit.MILLISECONDS);
        }
        if (pause == null) {
            troubled = trouble != null;
            long next = troubled ? pauseMillis : LONGEST_PAUSE_MILLIS;
            pause = loop.eventLoop().schedule(this::endPause, next, TimeUnit.MILLISECONDS);
            pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
        }
        return null;
    }

    private static ServerMessage message(ClusterView cluster, long waitedMillis) {
        ClusterView.Writes writes = cluster.writes();
        if (waitedMillis <= 0) {
            String code =
                    writes == ClusterView.Writes.NOT_SERVED ? SqlState.CONNECTION_FAILURE : SqlState.CANNOT_CONNECT_NOW;
            return ServerMessage.error(code, "no primary node is known at the moment")
                    .withHint(READS);
        }
        String within = " within primary_wait_timeout (" + waitedMillis / 1000.0 + " s)";
        int kept = keptPrimary(cluster);
        if (kept >= 0) {
            return ServerMessage.error(
                            SqlState.CONNECTION_FAILURE, "the primary node " + kept + " could not be reached" + within)
                    .withDetail(
                            "not executing failover on backend node " + kept + ", which is not taken out of service")
                    .withHint(READS);
        }
        return switch (writes) {
            case HELD ->
                ServerMessage.error(
                        SqlState.CANNOT_CONNECT_NOW, "a switchover is under way and has not ended" + within);
            case AWAITED ->
                ServerMessage.error(
                        SqlState.CANNOT_CONNECT_NOW,
                        "a failover is under way and there is no new primary node yet" + within);
            case SERVED, NOT_SERVED ->
                ServerMessage.error(SqlState.CONNECTION_FAILURE, "no primary node was found" + within)
                        .withHint(READS);
        };
    }

    /** A primary that does not answer and is in service all the same: DISALLOW_TO_FAILOVER, or it is not checked. */
    private static int keptPrimary(ClusterView cluster) {
        for (NodeView node : cluster.nodes()) {
            if (node.role() == NodeRole.PRIMARY && node.status().isInService() && !node.reachable()) {
                return node.id();
            }
        }
        return ClusterView.NO_PRIMARY;
    }

    private void expire() {
        deadline = null;
        expired = true;
        endPause();
    }

    private void endPause() {
        cancel(pause);
        pause = null;
        session.proceed();
    }

    /** The cluster has changed: the request, if one waits, is offered again. */
    void clusterChanged() {
        if (waiting) {
            pauseMillis = FIRST_PAUSE_MILLIS;
            endPause();
        }
    }

    /** The request is served, or answered otherwise. @return whether one waited */
    boolean over() {
        boolean was = waiting;
        if (was) {
            waiting = false;
            cancel(deadline);
            cancel(pause);
            deadline = null;
            pause = null;
            pauseMillis = FIRST_PAUSE_MILLIS;
        }
        expired = false;
        return was;
    }

    private static void cancel(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }
}
