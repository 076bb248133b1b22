package io.trunkline.failover.command;

import io.trunkline.failover.CommandCall;
import java.time.Duration;

/** Is told of each command that has ended, to count them. Called on any thread; must not block. */
public interface CommandCounters {
    /** Counts nothing. */
    CommandCounters NONE = (kind, outcome, took) -> {};

    /** @param outcome tells a failure, and a time-out, which is one, too */
    void ended(CommandCall.Kind kind, CommandCall.Outcome outcome, Duration took);
}
