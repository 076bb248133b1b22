package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PsqlTest {
    private static TestProxy proxy;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @Test
    void statementsAnswerInOrder() {
        String script = """
                CREATE TABLE psql_rows (id int, word text);
                INSERT INTO psql_rows VALUES (1, 'one'), (2, 'two');
                BEGIN;
                SELECT word FROM psql_rows ORDER BY id;
                UPDATE psql_rows SET word = upper(word) WHERE id = 1;
                SELECT word FROM psql_rows ORDER BY id;
                COMMIT;
                DROP TABLE psql_rows;
                """;

        assertThat(External.psql(proxy, script).succeeded().out()).isEqualTo("one\ntwo\nONE\ntwo\n");
    }

    @Test
    void errorsKeepTheirTextAndPosition() {
        External.Ended ended = External.psql(proxy, "SELECT 1 FROM no_such_table;");

        assertThat(ended.exit()).isEqualTo(3);
        assertThat(ended.err())
                .contains("ERROR:  relation \"no_such_table\" does not exist")
                .contains("LINE 1: SELECT 1 FROM no_such_table")
                .contains("^");
    }

    @Test
    void sessionGoesOnAfterAnError() {
        External.Ended ended = External.psql(proxy, "SELECT 1/0;\nSELECT 'still here';\n", "-v", "ON_ERROR_STOP=0");

        assertThat(ended.err()).contains("division by zero");
        assertThat(ended.out()).isEqualTo("still here\n");
    }

    @Test
    void describeCommandsWork() {
        String script = """
                CREATE TABLE psql_described (id int PRIMARY KEY, word text NOT NULL DEFAULT 'x');
                \\d psql_described
                \\dt psql_described
                \\di psql_described_pkey
                \\du app
                \\l app
                \\conninfo
                DROP TABLE psql_described;
                """;

        assertThat(External.psql(proxy, script).succeeded().out())
                .contains("id|integer||not null|")
                .contains("word|text||not null|'x'::text")
                .contains("psql_described_pkey")
                .contains("public|psql_described|table|app")
                .contains("port \"" + proxy.port() + "\"");
    }

    @Test
    void copyInAndOutKeepsTheBytes() throws IOException {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            rows.append(i).append("\tgrüße ").append("x".repeat(i % 50)).append('\n');
        }
        Path in = Files.writeString(directory.resolve("in"), rows);
        Path out = directory.resolve("out");
        String script = "CREATE TABLE psql_copied (id int, word text);\n"
                + "\\copy psql_copied FROM '" + in + "'\n"
                + "\\copy (SELECT * FROM psql_copied ORDER BY id) TO '" + out + "'\n"
                + "SELECT count(*) FROM psql_copied WHERE txid_current() > 0;\n"
                + "DROP TABLE psql_copied;\n";

        assertThat(External.psql(proxy, script).succeeded().out()).isEqualTo("20000\n");
        assertThat(out).hasSameBinaryContentAs(in);
    }

    @Test
    void brokenCopyEndsWithTheServersError() throws IOException {
        Path in = Files.writeString(directory.resolve("broken"), "1\nnot a number\n");
        String script = "CREATE TABLE psql_broken (id int);\n\\copy psql_broken FROM '" + in + "'\n"
                + "SELECT count(*) FROM psql_broken WHERE txid_current() > 0;\nDROP TABLE psql_broken;\n";

        External.Ended ended = External.psql(proxy, script, "-v", "ON_ERROR_STOP=0");

        assertThat(ended.err()).contains("invalid input syntax for type integer: \"not a number\"");
        assertThat(ended.out()).isEqualTo("0\n");
    }

    @Test
    void fetchCountReadsACursor() {
        External.Ended ended = External.psql(
                proxy,
                "SELECT sum(x) FROM generate_series(1, 1000) x;\nSELECT x FROM generate_series(1, 25) x;",
                "-v",
                "FETCH_COUNT=7");

        assertThat(ended.succeeded().out().lines())
                .hasSize(26)
                .startsWith("500500", "1")
                .endsWith("25");
    }

    @Test
    void poolNodesAreShown() {
        assertThat(External.psql(proxy, "SHOW POOL_NODES;\nSHOW POOL_VERSION;")
                        .succeeded()
                        .out())
                .contains("0|127.0.0.1|")
                .contains("|primary|")
                .contains("|standby|");
    }
}
