package io.trunkline.cli.passwd;

import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.ReplicationParameters;
import java.util.List;

/**
 * A node on which passwords are tried.
 *
 * @param database that is named at the login; it need not let the user in
 */
record Node(String host, int port, String database) {
    private static final String DEFAULT_DATABASE = "postgres";

    /** The nodes of a configuration that are reached by TCP. */
    static List<Node> of(PgpoolConfig config) {
        String database = config.get(ReplicationParameters.SR_CHECK_DATABASE);
        return config.nodes().stream()
                .filter(node -> !node.hostname().startsWith("/"))
                .map(node -> new Node(node.hostname(), node.port(), database.isEmpty() ? DEFAULT_DATABASE : database))
                .toList();
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
