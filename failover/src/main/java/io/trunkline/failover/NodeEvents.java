package io.trunkline.failover;

/**
 * What sessions see of nodes. Hints, no more: whether a node is up is decided elsewhere. Safe for any thread, and
 * returns at once.
 */
public interface NodeEvents {
    /** A session has opened a connection to the node. */
    void connected(int node);

    /** A session could not reach the node, or lost its connection. */
    void unreachable(int node, String why);
}
