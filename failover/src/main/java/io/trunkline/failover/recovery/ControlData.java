package io.trunkline.failover.recovery;

import io.trunkline.failover.WalPosition;
import java.util.HashMap;
import java.util.Map;

/**
 * What {@code pg_controldata} says of a data directory.
 *
 * @param timeline the highest that it names
 * @param position the furthest that it names; what was written after the last checkpoint is not in it
 * @param standby whether its server last ran as a standby
 */
record ControlData(long systemIdentifier, int timeline, long position, boolean standby) {
    /** The words for a database that is, or was when it ended, in archive recovery. */
    private static final String[] STANDBY_STATES = {"in archive recovery", "shut down in recovery"};

    /** @throws IllegalArgumentException if something is missing or not understood */
    static ControlData parse(String printed) {
        Map<String, String> values = new HashMap<>();
        printed.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                values.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        });
        int timeline = Math.max(
                Integer.parseUnsignedInt(value(values, "Latest checkpoint's TimeLineID")),
                Integer.parseUnsignedInt(value(values, "Min recovery ending loc's timeline")));
        long position = Math.max(
                WalPosition.of(value(values, "Latest checkpoint location")),
                WalPosition.of(value(values, "Minimum recovery ending location")));
        String state = value(values, "Database cluster state");
        boolean standby = state.equals(STANDBY_STATES[0]) || state.equals(STANDBY_STATES[1]);
        return new ControlData(
                Long.parseUnsignedLong(value(values, "Database system identifier")), timeline, position, standby);
    }

    private static String value(Map<String, String> values, String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("pg_controldata does not tell \"" + name + "\"");
        }
        return value;
    }
}
