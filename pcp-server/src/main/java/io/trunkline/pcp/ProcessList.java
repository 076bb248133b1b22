package io.trunkline.pcp;

import java.time.Duration;
import java.util.List;

/**
 * All places for sessions.
 *
 * @param processes in the order of their numbers, as many as num_init_children
 * @param pools max_pool: how many connections to a node a process has room for
 * @param nodes how many there are, unused ids below the highest included
 * @param idleLimit client_idle_limit, zero = none
 */
public record ProcessList(List<ProcessFacts> processes, int pools, int nodes, Duration idleLimit) {
    public ProcessList {
        processes = List.copyOf(processes);
    }

    /** The same with nothing of the clients of other users, nor of their connections. */
    public ProcessList ofUser(String user) {
        return new ProcessList(
                processes.stream().map(process -> process.ofUser(user)).toList(), pools, nodes, idleLimit);
    }
}
