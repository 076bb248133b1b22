package io.trunkline.pool;

import io.trunkline.config.SocketPath;

/**
 * Where a node listens.
 *
 * @param node the node's id, the number behind backend_hostname
 * @param host a host name or address, or the absolute directory of a Unix-domain socket
 * @param connectTimeoutMillis how long a connection may take to come about; 0 = as long as the system waits
 */
public record NodeAddress(int node, String host, int port, int connectTimeoutMillis) {
    /** Whether the node is reached over a Unix-domain socket, on which there is no TLS. */
    public boolean isUnixSocket() {
        return host.startsWith("/");
    }

    /** The path of the server's socket, named as PostgreSQL does. Only of use where {@link #isUnixSocket()}. */
    public String socketPath() {
        return SocketPath.in(host, port);
    }

    /** {@code node 1 (db1.example:5432)} for messages; with the path of the socket where there is one. */
    @Override
    public String toString() {
        return "node " + node + " (" + (isUnixSocket() ? socketPath() : host + ":" + port) + ")";
    }
}
