package io.trunkline.config;

/**
 * What a session can hold on a server that can't be made again on another one and whose loss the client would not notice:
 * the values of {@code failover_keep_sessions_with}.
 */
public enum UnrestorableState {
    /** An advisory lock of the session: another may take it while this one believes to hold it. */
    ADVISORY_LOCK("advisory locks"),
    TEMPORARY_TABLE("temporary tables"),
    WITH_HOLD_CURSOR("cursors WITH HOLD"),
    /** Channels listened to: they can be listened to again, but what was sent meanwhile is lost. */
    LISTEN("LISTEN registrations"),
    /** What DO, CALL, set_config(), LOAD and their like, or a text that could not be read, may have left behind. */
    UNKNOWN("state that Trunkline does not know");

    private final String text;

    UnrestorableState(String text) {
        this.text = text;
    }

    /** In a few words, for people. */
    public String text() {
        return text;
    }
}
