package io.trunkline.localcluster;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting for something outside this process, which nothing announces. */
final class Await {

    private static final long INTERVAL_MILLIS = 20;

    private Await() {}

    /** Asks until the condition holds; false where it does not before the time is over. */
    static boolean until(Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            try {
                Thread.sleep(INTERVAL_MILLIS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new LocalClusterException("interrupted while waiting for a server", interrupted);
            }
        }
        return true;
    }
}
