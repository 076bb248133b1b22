package io.trunkline.config;

/**
 * What a session can hold on a server that can't be made again on another one and whose loss the client would not notice:
 * the values of {@code failover_keep_sessions_with}.
 */
public enum UnrestorableState {
    /** An advisory lock of the session: another may take it while this one believes to hold it. */
    ADVISORY_LOCK,
    TEMPORARY_TABLE,
    WITH_HOLD_CURSOR,
    /** Channels listened to: they can be listened to again, but what was sent meanwhile is lost. */
    LISTEN,
    /** Something ran that can leave any state behind, such as LOAD, or a text that could not be read. */
    UNKNOWN
}
