package io.trunkline.it;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Waits for something to become true. */
final class Eventually {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private Eventually() {}

    /** Repeats the assertions until they hold; their last failure is thrown where they do not within 20 s. */
    static void holds(ThrowingCallable assertions) {
        holds(LIMIT, assertions);
    }

    static void holds(Duration limit, ThrowingCallable assertions) {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            try {
                assertions.call();
                return;
            } catch (AssertionError notYet) {
                if (System.nanoTime() > end) {
                    throw notYet;
                }
            } catch (Throwable broken) {
                if (System.nanoTime() > end) {
                    throw new AssertionError(broken);
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    /** Repeats the question until the answer is yes. */
    static void isTrue(String what, Callable<Boolean> condition) {
        holds(() -> {
            if (!condition.call()) {
                throw new AssertionError("not within " + LIMIT.toSeconds() + " s: " + what);
            }
        });
    }
}
