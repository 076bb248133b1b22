package io.trunkline.failover;

import java.time.Instant;

/**
 * The one thread of the coordinator, and its clock. What is given to it runs in order, and never two at a time. Tests
 * put a clock and an order of their own in its place.
 */
public interface CoordinatorLoop {
    /** Runs a task behind what it has been given before. Any thread. */
    void execute(Runnable task);

    /** Runs a task after that time. @return calls it off, if it has not begun */
    Runnable schedule(long delayMillis, Runnable task);

    /** A clock that only goes forward, for measuring time. */
    long nowMillis();

    /** The time of day, for people. */
    Instant now();
}
