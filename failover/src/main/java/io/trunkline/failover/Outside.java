package io.trunkline.failover;

import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * What the coordinator has others do: probes, commands and sessions, which take their time elsewhere. No method blocks. Each is
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

    /** Counts the sessions that have a transaction open on a node, or a statement under way there. */
    void countBusySessions(int node, IntConsumer answer);

    /** Ends those transactions, with an error that lets the client try again. */
    void endTransactions(int node);

    /** Closes the connections to a node that nobody uses. */
    void closeIdle(int node);

    /** Makes a node that may be recovered a standby of {@code primary} again, by online recovery. */
    void recover(int node, int primary, Consumer<NodeRequest.Answer> answer);

    /** What came of {@link #ask}. */
    interface ReportAnswer {
        void report(NodeReport report);

        /** @param serverAnswered whether the server said no, rather than nothing */
        void failed(String why, boolean serverAnswered);
    }
}
