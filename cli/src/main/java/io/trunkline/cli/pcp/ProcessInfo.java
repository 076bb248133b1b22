package io.trunkline.cli.pcp;

import java.util.List;

/**
 * A connection of a process to a node, as PCP sends it: twelve strings up to 4.2, seventeen in 4.3 and 4.4, eighteen in 4.5
 * and 4.6, and 21 since 4.7.
 */
final class ProcessInfo {
    private static final int OLD_STRINGS = 12;
    private static final int STRINGS = 17;

    /** In the order in which they are printed. */
    private static final List<String> OLD_TITLES = List.of(
            "Database",
            "Username",
            "Start time",
            "Creation time",
            "Major",
            "Minor",
            "Counter",
            "Backend PID",
            "Connected",
            "PID",
            "Backend ID");

    private static final List<Integer> OLD_PLACES = List.of(4, 5, 1, 6, 7, 8, 9, 10, 11, 0, 3);

    private static final List<String> TITLES = List.of(
            "Database",
            "Username",
            "Start time",
            "Client connection count",
            "Major",
            "Minor",
            "Backend connection time",
            "Client connection time",
            "Client idle duration",
            "Client disconnection time",
            "Pool Counter",
            "Backend PID",
            "Connected",
            "PID",
            "Backend ID",
            "Status",
            "Load balance node",
            "client_host",
            "client_port",
            "statement");

    private static final List<Integer> PLACES =
            List.of(5, 6, 1, 2, 11, 12, 7, 8, 10, 9, 13, 14, 15, 0, 4, 16, 17, 18, 19, 20);

    private final List<String> row;
    private final List<Integer> places;

    private ProcessInfo(List<String> row, List<Integer> places) {
        this.row = row;
        this.places = places;
    }

    static ProcessInfo parse(List<String> row) throws PcpFailure {
        if (row.size() < OLD_STRINGS) {
            throw PcpFailure.badReply();
        }
        // All but the number of the pool is printed.
        int printed = Math.min(row.size() - 1, PLACES.size());
        return new ProcessInfo(row, row.size() < STRINGS ? OLD_PLACES : PLACES.subList(0, printed));
    }

    boolean hasDatabase() {
        return !row.get(places.get(0)).isEmpty();
    }

    List<String> titles() {
        return (places == OLD_PLACES ? OLD_TITLES : TITLES).subList(0, places.size());
    }

    List<String> texts() {
        return Output.pick(row, places);
    }
}
