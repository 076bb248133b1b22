package io.trunkline.pool;

import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;

/**
 * Why no backend could be opened on a node.
 *
 * @param message what a client may be told: the server's own words where it answered
 * @param answered whether the server answered (it is alive and said no), or could not be reached at all
 */
public record OpenFailure(NodeAddress address, ServerMessage message, boolean answered) {
    /** Whether another node may do better: this one is down, starting, or full, not that it refuses the user. */
    public boolean isNodesOwnTrouble() {
        String state = message.sqlState();
        return !answered || state.equals(SqlState.CANNOT_CONNECT_NOW) || state.equals(SqlState.TOO_MANY_CONNECTIONS);
    }
}
