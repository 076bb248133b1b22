package io.trunkline.proxy.cluster;

import io.trunkline.failover.ClusterView;
import java.util.function.IntConsumer;

/** What the coordinator wants of the sessions. Any thread; nothing blocks. */
public interface SessionsOnNodes {
    /** There is a new view: sessions leave nodes that are out of service, and those that wait may go on. */
    void clusterChanged(ClusterView view);

    /** Counts those that have a transaction open on a node, or a statement under way there. */
    void countBusy(int node, IntConsumer answer);

    /** Ends those transactions. */
    void endTransactions(int node);

    /** Closes the connections to a node that nobody uses. */
    void closeIdle(int node);
}
