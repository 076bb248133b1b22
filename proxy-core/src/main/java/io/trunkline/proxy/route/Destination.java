package io.trunkline.proxy.route;

/** Where a statement may run, as far as the statement itself decides. */
public enum Destination {
    /** Certainly read-only: the session's load-balance node. */
    READ,
    /** Harmless anywhere, and about the session itself (SET, RESET): whichever node the session uses now. */
    ANY,
    /** Everything else. */
    PRIMARY
}
