package io.trunkline.proxy.route;

import io.trunkline.config.PgpoolConfig;

/** Routing rules for tests, from lines of a pgpool.conf with a primary and a standby. */
public final class Rules {
    private static final String NODES = """
            backend_clustering_mode = 'streaming_replication'
            backend_hostname0 = '10.0.0.0'
            backend_port0 = 5432
            backend_hostname1 = '10.0.0.1'
            backend_port1 = 5432
            """;

    private Rules() {}

    public static RoutingRules of(String... lines) {
        return RoutingRules.of(PgpoolConfig.parse("test.conf", NODES + String.join("\n", lines) + "\n")
                .config()
                .orElseThrow());
    }
}
