package io.trunkline.pool;

import java.util.Optional;

/** Which nodes are connected to with TLS. Asked for each connection, on any event loop. */
@FunctionalInterface
public interface BackendEncryption {
    /** Connections in clear. */
    BackendEncryption NONE = node -> Optional.empty();

    /** @param node the node's id */
    Optional<NodeTls> of(int node);
}
