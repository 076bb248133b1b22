package io.trunkline.failover;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * A coordinator's thread whose time passes only when a test lets it. What was given to {@link #execute} runs in order; what
 * is due at the same moment runs in an order that the seed decides.
 */
final class VirtualLoop implements CoordinatorLoop {
    private static final class Timer {
        private final long due;
        private final int rank;
        private final long number;
        private final Runnable task;
        private boolean calledOff;

        Timer(long due, int rank, long number, Runnable task) {
            this.due = due;
            this.rank = rank;
            this.number = number;
            this.task = task;
        }
    }

    private final Random order;
    private final Deque<Runnable> ready = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.comparingLong((Timer timer) -> timer.due)
            .thenComparingInt(timer -> timer.rank)
            .thenComparingLong(timer -> timer.number));
    private long millis;
    private long count;

    VirtualLoop(long seed) {
        order = new Random(seed);
    }

    @Override
    public void execute(Runnable task) {
        ready.add(task);
    }

    @Override
    public Runnable schedule(long delayMillis, Runnable task) {
        Timer timer = new Timer(millis + Math.max(0, delayMillis), order.nextInt(), count++, task);
        timers.add(timer);
        return () -> timer.calledOff = true;
    }

    @Override
    public long nowMillis() {
        return millis;
    }

    @Override
    public Instant now() {
        return Instant.EPOCH.plusMillis(millis);
    }

    /** Lets that much time pass. */
    void pass(long duration) {
        awaits(() -> false, duration);
    }

    /** Lets time pass until {@code condition} holds. @return false if it has not come to hold within {@code limit} */
    boolean awaits(BooleanSupplier condition, long limit) {
        long end = millis + limit;
        runReady();
        while (!condition.getAsBoolean()) {
            Timer next = timers.peek();
            if (next == null || next.due > end) {
                millis = end;
                return false;
            }
            timers.remove();
            if (!next.calledOff) {
                millis = next.due;
                next.task.run();
                runReady();
            }
        }
        return true;
    }

    private void runReady() {
        for (Runnable task = ready.poll(); task != null; task = ready.poll()) {
            task.run();
        }
    }
}
