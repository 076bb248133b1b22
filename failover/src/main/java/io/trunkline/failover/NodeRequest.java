package io.trunkline.failover;

import java.time.Duration;

/**
 * Something that the coordinator is asked to do with a node. At most one of a kind is under way for a node: who asks for
 * the same gets the same answer.
 *
 * @param patience after which who asks gets an answer, however far it is; zero = when it is done
 */
public record NodeRequest(Kind kind, int node, Origin origin, Manner manner, Duration patience) {
    /** What is to be done. */
    public enum Kind {
        /** Attach: into service again. */
        NODE_UP,
        /** Detach: out of service, and a failover if it is the primary. */
        NODE_DOWN,
        /** Make it the primary. */
        PROMOTE,
        /** Out of service for this Trunkline alone, until it answers again. */
        QUARANTINE,
        /** Close the connections to it that nobody uses. */
        CLOSE_IDLE,
        /** Make it a standby of the primary again, and attach it. */
        RECOVERY
    }

    /** Who asks. */
    public enum Origin {
        ADMINISTRATOR("administrator"),
        HEALTH_CHECK("health check"),
        SESSION("session"),
        SERVER("the server itself"),
        ROLE_CHECK("replication check"),
        AUTO_FAILBACK("auto failback"),
        ONLINE_RECOVERY("online recovery"),
        WATCHDOG("watchdog");

        private final String text;

        Origin(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** How it is to be done. */
    public enum Manner {
        /** At once: what sessions do on the node is cut off. */
        AT_ONCE,
        /** Sessions may finish their transactions first. */
        GRACEFUL,
        /** Of PROMOTE: the present primary hands over, in an orderly way. */
        SWITCHOVER
    }

    /**
     * What came of it.
     *
     * @param done false if it was refused, or has failed, or takes longer than who asked wanted to wait
     * @param text a sentence for people
     */
    public record Answer(boolean done, String text) {}

    public static NodeRequest of(Kind kind, int node, Origin origin) {
        return new NodeRequest(kind, node, origin, Manner.AT_ONCE, Duration.ZERO);
    }
}
