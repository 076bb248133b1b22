package io.trunkline.failover;

import java.time.Duration;

/**
 * A command of the configuration, for one node.
 *
 * @param template with {@code %} and a letter for each of the values
 * @param limit after which it is killed with all that it has started; zero = none
 */
public record CommandCall(Kind kind, String template, Values values, Duration limit) {
    /** Which of them. */
    public enum Kind {
        FAILOVER,
        FAILBACK,
        FOLLOW_PRIMARY
    }

    /** A node as a command sees it; {@link #NONE} where there is none. */
    public record Node(int id, String host, int port, String dataDirectory) {
        public static final Node NONE = new Node(-1, "", 0, "");
    }

    /**
     * What the place holders stand for.
     *
     * @param node %d %h %p %D: detached, attached, or to follow
     * @param newMain %m %H %r %R: the node that is to take over; for FOLLOW_PRIMARY the new primary
     * @param oldMain %M
     * @param oldPrimary %P %N %S
     */
    public record Values(Node node, Node newMain, int oldMain, Node oldPrimary) {}

    /**
     * How it ended.
     *
     * @param exitStatus 0 for success; of a command that was killed, what is usual for that
     */
    public record Outcome(int exitStatus, boolean timedOut) {
        public boolean succeeded() {
            return exitStatus == 0 && !timedOut;
        }
    }
}
