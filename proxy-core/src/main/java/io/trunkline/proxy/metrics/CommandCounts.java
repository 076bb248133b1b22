package io.trunkline.proxy.metrics;

import io.trunkline.failover.CommandCall;
import io.trunkline.failover.command.CommandCounters;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/** The commands that have ended, by kind and by what came of them. Safe for any thread. */
public final class CommandCounts implements CommandCounters {
    private static final int RESULTS = Result.values().length;

    /** What came of a command. */
    public enum Result {
        SUCCEEDED,
        FAILED,
        TIMED_OUT
    }

    private final AtomicLongArray counts = new AtomicLongArray(CommandCall.Kind.values().length * RESULTS);

    @Override
    public void ended(CommandCall.Kind kind, CommandCall.Outcome outcome, Duration took) {
        Result result = outcome.succeeded() ? Result.SUCCEEDED : outcome.timedOut() ? Result.TIMED_OUT : Result.FAILED;
        counts.incrementAndGet(index(kind, result));
    }

    public long count(CommandCall.Kind kind, Result result) {
        return counts.get(index(kind, result));
    }

    private static int index(CommandCall.Kind kind, Result result) {
        return kind.ordinal() * RESULTS + result.ordinal();
    }
}
