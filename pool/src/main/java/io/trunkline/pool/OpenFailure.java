package io.trunkline.pool;

import io.trunkline.protocol.ServerMessage;

/**
 * Why no backend could be opened on a node.
 *
 * @param message what a client may be told: the server's own words where it answered
 * @param answered whether the server answered (it is alive and said no), or could not be reached at all
 */
public record OpenFailure(NodeAddress address, ServerMessage message, boolean answered) {}
