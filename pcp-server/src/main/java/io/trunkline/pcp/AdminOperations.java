package io.trunkline.pcp;

import io.trunkline.config.CompatVersion;
import io.trunkline.config.ShownValue;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What an administrator may ask of a running server, by whatever way the question comes. The server implements it; any
 * thread may call it, but no event loop, since a reload reads files.
 */
public interface AdminOperations {
    ServerStatus status();

    /** By id without gaps: ids that are not used have the status {@link NodeFacts.Status#UNUSED}. */
    List<NodeFacts> nodes();

    /** One for each of {@link #nodes}. */
    List<HealthCheckFacts> healthChecks();

    /** One for each of {@link #nodes}. */
    List<StatementFacts> statements();

    /** The places for sessions; the future completes when all event loops have told what they have. */
    CompletableFuture<ProcessList> processes();

    /** The sessions that are served, by the number of their places. */
    CompletableFuture<List<SessionFacts>> sessions();

    /** What has become of the cluster lately, the oldest first. */
    List<EventFacts> events();

    /** All parameters with their values, secrets masked. */
    List<ShownValue> settings();

    /** Whose layouts hold; never changes. */
    CompatVersion compatVersion();

    /** Reads the configuration files again. */
    ReloadOutcome reload();

    /** Begins a new log file. */
    AdminOutcome rotateLogs();

    /** Forgets the results that the query cache has. */
    AdminOutcome invalidateQueryCache();

    /** Does something with a node. */
    NodeWork node(NodeAction action, int node);

    /**
     * Waits until no session has anything open on a node, which was detached gracefully; recovery_timeout at most. The
     * future tells whether that is so.
     */
    CompletableFuture<Boolean> drained(int node);

    /** Begins to end the server and returns at once. A mode that is less hasty than an earlier one changes nothing. */
    void stop(StopMode mode);
}
