package io.trunkline.failover;

/** Status of a node, with the numbers that Pgpool-II gives them. */
public enum NodeStatus {
    /** No such node is configured: a gap in the numbering. */
    UNUSED("unused"),
    /** In service, and no connection has been made to it yet. */
    WAITING("waiting"),
    /** In service. */
    UP("up"),
    /** Out of service. */
    DOWN("down"),
    /** Out of service for this Trunkline alone. */
    QUARANTINE("quarantine");

    private final String text;

    NodeStatus(String text) {
        this.text = text;
    }

    /** Whether sessions may use the node. */
    public boolean isInService() {
        return this == WAITING || this == UP;
    }

    /** As SHOW POOL_NODES prints it. */
    public String text() {
        return text;
    }
}
