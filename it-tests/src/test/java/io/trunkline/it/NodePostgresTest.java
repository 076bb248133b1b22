package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * node-postgres, with its pool and its cursors. The packages are taken from the directory node_modules that
 * TRUNKLINE_NODE_MODULES names, or else fetched by npm; the tests are skipped where neither works.
 */
class NodePostgresTest {
    private static final List<String> PACKAGES = List.of("pg@8.16.3", "pg-cursor@2.15.3");

    /** Beside the classes, so that the packages are fetched once for many runs. */
    private static final Path FETCHED = Path.of("target", "node");

    private static String modules;

    @BeforeAll
    static void findModules() throws IOException {
        Assumptions.assumeTrue(runs("node", "--version"), "node is not installed");
        String named = System.getenv("TRUNKLINE_NODE_MODULES");
        modules = named == null ? fetched() : named;
    }

    private static String fetched() throws IOException {
        Path modules = FETCHED.resolve("node_modules").toAbsolutePath();
        if (!Files.isDirectory(modules.resolve("pg-cursor"))) {
            Assumptions.assumeTrue(
                    runs("npm", "--version"), "TRUNKLINE_NODE_MODULES is not set, and npm is not installed");
            Files.createDirectories(FETCHED);
            List<String> install = new ArrayList<>(List.of("npm", "install", "--prefix", FETCHED.toString()));
            install.addAll(List.of("--no-audit", "--no-fund", "--ignore-scripts", "--no-save"));
            install.addAll(List.of("--fetch-retries=0", "--fetch-timeout=20000"));
            install.addAll(PACKAGES);
            External.Ended ended = External.run(Map.of(), "", install);
            Assumptions.assumeTrue(ended.exit() == 0, "npm cannot fetch " + PACKAGES + ": " + ended.err());
        }
        return modules.toString();
    }

    private static boolean runs(String... command) {
        try {
            return External.run(Map.of(), "", List.of(command)).exit() == 0;
        } catch (java.io.UncheckedIOException notThere) {
            return false;
        }
    }

    @Test
    void driverWorks() throws IOException {
        try (TestProxy proxy = TestProxy.start().knowing("here");
                InputStream script = Objects.requireNonNull(getClass().getResourceAsStream("/node/use_pg.js"))) {
            External.Ended ended = External.run(
                            Map.of(
                                    "NODE_PATH",
                                    modules,
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
