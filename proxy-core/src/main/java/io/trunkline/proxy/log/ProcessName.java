package io.trunkline.proxy.log;

import java.util.Map;

/**
 * What Pgpool-II would call the process that says something: there each kind of work has processes of its own, here
 * threads, and scripts look for these words.
 */
final class ProcessName {
    /** Of the log itself. */
    static final String LOGGER = "logger";

    private static final String CHECKS = "io.trunkline.failover.";

    private static final Map<String, String> OF_THREAD = Map.of(
            "worker", "child",
            "cluster", "main",
            "command", "main",
            "state file", "main",
            "control", "pcp_main",
            "pcp", "pcp_child",
            "recovery", "pcp_child",
            "blocking", "child");

    private static final Map<String, String> OF_LOGGER = Map.of(
            CHECKS + "HealthWatch", "health_check",
            CHECKS + "RoleWatch", "sr_check_worker",
            CHECKS + "DelayLog", "sr_check_worker",
            CHECKS + "probe.RoleProbe", "sr_check_worker");

    private ProcessName() {}

    static String of(String thread, String logger) {
        String byLogger = OF_LOGGER.get(logger);
        if (byLogger != null) {
            return byLogger;
        }
        String kind = withoutNumbers(thread);
        return OF_THREAD.getOrDefault(kind, kind);
    }

    /** {@code worker} of {@code worker-1-3}. */
    private static String withoutNumbers(String thread) {
        int end = thread.length();
        while (end > 0 && (thread.charAt(end - 1) == '-' || Character.isDigit(thread.charAt(end - 1)))) {
            end--;
        }
        return end == 0 ? thread : thread.substring(0, end);
    }
}
