package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.OsProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A client that dies in any state leaves no backend behind that is busy for nobody, and others go on. */
class VanishedClientTest {
    private static final String NAME = "vanishing";

    private static TestProxy proxy;
    private static RawClient bystander;

    /** Brings a client into a state. */
    interface Deed {
        void by(RawClient client) throws IOException;
    }

    @BeforeAll
    static void start() throws IOException {
        proxy = TestProxy.start().knowing("here");
        bystander = proxy.raw();
        bystander.run("CREATE TABLE IF NOT EXISTS vanishing (line text)");
    }

    @AfterAll
    static void stop() throws IOException {
        bystander.run("DROP TABLE vanishing");
        bystander.close();
        proxy.close();
    }

    @AfterEach
    void bystanderGoesOn() throws IOException {
        bystander.run("ROLLBACK");
        assertThat(bystander.ask("SELECT 42, txid_current()")).isEqualTo("42");
        for (LocalNode node : Cluster.shared().nodes()) {
            node.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '" + NAME
                    + "' AND state <> 'idle'");
        }
    }

    static Stream<Arguments> states() {
        return Stream.of(
                state("before its start-up packet is whole", client -> client.bytes(new byte[] {0, 0})),
                state("idle", VanishedClientTest::begin),
                state("in a transaction", client -> {
                    begin(client);
                    client.run("BEGIN");
                    client.run("INSERT INTO vanishing VALUES ('x')");
                }),
                state("in a failed transaction", client -> {
                    begin(client);
                    client.run("BEGIN");
                    client.run("SELECT 1/0");
                }),
                state("in the middle of a query", client -> {
                    begin(client);
                    client.query("SELECT pg_sleep(100), txid_current()").send();
                    busy("pg_sleep");
                }),
                state("in the middle of a read on the standby", client -> {
                    proxy.knowing("here");
                    begin(client);
                    client.query("SELECT count(*) FROM here, generate_series(1, 4000000000)")
                            .send();
                    Eventually.holds(() -> assertThat(Cluster.backends(
                                    TestProxy.READ_NODE, "application_name = '" + NAME + "' AND state = 'active'"))
                            .isEqualTo(1));
                }),
                state("in the middle of a batch", client -> {
                    begin(client);
                    client.extended("INSERT INTO vanishing VALUES ('x')")
                            .flush()
                            .send();
                    client.until('C');
                }),
                state("in the middle of a result", client -> {
                    begin(client);
                    client.query("SELECT repeat('x', 1000), txid_current() FROM generate_series(1, 1000000)")
                            .send();
                    client.until('D');
                }),
                state("in the middle of COPY FROM", client -> {
                    begin(client);
                    client.query("COPY vanishing FROM STDIN").send();
                    client.until('G');
                    client.copyData("some\ndata\n").send();
                }),
                state("in the middle of COPY TO", client -> {
                    begin(client);
                    client.query("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 1000000)) TO STDOUT")
                            .send();
                    client.until('d');
                }),
                state("in the middle of a message", client -> {
                    begin(client);
                    client.header('Q', 1_000_000).bytes(new byte[100_000]).send();
                }),
                state("waiting for a lock", client -> {
                    bystander.run("BEGIN");
                    bystander.run("LOCK TABLE vanishing IN ACCESS EXCLUSIVE MODE");
                    begin(client);
                    client.query("INSERT INTO vanishing VALUES ('x')").send();
                    busy("INSERT");
                }));
    }

    private static Arguments state(String name, Deed deed) {
        return Arguments.of(name, deed);
    }

    private static void begin(RawClient client) throws IOException {
        client.startUp(
                RawClient.V3_0, Map.of("user", Cluster.USER, "database", Cluster.USER, "application_name", NAME));
    }

    private static void busy(String query) {
        Eventually.holds(() -> assertThat(Cluster.backends(
                        Cluster.PRIMARY,
                        "application_name = '" + NAME + "' AND state = 'active' AND query LIKE '%" + query + "%'"))
                .isEqualTo(1));
    }

    @ParameterizedTest(name = "{0}, by a reset")
    @MethodSource("states")
    void resetConnectionFreesItsBackends(String name, Deed deed) throws IOException {
        RawClient client = new RawClient(proxy.port());
        deed.by(client);
        client.send().reset();

        assertThatAllIsFree(name);
    }

    @ParameterizedTest(name = "{0}, by an end of data")
    @MethodSource("states")
    void closedConnectionFreesItsBackends(String name, Deed deed) throws IOException {
        RawClient client = new RawClient(proxy.port());
        deed.by(client);
        client.send().close();

        assertThatAllIsFree(name);
    }

    @Test
    void killedPsqlFreesItsBackend() throws IOException {
        Process psql = new ProcessBuilder(List.of(
                        External.postgresProgram("psql"),
                        "-X",
                        "host=127.0.0.1 port=" + proxy.port() + " user=app dbname=app application_name=" + NAME,
                        "-c",
                        "SELECT pg_sleep(100), txid_current()"))
                .start();
        busy("pg_sleep");
        new OsProcess(psql.pid()).signal("KILL");

        assertThatAllIsFree("killed psql");
    }

    @Test
    void clientThatSaidTerminateHasItsLastStatementRunToItsEnd() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            begin(client);
            client.ask("SELECT txid_current()");
            client.query("SELECT pg_sleep(0.3); INSERT INTO vanishing VALUES ('last words')")
                    .terminate()
                    .send();
        }
        Eventually.holds(() -> assertThat(
                        bystander.ask("SELECT count(*), txid_current() FROM vanishing WHERE line = 'last words'"))
                .isEqualTo("1"));
    }

    @Test
    void waitingClientThatDiesLeavesTheQueue() throws IOException {
        try (TestProxy narrow = TestProxy.start("num_init_children = 1");
                RawClient served = narrow.raw()) {
            RawClient waiting = new RawClient(narrow.port());
            waiting.startupMessage(RawClient.V3_0, Map.of("user", Cluster.USER, "database", Cluster.USER))
                    .send();
            Eventually.isTrue("one waits", () -> narrow.server().slots().waiting() == 1);
            waiting.reset();

            Eventually.isTrue("nobody waits", () -> narrow.server().slots().waiting() == 0);
            assertThat(served.ask("SELECT 42")).isEqualTo("42");
        }
    }

    private static void assertThatAllIsFree(String name) throws IOException {
        Eventually.holds(() -> assertThat(proxy.server().clients()).as(name).isEqualTo(1));
        noBackendIsBusy();
        bystander.run("ROLLBACK");
        Eventually.holds(() -> assertThat(
                        bystander.ask("SELECT count(*), txid_current() FROM vanishing WHERE line <> 'last words'"))
                .isEqualTo("0"));
    }

    private static void noBackendIsBusy() {
        for (int node : List.of(Cluster.PRIMARY, TestProxy.READ_NODE)) {
            Eventually.holds(
                    Duration.ofSeconds(8),
                    () -> assertThat(Cluster.backends(
                                    node,
                                    "application_name = '" + NAME
                                            + "' AND (state <> 'idle' OR xact_start IS NOT NULL)"))
                            .as("busy backends of node %d", node)
                            .isZero());
        }
    }
}
