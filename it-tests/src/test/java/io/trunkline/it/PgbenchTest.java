package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PgbenchTest {
    private static final Pattern PROCESSED = Pattern.compile("actually processed: (\\d+)(?:/(\\d+))?");

    private static TestProxy proxy;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start();
        pgbench("-i", "-s", "2", "-q");
        Cluster.awaitStandbys();
    }

    @AfterAll
    static void stop() {
        External.psql(proxy, "DROP TABLE pgbench_accounts, pgbench_branches, pgbench_history, pgbench_tellers;")
                .succeeded();
        proxy.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "prepared"})
    void tpcbFailsNoTransactionAndKeepsTheBalances(String mode) throws IOException {
        External.Ended ended = pgbench("-n", "-M", mode, "-c", "8", "-j", "2", "-t", "100");

        assertThat(processed(ended)).isEqualTo(800);
        assertThat(failed(ended)).isZero();
        assertBalanced();
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "prepared"})
    void readsRunOnTheStandbyInEveryMode(String mode) {
        proxy.knowing("pgbench_accounts");
        long before = readsOn(TestProxy.READ_NODE);
        External.Ended ended = pgbench("-n", "-S", "-M", mode, "-c", "8", "-j", "2", "-t", "500");

        assertThat(processed(ended)).isEqualTo(4000);
        // and what it asks about the tables at its start
        assertThat(readsOn(TestProxy.READ_NODE) - before).isBetween(4000L, 4010L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "prepared"})
    void connectionForEachTransactionWorks(String mode) throws IOException {
        External.Ended ended = pgbench("-n", "-C", "-M", mode, "-c", "4", "-j", "2", "-t", "50");

        assertThat(processed(ended)).isEqualTo(200);
        assertBalanced();
    }

    @ParameterizedTest
    @ValueSource(strings = {"extended", "prepared"})
    void pipelineOfReadsAndWritesWorks(String mode) throws IOException {
        Path script = Files.writeString(directory.resolve("pipeline.sql"), """
                \\set aid random(1, 200000)
                \\set bid random(1, 2)
                \\set delta random(-5000, 5000)
                \\startpipeline
                SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
                BEGIN;
                UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
                UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :bid;
                UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;
                INSERT INTO pgbench_history (tid, bid, aid, delta, mtime)
                  VALUES (:bid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
                COMMIT;
                SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
                \\endpipeline
                SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
                """);
        External.Ended ended = pgbench("-n", "-f", script.toString(), "-M", mode, "-c", "8", "-j", "2", "-t", "100");

        assertThat(processed(ended)).isEqualTo(800);
        assertThat(failed(ended)).isZero();
        assertBalanced();
    }

    private static External.Ended pgbench(String... arguments) {
        List<String> command = new ArrayList<>(List.of(External.postgresProgram("pgbench"), "-h", "127.0.0.1", "-p"));
        command.add(Integer.toString(proxy.port()));
        command.addAll(List.of("-U", Cluster.USER));
        command.addAll(List.of(arguments));
        command.add(Cluster.USER);
        return External.run(Map.of(), "", command).succeeded();
    }

    private static int processed(External.Ended ended) {
        Matcher matcher = PROCESSED.matcher(ended.out());
        assertThat(matcher.find()).as(ended.out()).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private static int failed(External.Ended ended) {
        Matcher matcher =
                Pattern.compile("number of failed transactions: (\\d+)").matcher(ended.out());
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    private static long readsOn(int node) {
        return proxy.server().loopMetrics().stream()
                .mapToLong(loop -> loop.statements(node, io.trunkline.proxy.route.Destination.READ))
                .sum();
    }

    private static void assertBalanced() throws IOException {
        try (RawClient client = proxy.raw()) {
            RawMessage sums = client.run(
                            "SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(tbalance) FROM pgbench_tellers),"
                                    + " (SELECT sum(bbalance) FROM pgbench_branches), (SELECT sum(delta) FROM pgbench_history),"
                                    + " nextval('counter')")
                    .get(1);
            assertThat(sums.columns().subList(1, 4)).containsOnly(sums.columns().get(0));
        }
    }
}
