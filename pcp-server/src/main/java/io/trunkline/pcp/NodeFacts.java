package io.trunkline.pcp;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A node at one moment, as administrators see it.
 *
 * @param host name, address or socket directory; empty where the id is not used
 * @param weight share of the load-balanced reads, 0 to 1
 * @param role what it is to Trunkline: {@link Role#PRIMARY} or {@link Role#STANDBY}, or where nothing replicates,
 *     {@link Role#MAIN} or {@link Role#REPLICA}
 * @param reachable whether its server has answered when it was asked last
 * @param serverRole what its server says it is; {@link Role#UNKNOWN} if it does not answer
 * @param selects how many SELECTs it was sent since the start
 * @param lagBytes how far its replay is behind the primary; empty if not known, 0 for the primary
 * @param lagTime the same as a time; empty if not known
 * @param isLagTime whether delays are judged as times (delay_threshold_by_time)
 * @param replicationState of the connection that it replicates by, such as {@code streaming}; empty if there is none
 * @param syncState of the same, such as {@code async}
 * @param since when it got its status
 * @param readable of a node in service: whether it serves reads, which it does not before it follows a new primary
 * @param draining of a node that is out of service: whether sessions may finish what they have open on it
 * @param detachedByAdministrator of a node that is out of service: whether somebody has asked for that
 */
public record NodeFacts(
        int id,
        String host,
        int port,
        double weight,
        Status status,
        Role role,
        boolean reachable,
        Role serverRole,
        long selects,
        OptionalLong lagBytes,
        Optional<Duration> lagTime,
        boolean isLagTime,
        String replicationState,
        String syncState,
        Instant since,
        boolean readable,
        boolean draining,
        boolean detachedByAdministrator) {
    /** What Trunkline does with it. */
    public enum Status {
        /** No such node is configured: a gap in the numbering. */
        UNUSED("unused", 0),
        WAITING("waiting", 1),
        UP("up", 2),
        DOWN("down", 3),
        /** Out of service for this Trunkline alone. Pgpool-II has no number for it but that of {@code down}. */
        QUARANTINE("quarantine", 3);

        private final String text;
        private final int number;

        Status(String text, int number) {
            this.text = text;
            this.number = number;
        }

        public String text() {
            return text;
        }

        /** Pgpool-II's. */
        public int number() {
            return number;
        }

        public boolean isInService() {
            return this == WAITING || this == UP;
        }
    }

    /** What it is to the others. */
    public enum Role {
        MAIN("main"),
        REPLICA("replica"),
        PRIMARY("primary"),
        STANDBY("standby"),
        UNKNOWN("unknown");

        private final String text;

        Role(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    public boolean isUsed() {
        return status != Status.UNUSED;
    }

    public boolean isPrimary() {
        return role == Role.PRIMARY || role == Role.MAIN;
    }

    /** Whether its server is asked at all: not where somebody has detached it. */
    public boolean isWatched() {
        return isUsed() && !detachedByAdministrator;
    }
}
