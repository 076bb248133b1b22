package io.trunkline.config;

/** What {@code backend_flag} says about a node; manual, section "Backend Settings". */
public enum BackendFlag {
    /** The node may be detached by failover; so it is unless told otherwise. */
    ALLOW_TO_FAILOVER,
    /** The node is never detached by failover. */
    DISALLOW_TO_FAILOVER,
    /** The node is taken for the primary without asking it. */
    ALWAYS_PRIMARY
}
