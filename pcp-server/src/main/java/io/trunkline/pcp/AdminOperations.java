package io.trunkline.pcp;

import java.util.concurrent.CompletableFuture;

/**
 * What an administrator may ask of a running server, by whatever way the question comes. The server implements it; any
 * thread may call it, but no event loop, since a reload reads files.
 */
public interface AdminOperations {
    ServerStatus status();

    /** Reads the configuration files again. */
    ReloadOutcome reload();

    /** Does something with a node. The future completes when it is done, or has been refused. */
    CompletableFuture<NodeOutcome> node(NodeAction action, int node);

    /** Begins to end the server and returns at once. A mode that is less hasty than an earlier one changes nothing. */
    void stop(StopMode mode);
}
