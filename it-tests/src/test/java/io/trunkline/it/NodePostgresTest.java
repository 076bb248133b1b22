package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** node-postgres; skipped unless TRUNKLINE_NODE_MODULES names a directory node_modules that has the package pg. */
class NodePostgresTest {

    @Test
    void driverWorks() throws IOException {
        String modules = System.getenv("TRUNKLINE_NODE_MODULES");
        Assumptions.assumeTrue(modules != null, "TRUNKLINE_NODE_MODULES is not set");
        try (TestProxy proxy = TestProxy.start();
                InputStream script = Objects.requireNonNull(getClass().getResourceAsStream("/node/use_pg.js"))) {
            External.Ended ended = External.run(
                            Map.of(
                                    "NODE_PATH",
                                    Objects.requireNonNull(modules),
                                    "PROXY_PORT",
                                    Integer.toString(proxy.port()),
                                    "READ_PORT",
                                    Cluster.port(TestProxy.READ_NODE),
                                    "WRITE_PORT",
                                    Cluster.port(Cluster.PRIMARY)),
                            new String(script.readAllBytes(), StandardCharsets.UTF_8),
                            List.of("node", "-"))
                    .succeeded();

            assertThat(ended.out()).endsWith("passed\n");
        }
    }
}
