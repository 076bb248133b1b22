package io.trunkline.failover.probe;

import io.trunkline.failover.NodeReport;
import io.trunkline.failover.NodeReport.Downstream;
import io.trunkline.failover.NodeReport.Upstream;
import io.trunkline.failover.WalPosition;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What nodes are asked, and how {@link NodeReport}s are made of the answers. For PostgreSQL 10 and later; functions and
 * views by their full names, so that no search_path can change them. A user without pg_monitor gets nulls where it may
 * not look.
 */
final class ReportQuery {
    /**
     * One row {@code node}, and one {@code downstream} for each receiver. The WAL receiver goes through JSON, as its
     * columns are not the same in all versions: sender_host and sender_port came with 11.
     */
    static final String FULL = "SELECT 'node', pg_catalog.pg_is_in_recovery(),"
            + " CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()"
            + " ELSE pg_catalog.pg_current_wal_lsn() END,"
            + " CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() END,"
            + " CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL"
            + " ELSE pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) END,"
            + " identity.system_identifier, restart.timeline_id, consistent.min_recovery_end_timeline,"
            + " pg_catalog.current_setting('synchronous_standby_names'),"
            + " pg_catalog.jsonb_extract_path_text(receiver.facts, 'status'),"
            + " pg_catalog.jsonb_extract_path_text(receiver.facts, 'received_tli'),"
            + " pg_catalog.jsonb_extract_path_text(receiver.facts, 'sender_host'),"
            + " pg_catalog.jsonb_extract_path_text(receiver.facts, 'sender_port'),"
            + " pg_catalog.jsonb_extract_path_text(receiver.facts, 'conninfo')"
            + " FROM pg_catalog.pg_control_system() AS identity"
            + " CROSS JOIN pg_catalog.pg_control_checkpoint() AS restart"
            + " CROSS JOIN pg_catalog.pg_control_recovery() AS consistent"
            + " LEFT JOIN (SELECT pg_catalog.to_jsonb(w) AS facts FROM pg_catalog.pg_stat_wal_receiver AS w) AS receiver"
            + " ON true;"
            + " SELECT 'downstream', application_name, state, sync_state, pg_catalog.date_part('epoch', replay_lag)"
            + " FROM pg_catalog.pg_stat_replication";

    /** What everybody may ask, where the rest is refused: the beginning of the same row. */
    static final String BASIC = "SELECT 'node', pg_catalog.pg_is_in_recovery(),"
            + " CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()"
            + " ELSE pg_catalog.pg_current_wal_lsn() END,"
            + " CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() END";

    private static final String NODE = "node";
    private static final String DOWNSTREAM = "downstream";

    private static final int IN_RECOVERY = 1;
    private static final int RECEIVED = 2;
    private static final int REPLAYED = 3;
    private static final int WAL_FILE = 4;
    private static final int SYSTEM_IDENTIFIER = 5;
    private static final int RESTART_TIMELINE = 6;
    private static final int CONSISTENT_TIMELINE = 7;
    private static final int SYNCHRONOUS_STANDBY_NAMES = 8;
    private static final int RECEIVER_STATUS = 9;
    private static final int RECEIVED_TIMELINE = 10;
    private static final int SENDER_HOST = 11;
    private static final int SENDER_PORT = 12;
    private static final int CONNINFO = 13;

    private static final int APPLICATION_NAME = 1;
    private static final int STATE = 2;
    private static final int SYNC_STATE = 3;
    private static final int REPLAY_LAG = 4;

    /** Timeline, log and segment, eight digits each. */
    private static final Pattern WAL_FILE_NAME = Pattern.compile("([0-9A-Fa-f]{8})[0-9A-Fa-f]{16}");

    /** A setting of a connection string, with or without quotes. */
    private static final Pattern SETTING =
            Pattern.compile("(?:^|\\s)(\\w+)\\s*=\\s*(?:'((?:[^'\\\\]|\\\\.)*)'|(\\S*))");

    private static final double MAX_LAG_SECONDS = 1e10;

    private ReportQuery() {}

