package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code trunkline route} prints. */
class RouteCommandTest {
    private static final String HEADER = "#number\tstatements\tkind\tread_only\tdestination\trule\ttables\tfunctions";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private String file(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, content);
        return file.toString();
    }

    private List<String> lines() {
        return out.toString().lines().toList();
    }

    @Test
    void aScriptHasALineForEachQueryString() throws IOException {
        String sql = file(
                "a.sql",
                "SELECT max(a), f(b) FROM t, s.u;\n-- next\nBEGIN; INSERT INTO t VALUES (1)\\; SELECT 1; COPY t TO STDOUT;\nSHOW timezone;");
        assertThat(run("route", "--format", "tsv", sql)).isZero();
        assertThat(lines())
                .containsExactly(
                        HEADER,
                        "1\t1\tSELECT\t1\tstandby\tread_only\t[\"s.u\",\"t\"]\t[\"f\",\"max\"]",
                        "2\t1\tTCL\t0\tall\tbegin_may_write\t[]\t[]",
                        "3\t2\tDML,SELECT\t0\tprimary\tmultiple\t[\"t\"]\t[]",
                        "4\t1\tUTILITY\t0\tany\tcopy_out\t[\"t\"]\t[]",
                        "5\t1\tUTILITY\t1\tany\tshow_alike\t[]\t[]");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void jsonLinesAreOneQueryStringEach() throws IOException {
        String sql = file(
                "a.jsonl", "\"SELECT 1; SELECT '\\u00e9\\n'\"\n\n\"select \\\"a\\\"\\\"b\\\"(1) from \\\"T\\\"\"\n");
        assertThat(run("route", "--jsonl", "--format", "json", sql)).isZero();
        assertThat(lines())
                .containsExactly(
                        "{\"number\":1,\"statements\":2,\"kind\":\"SELECT,SELECT\",\"read_only\":1,"
                                + "\"destination\":\"primary\",\"rule\":\"multiple\",\"tables\":[],\"functions\":[]}",
                        "{\"number\":2,\"statements\":1,\"kind\":\"SELECT\",\"read_only\":1,"
                                + "\"destination\":\"standby\",\"rule\":\"read_only\","
                                + "\"tables\":[\"T\"],\"functions\":[\"a\\\"b\"]}");
    }

    @Test
    void textIsForReading() throws IOException {
        assertThat(run("route", file("a.sql", "SELECT a FROM t"))).isZero();
        assertThat(lines().get(0)).startsWith("#number statements kind ").endsWith("functions");
        assertThat(lines().get(1)).matches("1 +1 +SELECT +1 +standby +read_only +\\[\"t\"] +\\[]");
    }

    @Test
    void theNumbersRunThroughAllFiles() throws IOException {
        assertThat(run("route", "--format=TSV", file("a.sql", "SELECT 1"), file("b.sql", "SELECT 2; SELECT 3")))
                .isZero();
        assertThat(lines()).hasSize(4);
        assertThat(lines().get(3)).startsWith("3\t");
    }

    @Test
    void theConfigurationsRulesHold() throws IOException {
        String conf = file("pgpool.conf", """
                backend_clustering_mode = 'streaming_replication'
                backend_hostname0 = '127.0.0.1'
                backend_port0 = 5432
                backend_hostname1 = '127.0.0.1'
                backend_port1 = 5433
                write_function_list = 'f'
                """);
        assertThat(run("route", "-f", conf, "--format", "tsv", file("a.sql", "SELECT f(); SELECT g()")))
                .isZero();
        assertThat(lines().get(1)).contains("\tprimary\tfunction_list\t");
        assertThat(lines().get(2)).contains("\tstandby\tread_only\t");
    }

    @Test
    void whereNothingIsBalancedEverythingIsForThePrimary() throws IOException {
        String conf = file("pgpool.conf", "backend_hostname0 = '127.0.0.1'\nbackend_port0 = 5432\n");
        assertThat(run("route", "-f", conf, "--format", "tsv", file("a.sql", "SELECT 1; BEGIN; DELETE FROM t")))
                .isZero();
        assertThat(lines().get(1)).contains("\t1\tprimary\tnot_balancing\t");
        assertThat(lines().get(2)).contains("\tprimary\tnot_balancing\t");
        assertThat(lines().get(3)).contains("\tprimary\tmodifies\t");
    }

    @Test
    void aConfigurationWithoutNodesIsTakenToHaveAStandby() throws IOException {
        String conf = file("routing.conf", "primary_routing_query_pattern_list = '.*table.*'\n");
        assertThat(run("route", "-f", conf, "--format", "tsv", file("a.sql", "SELECT 1; TABLE t")))
                .isZero();
        assertThat(lines().get(1)).contains("\tstandby\t");
        assertThat(lines().get(2)).contains("\tprimary\tquery_pattern\t");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            SET a.b TO 1                 | all
            SET LOCAL work_mem TO '1MB'  | all
            RESET ALL                    | all
            COMMIT                       | all
            SAVEPOINT a                  | all
            DISCARD ALL                  | all
            DEALLOCATE p                 | all
            BEGIN READ ONLY              | all
            PREPARE p AS SELECT 1        | primary
            EXECUTE p                    | primary
            PREPARE TRANSACTION 'x'      | primary
            LOCK t                       | primary
            EXPLAIN ANALYZE SELECT 1     | primary
            EXPLAIN SELECT 1             | standby
            SHOW transaction_read_only   | primary
            nonsense                     | primary
            SHOW pool_nodes              | any
            EXPLAIN ROUTE DELETE FROM t  | any
            """)
    void whatIsNotAReadIsForThePrimaryOrAllNodesOfTheSession(String sql, String destination) throws IOException {
        assertThat(run("route", "--format", "tsv", file("a.sql", sql))).isZero();
        assertThat(lines().get(1).split("\t", -1)[4]).isEqualTo(destination);
    }

    @Test
    @ResourceLock(Resources.SYSTEM_OUT)
    void standardInputIsReadWithoutFiles() {
        InputStream was = System.in;
        System.setIn(new ByteArrayInputStream("SELECT 1;".getBytes(StandardCharsets.UTF_8)));
        try {
            assertThat(run("route", "--format", "tsv")).isZero();
        } finally {
            System.setIn(was);
        }
        assertThat(lines()).hasSize(2);
    }

    @Test
    void aFileThatCannotBeReadIsNamed() {
        assertThat(run("route", directory.resolve("none.sql").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("none.sql");
    }

    @Test
    void aLineThatIsNotAJsonStringIsNamed() throws IOException {
        String sql = file("a.jsonl", "\"SELECT 1\"\nSELECT 2\n");
        assertThat(run("route", "--jsonl", sql)).isEqualTo(1);
        assertThat(err.toString()).contains("a.jsonl:2: not a JSON string");
    }

    @Test
    void errorsOfTheConfigurationAreShown() throws IOException {
        String conf = file("pgpool.conf", "write_function_list = '('\n");
        assertThat(run("route", "-f", conf, file("a.sql", "SELECT 1"))).isEqualTo(1);
        assertThat(err.toString()).contains("pgpool.conf:1").contains("the configuration has errors");
    }
}
