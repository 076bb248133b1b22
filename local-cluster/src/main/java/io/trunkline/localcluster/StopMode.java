package io.trunkline.localcluster;

import java.util.Locale;

/** How a server ends, as {@code pg_ctl stop -m} has it. */
public enum StopMode {
    /** Waits until the last client has gone. */
    SMART("TERM"),
    /** Rolls back what is open, then ends with a checkpoint. */
    FAST("INT"),
    /** Ends at once; the next start recovers from the WAL. */
    IMMEDIATE("QUIT");

    private final String signal;

    StopMode(String signal) {
        this.signal = signal;
    }

    /** What the postmaster takes for this mode (PostgreSQL's documentation, "Shutting Down the Server"). */
    String signal() {
        return signal;
    }

    String argument() {
        return name().toLowerCase(Locale.ROOT);
    }
}
