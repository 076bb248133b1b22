package io.trunkline.failover.recovery;

/**
 * How a recovery ended, or why it was not begun.
 *
 * @param succeeded whether the node runs as a standby now
 * @param message one sentence, worded as by Pgpool-II where it has the case
 * @param detail more of it, such as the server's answer; may be empty
 */
public record RecoveryOutcome(boolean succeeded, String message, String detail) {
    static RecoveryOutcome done(int node) {
        return new RecoveryOutcome(true, "node recovery, node: " + node + " restarted", "");
    }

    static RecoveryOutcome failed(String message, String detail) {
        return new RecoveryOutcome(false, message, detail);
    }

    /** Message and detail in one line. */
    public String text() {
        return detail.isEmpty() ? message : message + ": " + detail;
    }
}
