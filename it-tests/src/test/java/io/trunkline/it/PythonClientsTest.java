package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients in Python; the scripts of src/test/resources/python assert, and print "passed" at their end. */
class PythonClientsTest {
    private static final String PYTHON = "/usr/bin/python3";

    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @ParameterizedTest
    @CsvSource({"psycopg2, use_psycopg2.py", "psycopg, use_psycopg3.py", "asyncpg, use_asyncpg.py"})
    void driverWorks(String module, String script) throws IOException {
        proxy.knowing("here");
        Assumptions.assumeTrue(Files.isExecutable(Path.of(PYTHON)), PYTHON + " is not installed");
        Assumptions.assumeTrue(
                External.run(Map.of(), "", List.of(PYTHON, "-c", "import " + module))
                                .exit()
                        == 0,
                "the Python module " + module + " is not installed");
        String text;
        try (InputStream resource =
                Objects.requireNonNull(getClass().getResourceAsStream("/python/" + script), script)) {
            text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
        External.Ended ended = External.run(
                        Map.of(
                                "PROXY_PORT",
                                Integer.toString(proxy.port()),
                                "READ_PORT",
                                Cluster.port(TestProxy.READ_NODE),
                                "WRITE_PORT",
                                Cluster.port(Cluster.PRIMARY)),
                        text,
                        List.of(PYTHON, "-"))
                .succeeded();

        assertThat(ended.out()).endsWith("passed\n");
    }
}
