package io.trunkline.pcp;

/**
 * What an administrator may ask of a running server, by whatever way the question comes. The server implements it; any
 * thread may call it, but no event loop, since a reload reads files.
 */
public interface AdminOperations {
    ServerStatus status();

    /** Reads the configuration files again. */
    ReloadOutcome reload();

    /** Begins to end the server and returns at once. A mode that is less hasty than an earlier one changes nothing. */
    void stop(StopMode mode);
}
