package io.trunkline.failover.recovery;

import io.trunkline.failover.WalPosition;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a primary is, as the built-in recovery compares data directories with it. All of it is of the running server: its
 * control file is behind for a while after a promotion.
 *
 * @param position that it writes at
 * @param history where its timeline branched off others; empty if it cannot be told
 * @param major the version of PostgreSQL
 * @param tablespaces that are outside of the data directory
 */
record PrimaryFacts(
        long systemIdentifier,
        int timeline,
        long position,
        Optional<TimelineHistory> history,
        int major,
        long tablespaces) {
    /** Fails on a standby: functions that tell the position of writing are not for recovery. */
    static final String QUERY = "SELECT c.system_identifier, f.segment, pg_catalog.pg_current_wal_lsn(),"
            + " CASE WHEN f.segment !~ '^00000001' THEN pg_catalog.pg_read_file('pg_wal/'"
            + " || pg_catalog.substr(f.segment, 1, 8) || '.history', 0, 1000000, true) ELSE '' END,"
            + " pg_catalog.current_setting('server_version_num'),"
            + " (SELECT pg_catalog.count(*) FROM pg_catalog.pg_tablespace t"
            + " WHERE pg_catalog.pg_tablespace_location(t.oid) LIKE '/%')"
            + " FROM pg_catalog.pg_control_system() c,"
            + " (SELECT pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) AS segment) f";

    private static final int TIMELINE_DIGITS = 8;
    private static final int VERSION_DIVISOR = 10_000;

    /**
     * From the row of {@link #QUERY}.
     *
     * @throws RecoveryFailure if it is not such a row
     */
    static PrimaryFacts of(List<List<@Nullable String>> rows) {
        try {
            List<@Nullable String> row = rows.get(0);
            String history = row.get(3);
            return new PrimaryFacts(
                    Long.parseUnsignedLong(text(row.get(0))),
                    Integer.parseUnsignedInt(text(row.get(1)).substring(0, TIMELINE_DIGITS), 16),
                    WalPosition.of(text(row.get(2))),
                    Optional.ofNullable(history).map(TimelineHistory::parse),
                    Integer.parseInt(text(row.get(4))) / VERSION_DIVISOR,
                    Long.parseLong(text(row.get(5))));
        } catch (IndexOutOfBoundsException | IllegalArgumentException unexpected) {
            throw RecoveryFailure.step("the primary does not tell what it is", String.valueOf(unexpected.getMessage()));
        }
    }

    private static String text(@Nullable String value) {
        if (value == null) {
            throw new IllegalArgumentException("a value is missing");
        }
        return value;
    }
}
