package io.trunkline.failover;

/**
 * What one attempt to reach a node's server has shown.
 *
 * @param detail for the log: the server's words, or why it was not reached
 * @param timedOut whether it was given up for lack of an answer, rather than refused
 */
public record HealthOutcome(Kind kind, String detail, boolean timedOut) {
    /** What it says of the node. */
    public enum Kind {
        /** It serves. */
        ALIVE,
        /** It lives, and answers with an error that somebody has to see to: a wrong password, no room for a connection. */
        ALARM,
        /** It lives, and takes no connections yet or any more (57P03). */
        NOT_READY,
        /** There is no server, or none that answers. */
        DEAD
    }

    public static final HealthOutcome ALIVE = new HealthOutcome(Kind.ALIVE, "", false);
}
