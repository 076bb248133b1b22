package io.trunkline.failover;

import java.util.function.Consumer;

/**
 * What the coordinator has others do: probes and commands, which take their time elsewhere. No method blocks. Each is
 * called on the coordinator's thread, and answers there, once, later.
 */
public interface Outside {
    /** Tries once to reach the server of a node, with the user and within the time of the health check. */
    void checkHealth(int node, Consumer<HealthOutcome> answer);

    /** Asks a node for its role and what goes with it. */
    void ask(int node, ReportAnswer answer);

    /**
     * Runs a command.
     *
     * @return kills it; does nothing once it has ended
     */
    Runnable run(CommandCall call, Consumer<CommandCall.Outcome> answer);

    /** What came of {@link #ask}. */
    interface ReportAnswer {
        void report(NodeReport report);

        /** @param serverAnswered whether the server said no, rather than nothing */
        void failed(String why, boolean serverAnswered);
    }
}
