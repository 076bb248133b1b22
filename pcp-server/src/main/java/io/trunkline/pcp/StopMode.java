package io.trunkline.pcp;

import java.util.Locale;

/** How a server is to end, in the order of their haste; a hastier mode may follow another. */
public enum StopMode {
    /** Takes no more clients and waits until the sessions have ended by themselves. */
    SMART,
    /** Ends the sessions with 57P01 and waits for that, a few seconds at most. */
    FAST,
    /** Ends the sessions with 57P01 and waits for nothing. */
    IMMEDIATE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
