package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which node a statement runs on, and what stays true of the session there. */
class RoutingTest {
    private static final String READ = "SELECT port FROM here";
    private static final String WRITE = "SELECT port, nextval('counter') FROM here";
    private static final String HERE_READ = Cluster.port(TestProxy.READ_NODE);
    private static final String HERE_WRITE = Cluster.port(Cluster.PRIMARY);

    private static TestProxy proxy;
    private RawClient client;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @BeforeEach
    void connect() throws IOException {
        // a test before may have changed the catalog, after which it is asked anew
        proxy.knowing("here", "here_with_settings");
        client = proxy.raw();
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @Test
    void readsGoToTheStandbyAndWritesToThePrimary() throws IOException {
        assertThat(client.ask(READ)).isEqualTo(HERE_READ);
        assertThat(client.ask(WRITE)).isEqualTo(HERE_WRITE);
        assertThat(client.ask(READ)).isEqualTo(HERE_READ);
        assertThat(client.ask("WITH w AS (SELECT port, nextval('counter') FROM here) SELECT port FROM w"))
                .isEqualTo(HERE_WRITE);
        assertThat(client.ask("EXPLAIN (ANALYZE) SELECT nextval('counter')")).contains("Result");
    }

    @Test
    void transactionReadsFromTheStandbyUntilItWrites() throws IOException {
        client.run("BEGIN");
        assertThat(client.ask(READ)).isEqualTo(HERE_READ);
        client.run("SAVEPOINT s");
        assertThat(client.ask(READ)).isEqualTo(HERE_READ);
        assertThat(client.ask(WRITE)).isEqualTo(HERE_WRITE);
        assertThat(client.ask(READ)).isEqualTo(HERE_WRITE);
        client.run("COMMIT");
        assertThat(client.ask(READ)).isEqualTo(HERE_READ);
    }

    @Test
    void transactionDeclaredReadOnlyRunsOnTheStandby() throws IOException {
        client.run("BEGIN READ ONLY");
        assertThat(client.ask(READ)).isEqualTo(HERE_READ);
        assertThat(RawClient.error(client.run(WRITE)).sqlState()).isEqualTo("25006");
        client.run("ROLLBACK");
        client.run("START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        assertThat(client.ask(READ)).isEqualTo(HERE_READ);
        client.run("COMMIT");
    }

    @Test
    void settingsHoldOnBothNodes() throws IOException {
        client.ask(READ);
        client.run("SET work_mem = '2345kB'");
        client.run("SET application_name = 'routing test'");
        String settings = "SELECT w || ' ' || a || ' ' || port";

        assertThat(client.ask(settings + " FROM here_with_settings")).isEqualTo("2345kB routing test " + HERE_READ);
        assertThat(client.ask(settings + ", nextval('counter') FROM here_with_settings"))
                .isEqualTo("2345kB routing test " + HERE_WRITE);
    }

    @Test
    void settingsOfARolledBackTransactionHoldNowhere() throws IOException {
        client.ask(READ);
        client.run("BEGIN");
        client.run("SET work_mem = '3456kB'");
        client.run("ROLLBACK");

        assertThat(client.ask("SELECT w FROM here_with_settings")).isNotEqualTo("3456kB");
        assertThat(client.ask("SELECT w, nextval('counter') FROM here_with_settings"))
                .isNotEqualTo("3456kB");
    }

    @Test
    void settingsOfACommittedTransactionHoldOnBothNodes() throws IOException {
        client.ask(READ);
        client.run("BEGIN");
        client.run("SET work_mem = '4567kB'");
        client.run("SET LOCAL application_name = 'only here'");
        client.run("COMMIT");

        assertThat(client.ask("SELECT w || a || port FROM here_with_settings")).isEqualTo("4567kB" + HERE_READ);
        assertThat(client.ask("SELECT w || a || port, nextval('counter') FROM here_with_settings"))
                .isEqualTo("4567kB" + HERE_WRITE);
    }

    @Test
    void resetHoldsOnBothNodes() throws IOException {
        client.ask(READ);
        client.run("SET application_name = 'for a while'");
        client.ask("SELECT a FROM here_with_settings");
        client.run("RESET ALL");

        assertThat(client.ask("SELECT '<' || a || '>' || port FROM here_with_settings"))
                .isEqualTo("<>" + HERE_READ);
        assertThat(client.ask("SELECT '<' || a || '>' || port, nextval('counter') FROM here_with_settings"))
                .isEqualTo("<>" + HERE_WRITE);
    }

    @Test
    void searchPathOfTheSessionDecidesWhatIsReadOnTheStandby() throws IOException {
        client.run("CREATE SCHEMA routed; CREATE VIEW routed.here AS SELECT -port AS port FROM public.here");
        Cluster.awaitStandbys();
        client.run("SET search_path = routed, public");
        try {
            Eventually.holds(() -> assertThat(client.ask(READ)).isEqualTo("-" + HERE_READ));
        } finally {
            client.run("RESET search_path");
            client.run("DROP SCHEMA routed CASCADE");
        }
    }

    @Test
    void temporaryTablesAreFound() throws IOException {
        client.ask(READ);
        client.run("CREATE TEMP TABLE mine AS SELECT 42 AS answer");
        assertThat(client.ask("SELECT answer FROM mine")).isEqualTo("42");
        assertThat(client.ask(READ)).isEqualTo(HERE_READ);
        client.run("DISCARD ALL");
        assertThat(RawClient.error(client.run("SELECT answer FROM mine")).sqlState())
                .isEqualTo("42P01");
    }

    @Test
    void selectIntoTemporaryTableIsFound() throws IOException {
        client.run("SELECT 42 AS answer INTO TEMP mine");
        assertThat(client.ask("SELECT answer FROM mine")).isEqualTo("42");
    }

    @Test
    void sqlLevelPrepareIsFoundByExecute() throws IOException {
        client.ask(READ);
        client.run("PREPARE p(int) AS SELECT $1 + 1");
        assertThat(client.ask("EXECUTE p(41)")).isEqualTo("42");
        client.ask(READ);
        client.run("DEALLOCATE p");
        assertThat(RawClient.error(client.run("EXECUTE p(1)")).sqlState()).isEqualTo("26000");
    }

    @Test
    void asWithAnOlderPgpoolAReadIsPreparedWhereItReadsAndDeallocateAllGoesToBothNodes() throws IOException {
        try (TestProxy older = TestProxy.start("pgpool_compat_version = 4.3", "notice_per_node_statement = on");
                RawClient session = older.raw()) {
            assertThat(toldBy(session, "PREPARE r AS SELECT 1")).containsExactly("DB node id: 1");
            assertThat(toldBy(session, "EXECUTE r")).containsExactly("DB node id: 1");
            assertThat(toldBy(session, "SELECT 1; EXECUTE r")).containsExactly("DB node id: 0");
            assertThat(toldBy(session, "DEALLOCATE r")).containsExactly("DB node id: 1");
            assertThat(toldBy(session, "PREPARE w AS SELECT nextval('counter')"))
                    .containsExactly("DB node id: 0");
            assertThat(toldBy(session, "DEALLOCATE w")).containsExactly("DB node id: 0");
        }
        try (TestProxy older = TestProxy.start("pgpool_compat_version = 4.3", "notice_per_node_statement = on");
                RawClient session = older.raw()) {
            assertThat(toldBy(session, "DEALLOCATE ALL")).containsExactly("DB node id: 1", "DB node id: 0");
        }
    }

    /** The nodes that the statement has gone to, as notices say; it succeeds. */
    private static List<String> toldBy(RawClient session, String sql) throws IOException {
        List<RawMessage> answer = session.run(sql);
        assertThat(answer).noneMatch(message -> message.tag() == 'E');
        return answer.stream()
                .filter(message -> message.tag() == 'N')
                .map(message -> message.fields().getOrDefault('M', "").replaceAll(" statement: .*", ""))
                .toList();
    }

    @Test
    void protocolLevelStatementIsFoundBySqlExecute() throws IOException {
        client.parse("p", READ).bind("", "p").execute("", 0).sync().send();
        assertThat(RawClient.values(client.untilReady())).containsExactly(HERE_READ);
        assertThat(client.ask("EXECUTE p")).isNotEmpty();
        client.run("DEALLOCATE ALL");
        client.bind("", "p").sync().send();
        assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("26000");
    }

    @Test
    void cursorWithHoldIsReadWhereItIs() throws IOException {
        client.run("DECLARE held CURSOR WITH HOLD FOR SELECT x FROM generate_series(1, 3) x");
        assertThat(client.ask("FETCH 1 FROM held")).isEqualTo("1");
        client.ask(READ);
        assertThat(client.ask("FETCH 1 FROM held")).isEqualTo("2");
        client.run("CLOSE held");
    }

    @Test
    void questionsAboutTheRoleAreAnsweredForThePrimary() throws IOException {
        assertThat(client.parameters()).containsEntry("in_hot_standby", "off");
        assertThat(client.ask("SHOW transaction_read_only")).isEqualTo("off");
        assertThat(client.ask("SHOW in_hot_standby")).isEqualTo("off");
        assertThat(client.ask("SELECT pg_is_in_recovery()")).isEqualTo("f");
        client.ask(READ);
        assertThat(client.ask("SHOW transaction_read_only")).isEqualTo("off");
    }

    @Test
    void libpqAcceptsUsAsReadWrite() {
        String ask = "SELECT 'connected'";
        for (String attributes : List.of("read-write", "primary", "prefer-standby", "any")) {
            assertThat(External.run(
                                    Map.of("PGTARGETSESSIONATTRS", attributes),
                                    "",
                                    List.of(
                                            External.postgresProgram("psql"),
                                            "-XAt",
                                            "-h",
                                            "127.0.0.1",
                                            "-p",
                                            Integer.toString(proxy.port()),
                                            "-U",
                                            Cluster.USER,
                                            "-c",
                                            ask))
                            .succeeded()
                            .out())
                    .as(attributes)
                    .isEqualTo("connected\n");
        }
    }

    @Test
    void sessionThatOnlyReadsNeverOpensThePrimary() throws IOException {
        // what the server reports is known for such a start-up from here on, and that it trusts the user
        proxy.raw().close();
        String name = "only reads";
        try (RawClient reader = new RawClient(proxy.port())) {
            reader.startUp(
                    RawClient.V3_0, Map.of("user", Cluster.USER, "database", Cluster.USER, "application_name", name));
            for (int i = 0; i < 5; i++) {
                assertThat(reader.ask(READ)).isEqualTo(HERE_READ);
            }
            assertThat(Cluster.backends(TestProxy.READ_NODE, "application_name = '" + name + "'"))
                    .isEqualTo(1);
            assertThat(Cluster.backends(Cluster.PRIMARY, "application_name = '" + name + "'"))
                    .isZero();
        }
    }

    @Test
    void readsAreSpreadByWeight() throws IOException {
        try (TestProxy even = TestProxy.start("backend_weight0 = 1", "backend_weight1 = 1", "backend_weight2 = 1")
                .knowing("here")) {
            int[] seen = new int[3];
            for (int i = 0; i < 60; i++) {
                try (RawClient reader = even.raw()) {
                    String port = reader.ask(READ);
                    for (int node = 0; node < 3; node++) {
                        seen[node] += Cluster.port(node).equals(port) ? 1 : 0;
                    }
                }
            }
            assertThat(seen).doesNotContain(0);
            assertThat(seen[0] + seen[1] + seen[2]).isEqualTo(60);
        }
    }

    @Test
    void withoutLoadBalancingAllIsOnThePrimary() throws IOException {
        try (TestProxy off = TestProxy.start("load_balance_mode = off");
                RawClient reader = off.raw()) {
            String onlyHere = "SELECT port AS without_balancing FROM here";
            assertThat(reader.ask(onlyHere)).isEqualTo(HERE_WRITE);
            assertThat(Cluster.backends(TestProxy.READ_NODE, "query = '" + onlyHere + "'"))
                    .isZero();
        }
    }

    @Test
    void settingMadeByOneOfSeveralStatementsKeepsTheSessionWhereItHolds() throws IOException {
        client.ask(READ);
        client.run("SET work_mem = '5678kB'; SELECT 1");
        assertThat(client.ask("SELECT w FROM here_with_settings")).isEqualTo("5678kB");
    }

    @Test
    void setConfigKeepsTheSessionWhereItHolds() throws IOException {
        client.ask(READ);
        client.run("SELECT set_config('work_mem', '6789kB', false)");
        assertThat(client.ask("SELECT w FROM here_with_settings")).isEqualTo("6789kB");
    }

    @Test
    void clientEncodingHoldsOnBothNodes() throws IOException {
        client.ask(READ);
        client.run("SET client_encoding = 'LATIN1'");
        List<RawMessage> read = client.run("SELECT U&'\\00fc' FROM here");
        List<RawMessage> written = client.run("SELECT U&'\\00fc', nextval('counter') FROM here");

        assertThat(read.get(1).body()).endsWith(new byte[] {0, 0, 0, 1, (byte) 0xfc});
        assertThat(written.get(1).body()).containsSubsequence(new byte[] {0, 0, 0, 1, (byte) 0xfc});
    }

    @Test
    void parameterStatusOfASettingComesToTheClientOnce() throws IOException {
        client.ask(READ);
        List<RawMessage> set = client.run("SET TimeZone = 'Asia/Tokyo'");
        assertThat(RawClient.tags(set)).isEqualTo("CSZ");
        assertThat(RawClient.tags(client.run(READ))).isEqualTo("TDCZ");
        assertThat(RawClient.tags(client.run(WRITE))).isEqualTo("TDCZ");
    }
}
