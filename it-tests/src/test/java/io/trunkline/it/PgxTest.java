package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * pgx, in each of its ways to send statements. Skipped unless Go is installed, and pgx 4 as Debian's package
 * golang-github-jackc-pgx-v4-dev has it.
 */
class PgxTest {
    private static final String PACKAGES = "/usr/share/gocode";

    @TempDir
    private Path directory;

    @Test
    void driverWorks() throws IOException {
        Assumptions.assumeTrue(
                Files.isDirectory(Path.of(PACKAGES, "src/github.com/jackc/pgx/v4")), "pgx 4 is not installed");
        String program = built();
        try (TestProxy proxy = TestProxy.start().knowing("here")) {
            External.Ended ended = External.run(
                            Map.of(
                                    "PROXY_PORT",
                                    Integer.toString(proxy.port()),
                                    "READ_PORT",
                                    Cluster.port(TestProxy.READ_NODE),
                                    "WRITE_PORT",
                                    Cluster.port(Cluster.PRIMARY)),
                            "",
                            List.of(program))
                    .succeeded();

            assertThat(ended.out()).endsWith("passed\n");
        }
    }

    private String built() throws IOException {
        Path source = directory.resolve("use_pgx.go");
        try (InputStream resource = Objects.requireNonNull(getClass().getResourceAsStream("/go/use_pgx.go"))) {
            Files.copy(resource, source);
        }
        String program = directory.resolve("use_pgx").toString();
        try {
            External.run(
                            Map.of("GO111MODULE", "off", "GOPATH", PACKAGES),
                            "",
                            List.of("go", "build", "-o", program, source.toString()))
                    .succeeded();
        } catch (UncheckedIOException notThere) {
            Assumptions.abort("Go is not installed");
        }
        return program;
    }
}
