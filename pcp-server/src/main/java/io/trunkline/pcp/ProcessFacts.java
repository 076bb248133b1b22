package io.trunkline.pcp;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One of the places for sessions (num_init_children), which stand for the processes of Pgpool-II.
 *
 * @param pid the number by which it goes as a process; that of a place never changes, and belongs to no real process
 * @param startedAt when the place was made, at the start
 * @param clients how many sessions it has had, with the present one
 * @param client the session that it has now
 * @param connections to servers, at most one for each number of pool and node
 */
public record ProcessFacts(
        int pid,
        Instant startedAt,
        long clients,
        Status status,
        Optional<Client> client,
        List<Connection> connections) {
    public ProcessFacts {
        connections = List.copyOf(connections);
    }

    /**
     * The numbers of processes begin here, above those that a kernel of Linux gives ({@code pid_max}): who kills by such a
     * number hits nobody.
     */
    private static final int FIRST_PID = (1 << 22) + 1;

    /** The number by which the place {@code slot}, counted from 0, goes as a process. */
    public static int pid(int slot) {
        return FIRST_PID + slot;
    }

    /** The same with nothing of a client of another user, nor of connections of other users. */
    ProcessFacts ofUser(String user) {
        return new ProcessFacts(
                pid,
                startedAt,
                clients,
                status,
                client.filter(one -> one.user().equals(user)),
                connections.stream().filter(one -> one.user().equals(user)).toList());
    }

    /** What a place does. */
    public enum Status {
        WAITING("Wait for connection"),
        EXECUTING("Execute command"),
        IDLE("Idle"),
        IDLE_IN_TRANSACTION("Idle in transaction");

        private final String text;

        Status(String text) {
            this.text = text;
        }

        /** As Pgpool-II prints it. */
        public String text() {
            return text;
        }
    }

    /**
     * Who has the session.
     *
     * @param host where the client is, empty if on this host by a Unix-domain socket
     * @param port the client's, empty likewise
     * @param idle how long it has asked for nothing; zero while it executes
     * @param statement what it executes or has executed last; empty if not known, or if it is not for the asker's eyes
     */
    public record Client(
            String database,
            String user,
            String host,
            String port,
            Instant connectedAt,
            Duration idle,
            String statement) {}

    /**
     * A connection to a server, that the place's session has or that waits in the pool for one.
     *
     * @param pool number of the pool, below max_pool
     * @param disconnectedAt when the session before was over, where one was; empty while a session has it
     * @param major of the wire protocol
     * @param minor of the wire protocol
     * @param uses how many sessions have had it
     * @param serverPid process id of the server's end
     * @param inUse whether the place's session has it now
     * @param readsHere whether the session's reads go there
     */
    public record Connection(
            int pool,
            int node,
            String database,
            String user,
            Instant connectedAt,
            Optional<Instant> disconnectedAt,
            int major,
            int minor,
            long uses,
            int serverPid,
            boolean inUse,
            boolean readsHere) {}
}
