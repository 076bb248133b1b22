package io.trunkline.failover;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a node says of itself and of replication, at one moment. Positions in the write-ahead log are in bytes, as {@code
 * pg_lsn} counts them. What the server does not tell, because it is too old or the user may not see it, is empty.
 *
 * @param inRecovery {@code pg_is_in_recovery()}
 * @param systemIdentifier the same for a primary and all that was copied from it
 * @param timeline of a primary: that of the position it writes at; of a standby: that which it receives
 * @param received of a primary: what it has written; of a standby: what it has received, or replayed if that is more
 * @param replayed of a primary: the same; of a standby: what it has replayed
 * @param upstream of a standby: where it receives from
 * @param downstreams of a primary: who receives from it
 * @param synchronousStandbyNames of a primary: the setting; else empty text
 */
public record NodeReport(
        boolean inRecovery,
        OptionalLong systemIdentifier,
        OptionalInt timeline,
        OptionalLong received,
        OptionalLong replayed,
        Optional<Upstream> upstream,
        List<Downstream> downstreams,
        String synchronousStandbyNames) {
    public NodeReport {
        downstreams = List.copyOf(downstreams);
    }

    /**
     * The WAL receiver of a standby ({@code pg_stat_wal_receiver}).
     *
     * @param status {@code streaming} and others
     * @param host as its connection string names it, empty if it does not
     * @param port as well, 0 if it does not
     */
    public record Upstream(String status, String host, int port) {
        public boolean isStreaming() {
            return status.equals("streaming");
        }
    }

    /**
     * One receiver of a primary ({@code pg_stat_replication}).
     *
     * @param state {@code streaming} and others
     * @param syncState {@code sync}, {@code quorum}, {@code potential}, {@code async}
     * @param replayLag how long its replay is behind; empty if it is not, or not known
     */
    public record Downstream(String applicationName, String state, String syncState, Optional<Duration> replayLag) {
        public boolean isStreaming() {
            return state.equals("streaming");
        }
    }
}