    /**
     * Reads the rows of an answer.
     *
     * @param knownTimeline one that the server, if it is a standby, has already been on; 0 = none
     * @return empty if they do not even tell the role
     */
    static Optional<NodeReport> read(List<? extends List<@Nullable String>> rows, int knownTimeline) {
        List<Downstream> downstreams = new ArrayList<>();
        List<@Nullable String> node = List.of();
        for (List<@Nullable String> row : rows) {
            if (NODE.equals(value(row, 0))) {
                node = row;
            } else if (DOWNSTREAM.equals(value(row, 0)) && value(row, STATE) != null) {
                downstreams.add(
                        new Downstream(text(row, APPLICATION_NAME), text(row, STATE), text(row, SYNC_STATE), lag(row)));
            }
        }
        String inRecovery = text(node, IN_RECOVERY);
        if (inRecovery.equals("t")) {
            return Optional.of(standby(node, knownTimeline));
        }
        return inRecovery.equals("f") ? Optional.of(primary(node, downstreams)) : Optional.empty();
    }

    private static NodeReport primary(List<@Nullable String> node, List<Downstream> downstreams) {
        OptionalLong written = WalPosition.parse(value(node, RECEIVED));
        Matcher file = WAL_FILE_NAME.matcher(text(node, WAL_FILE));
        int timeline = file.matches() ? positive(file.group(1), 16) : 0;
        return new NodeReport(
                false,
                systemIdentifier(node),
                optional(timeline),
                written,
                written,
                Optional.empty(),
                downstreams,
                text(node, SYNCHRONOUS_STANDBY_NAMES));
    }

    private static NodeReport standby(List<@Nullable String> node, int knownTimeline) {
        OptionalLong replayed = WalPosition.parse(value(node, REPLAYED));
        return new NodeReport(
                true,
                systemIdentifier(node),
                optional(timeline(node, knownTimeline)),
                WalPosition.furthest(WalPosition.parse(value(node, RECEIVED)), replayed),
                replayed,
                upstream(node),
                List.of(),
                "");
    }

    /**
     * That of the WAL receiver. While it does not run, the control file tells a timeline that may be an older one, as it
     * is written now and then only; a standby never returns to an older one while it runs.
     */
    private static int timeline(List<@Nullable String> node, int knownTimeline) {
        int received = positive(text(node, RECEIVED_TIMELINE), 10);
        int controlFile =
                Math.max(positive(text(node, RESTART_TIMELINE), 10), positive(text(node, CONSISTENT_TIMELINE), 10));
        return received > 0 ? received : Math.max(knownTimeline, controlFile);
    }

    private static Optional<Upstream> upstream(List<@Nullable String> node) {
        String status = value(node, RECEIVER_STATUS);
        if (status == null) {
            return Optional.empty();
        }
        String conninfo = text(node, CONNINFO);
        String host = text(node, SENDER_HOST);
        if (host.isEmpty()) {
            host = setting(conninfo, "host");
        }
        if (host.isEmpty()) {
            host = setting(conninfo, "hostaddr");
        }
        int port = positive(text(node, SENDER_PORT), 10);
        if (port == 0) {
            port = positive(setting(conninfo, "port"), 10);
        }
        return Optional.of(new Upstream(status, host, port <= 65535 ? port : 0));
    }

    /** Empty also where there are several to choose from. */
    static String setting(String conninfo, String name) {
        Matcher settings = SETTING.matcher(conninfo);
        while (settings.find()) {
            if (name.equals(settings.group(1))) {
                String quoted = settings.group(2);
                String value = quoted == null
                        ? Objects.requireNonNullElse(settings.group(3), "")
                        : quoted.replaceAll("\\\\(.)", "$1");
                return value.contains(",") ? "" : value;
            }
        }
        return "";
    }

    private static OptionalLong systemIdentifier(List<@Nullable String> node) {
        try {
            return OptionalLong.of(Long.parseLong(text(node, SYSTEM_IDENTIFIER)));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static Optional<Duration> lag(List<@Nullable String> row) {
        try {
            double seconds = Double.parseDouble(text(row, REPLAY_LAG));
            return seconds >= 0 && seconds <= MAX_LAG_SECONDS
                    ? Optional.of(Duration.of(Math.round(seconds * 1e6), ChronoUnit.MICROS))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** 0 for what is no positive number. */
    private static int positive(String digits, int radix) {
        try {
            return Math.max(0, Integer.parseInt(digits, radix));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static OptionalInt optional(int timeline) {
        return timeline > 0 ? OptionalInt.of(timeline) : OptionalInt.empty();
    }

    private static @Nullable String value(List<@Nullable String> row, int column) {
        return column < row.size() ? row.get(column) : null;
    }

    private static String text(List<@Nullable String> row, int column) {
        return Objects.requireNonNullElse(value(row, column), "");
    }
}
