package io.trunkline.pool;

import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;

/**
 * Why no backend could be opened on a node.
 *
 * @param message what a client may be told: the server's own words where it answered
 */
public record OpenFailure(NodeAddress address, ServerMessage message, Cause cause) {
    /** What was the matter. */
    public enum Cause {
        /** The server said no, or asked for what cannot be given: it is alive. */
        ANSWERED,
        /** No connection came about. */
        UNREACHABLE,
        /** The connection came about, and ended or went wrong before it could be used. */
        BROKEN,
        /** There was no connection, or no answer on it, in the time that there is for it. */
        TIMED_OUT
    }

    /** Whether the server answered (it is alive and said no), or could not be reached at all. */
    public boolean answered() {
        return cause == Cause.ANSWERED;
    }

    /** Whether another node may do better: this one is down, starting, or full, not that it refuses the user. */
    public boolean isNodesOwnTrouble() {
        String state = message.sqlState();
        return !answered() || state.equals(SqlState.CANNOT_CONNECT_NOW) || state.equals(SqlState.TOO_MANY_CONNECTIONS);
    }
}
