package io.trunkline.proxy;

import io.trunkline.failover.ClusterView;
import io.trunkline.proxy.cluster.SessionsOnNodes;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** The sessions of this process, and of one before it that has not ended yet. Any thread. */
public final class SharedSessions implements SessionsOnNodes {
    private final SessionsOnNodes here;
    private volatile @Nullable SessionsOnNodes before;

    SharedSessions(SessionsOnNodes here) {
        this.here = here;
    }

    /** There are others; null when there are none any more. */
    public void before(@Nullable SessionsOnNodes others) {
        before = others;
    }

    @Override
    public void clusterChanged(ClusterView view) {
        here.clusterChanged(view);
        SessionsOnNodes others = before;
        if (others != null) {
            others.clusterChanged(view);
        }
    }

    @Override
    public void countBusy(int node, IntConsumer answer) {
        SessionsOnNodes others = before;
        if (others == null) {
            here.countBusy(node, answer);
        } else {
            here.countBusy(node, own -> others.countBusy(node, theirs -> answer.accept(own + theirs)));
        }
    }

    @Override
    public void endTransactions(int node) {
        here.endTransactions(node);
        SessionsOnNodes others = before;
        if (others != null) {
            others.endTransactions(node);
        }
    }

    @Override
    public void closeIdle(int node) {
        here.closeIdle(node);
        SessionsOnNodes others = before;
        if (others != null) {
            others.closeIdle(node);
        }
    }
}
