package io.trunkline.failover;

/** What a node is to the others. */
public enum NodeRole {
    /** Takes writes: {@code pg_is_in_recovery()} is false. */
    PRIMARY("primary"),
    /** Replays what the primary writes. */
    STANDBY("standby"),
    /** Not found out yet. */
    UNKNOWN("unknown");

    private final String text;

    NodeRole(String text) {
        this.text = text;
    }

    /** As SHOW POOL_NODES prints it. */
    public String text() {
        return text;
    }
}
