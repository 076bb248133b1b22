package io.trunkline.failover;

import io.trunkline.pool.BackendConnection;

/**
 * What sessions see of nodes. Hints, no more: whether a node is up is decided elsewhere. Safe for any thread, and
 * returns at once.
 */
public interface NodeEvents {
    /** A session uses a connection to a node. */
    void connected(BackendConnection backend);

    /** A session could not reach the node, or lost its connection. */
    void unreachable(int node, String why);

    /** The node's server has said to a session that it is being shut down. */
    void shutDown(int node);
}
