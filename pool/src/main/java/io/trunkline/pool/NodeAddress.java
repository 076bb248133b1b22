package io.trunkline.pool;

/**
 * Where a node listens.
 *
 * @param node the node's id, the number behind backend_hostname
 * @param host a host name or address; an absolute directory (a UNIX-domain socket) is for later
 * @param connectTimeoutMillis how long a connection may take to come about; 0 = as long as the system waits
 */
public record NodeAddress(int node, String host, int port, int connectTimeoutMillis) {
    /** {@code node 1 (db1.example:5432)} for messages. */
    @Override
    public String toString() {
        return "node " + node + " (" + host + ":" + port + ")";
    }
}
