package io.trunkline.failover;

import java.util.concurrent.atomic.AtomicLongArray;

/** What the coordinator has done since the start, in numbers. Counted on its thread, read by any. */
public final class CoordinatorCounters {
    private static final int KINDS = HealthOutcome.Kind.values().length;

    /** What is counted of the cluster as a whole. */
    public enum Event {
        /** The primary was lost, or hands over. */
        FAILOVER_BEGUN,
        /** There is a primary again. */
        FAILOVER_ENDED,
        /** The lost primary came back before another was promoted. */
        FAILOVER_CALLED_OFF,
        /** No primary was found. */
        FAILOVER_FAILED,
        SWITCHOVER_BEGUN,
        /** Everything is as before. */
        SWITCHOVER_GIVEN_UP
    }

    private final AtomicLongArray events = new AtomicLongArray(Event.values().length);

    /** By node, and in that by kind of outcome. */
    private final AtomicLongArray checks;

    private volatile boolean held;

    public CoordinatorCounters(int nodes) {
        this.checks = new AtomicLongArray(nodes * KINDS);
    }

    void count(Event event) {
        events.incrementAndGet(event.ordinal());
    }

    void checked(int node, HealthOutcome.Kind outcome) {
        checks.incrementAndGet(node * KINDS + outcome.ordinal());
    }

    void held(boolean isHeld) {
        held = isHeld;
    }

    public long events(Event event) {
        return events.get(event.ordinal());
    }

    /** Attempts to reach a node's server that came to this, whoever asked for them. */
    public long checks(int node, HealthOutcome.Kind outcome) {
        return checks.get(node * KINDS + outcome.ordinal());
    }

    /** Whether a failover cannot promote any node for the time being, and somebody has to see to that. */
    public boolean isPromotionHeld() {
        return held;
    }
}
