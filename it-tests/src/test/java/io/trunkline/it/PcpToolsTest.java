package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.it.External.Ended;
import io.trunkline.localcluster.LocalNode;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs of Pgpool-II 4.3.5 against our PCP server; what they print is compared with the cluster. */
class PcpToolsTest {
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d";

    private static PcpRig rig;

    @BeforeAll
    static void start() {
        rig = PcpRig.start();
    }

    @AfterAll
    static void stop() {
        if (rig != null) {
            rig.close();
        }
    }

    private static String ask(String program, String... arguments) {
        Ended ended = rig.ask(program, arguments).succeeded();
        assertThat(ended.err()).isEmpty();
        return ended.out();
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + rig.port() + "/app?user=app&connectTimeout=10&socketTimeout=30");
    }

    /** The status of a node as a number, from its third field. */
    private static String status(int node) {
        return ask("pcp_node_info", Integer.toString(node)).split(" ")[2];
    }

    // ---- what they tell

    @Test
    void nodesAreCounted() {
        assertThat(ask("pcp_node_count")).isEqualTo("2\n");
        assertThat(ask("pcp_node_count", "-v")).isEqualTo("Node Count\n____________\n 2\n");
        assertThat(rig.askBySocket("pcp_node_count").succeeded().out()).isEqualTo("2\n");
    }

    @Test
    void nodesAreListedAsTheyAre() {
        LocalNode primary = rig.cluster().node(0);
        LocalNode standby = rig.cluster().node(1);

        assertThat(ask("pcp_node_info"))
                .matches(primary.address() + " " + primary.port()
                        + " 2 0.000000 up up primary primary 0 none none " + TIME + "\n" + standby.address() + " "
                        + standby.port() + " 2 1.000000 up up standby standby \\d+ streaming async " + TIME + "\n");
        assertThat(ask("pcp_node_info", "-a")).hasLineCount(2);
        assertThat(ask("pcp_node_info", "-n", "1"))
                .matches(standby.address() + " " + standby.port() + " 2 1\\.000000 up up standby .*\n");
    }

    @Test
    void aNodeIsToldInWordsToo() {
        LocalNode standby = rig.cluster().node(1);

        assertThat(ask("pcp_node_info", "-v", "1").lines())
                .filteredOn(line -> !line.isEmpty())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("Hostname               : " + standby.address()),
                        line -> assertThat(line).isEqualTo("Port                   : " + standby.port()),
                        line -> assertThat(line).isEqualTo("Status                 : 2"),
                        line -> assertThat(line).isEqualTo("Weight                 : 1.000000"),
                        line -> assertThat(line).isEqualTo("Status Name            : up"),
                        line -> assertThat(line).isEqualTo("Backend Status Name    : up"),
                        line -> assertThat(line).isEqualTo("Role                   : standby"),
                        line -> assertThat(line).isEqualTo("Backend Role           : standby"),
                        line -> assertThat(line).matches("Replication Delay      : \\d+"),
                        line -> assertThat(line).isEqualTo("Replication State      : streaming"),
                        line -> assertThat(line).isEqualTo("Replication Sync State : async"),
                        line -> assertThat(line).matches("Last Status Change     : " + TIME));
    }

    @Test
    void healthChecksHaveTwentyValues() {
        LocalNode primary = rig.cluster().node(0);

        // checked every second; on a busy machine one may have taken too long
        Eventually.holds(() -> assertThat(ask("pcp_health_check_stats", "0"))
                .matches("0 " + primary.address() + " " + primary.port() + " up primary " + TIME
                        + " [1-9]\\d* [1-9]\\d* \\d+ 0 \\d+ \\d+\\.\\d{6} \\d+ \\d+ \\d+ \\d+\\.\\d{6} " + TIME + " "
                        + TIME
                        + "  (" + TIME + ")?\\n"));
        assertThat(ask("pcp_health_check_stats", "-v", "-n", "0").lines())
                .filteredOn(line -> line.contains(" : "))
                .hasSize(20)
                .contains("Status                        : up", "Role                          : primary");
    }

    @Test
    void processesAreCountedAndListed() {
        String[] pids = ask("pcp_proc_count").strip().split(" ");
        assertThat(pids).hasSize(4).doesNotHaveDuplicates().allMatch(pid -> pid.matches("\\d+"));
        assertThat(ask("pcp_proc_count", "-v"))
                .startsWith("No \t | \t PID\n")
                .contains("0 \t | \t " + pids[0] + "\n")
                .endsWith("Total Processes:4\n");
        // max_pool = 2 and two nodes
        assertThat(ask("pcp_proc_info", "-a", "-P", pids[3]).lines())
                .hasSize(4)
                .allMatch(line -> line.contains(" " + pids[3] + " "));
        assertThat(ask("pcp_proc_info", "-a").lines()).hasSize(16);
    }

    @Test
    void aSessionIsShownWithItsConnections() throws Exception {
        try (Connection client = connect();
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            String pid;
            try (ResultSet backend = statement.executeQuery("SELECT pg_backend_pid(), txid_current()")) {
                assertThat(backend.next()).isTrue();
                pid = backend.getString(1);
            }

            assertThat(ask("pcp_proc_info").lines())
                    .filteredOn(line -> line.contains(" " + pid + " "))
                    .singleElement()
                    .asString()
                    .matches("app app " + TIME + " \\d+ 3 0 " + TIME + " " + TIME + " \\d+  \\d+ " + pid
                            + " 1 \\d+ 0 Idle in transaction");
        }
    }

    @Test
    void settingsAreListed() {
        assertThat(ask("pcp_pool_status"))
                .contains("name : num_init_children\nvalue: 4\ndesc : ", "name : port\nvalue: " + rig.port() + "\n")
                .doesNotContain("Unknown");
        assertThat(ask("pcp_pool_status", "-v")).containsPattern("Name \\[ *\\d+\\]:\tport\nValue: {6}\t" + rig.port());
    }

    // ---- what is refused

    @ParameterizedTest
    @ValueSource(strings = {"pcp_node_count", "pcp_node_info", "pcp_stop_pgpool"})
    void aWrongPasswordIsRefused(String program) {
        assertThat(rig.askWithWrongPassword(program)).satisfies(ended -> {
            assertThat(ended.exit()).isEqualTo(1);
            assertThat(ended.out()).isEmpty();
            assertThat(ended.err())
                    .startsWith("FATAL:  authentication failed for user \"admin\"\n"
                            + "DETAIL:  username and/or password does not match\n");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pcp_node_info|7|ERROR:  informing node info failed|invalid node ID : 7",
                "pcp_health_check_stats|7|ERROR:  informing health check stats info failed|invalid node ID 7",
                "pcp_proc_info|7|ERROR:  informing process info failed|invalid process ID : 7",
                "pcp_watchdog_info|0|ERROR:  PCP: informing watchdog info failed|watchdog is not enabled",
                "pcp_recovery_node|0|ERROR:  process recovery request failed|primary server cannot be recovered by"
                        + " online recovery.",
                "pcp_recovery_node|9|ERROR:  process recovery request failed|node id 9 is not valid",
                "pcp_promote_node|9|ERROR:  could not process promote request|node id 9 is not valid",
                "pcp_promote_node|0|FATAL:  invalid promote request|specified node is already primary node, can't"
                        + " promote node id 0",
                "pcp_detach_node|9|ERROR:  invalid degenerate backend request, node id : 9 status: [0] is not valid"
                        + " for failover|",
                "pcp_detach_node|128|ERROR:  invalid degenerate backend request, node id: 128 is out of range. node"
                        + " id must be between [0 and 128]|",
                "pcp_attach_node|128|ERROR:  invalid failback request, node id: 128 is out of range. node id must be"
                        + " between [0 and 128]|"
            })
    void whatCannotBeIsAnErrorThatTheProgramPrints(String program, String node, String message, String detail) {
        Ended ended = rig.ask(program, node);

        assertThat(ended.err().strip()).isEqualTo(detail == null ? message : message + "\nDETAIL:  " + detail);
        assertThat(ended.exit()).isZero();
    }

    // ---- what they do

    @Test
    void aStandbyIsDetachedAndAttached() throws IOException {
        assertThat(ask("pcp_detach_node", "1")).isEqualTo("pcp_detach_node -- Command Successful\n");
        assertThat(status(1)).isEqualTo("3");
        assertThat(rig.ask("pcp_detach_node", "1").err())
                .startsWith("ERROR:  invalid degenerate backend request, node id : 1 status: [3] is not valid for");

        assertThat(ask("pcp_attach_node", "-n", "1")).isEqualTo("pcp_attach_node -- Command Successful\n");
        Eventually.holds(() -> assertThat(status(1)).isEqualTo("2"));
        assertThat(rig.logText())
                .contains("received failback request for node_id: 1")
                .containsPattern(
                        "ERROR:  invalid degenerate backend request, node id : 1 status: \\[3\\] is not valid for"
                                + " failover\n.*DETAIL:  PCP client 127.0.0.1");
        assertThat(ask("pcp_attach_node", "1")).contains("Successful");
    }

    @Test
    void aGracefulDetachWaitsForATransaction() throws Exception {
        try (Connection client = connect();
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            client.setReadOnly(true);
            // which is read where reads go
            statement.execute("SELECT count(*) FROM pg_class");
            CompletableFuture<String> detached =
                    CompletableFuture.supplyAsync(() -> ask("pcp_detach_node", "-g", "-n", "1"));
            Eventually.holds(() -> assertThat(status(1)).isEqualTo("3"));
            client.commit();

            assertThat(detached.join()).isEqualTo("pcp_detach_node -- Command Successful\n");
        } finally {
            ask("pcp_attach_node", "1");
            Eventually.holds(() -> assertThat(status(1)).isEqualTo("2"));
        }
    }

    @Test
    void aReloadTakesTheFileOrTellsWhyNot() throws IOException {
        rig.configure(List.of("recovery_timeout = 77"));
        assertThat(ask("pcp_reload_config")).isEqualTo("pcp_reload_config -- Command Successful\n");
        assertThat(ask("pcp_pool_status")).containsPattern("name : recovery_timeout\nvalue: 77");

        rig.configure(List.of("recovery_timeout = never"));
        assertThat(rig.ask("pcp_reload_config").err())
                .startsWith("ERROR:  process reload config request failed\nDETAIL:  ")
                .contains("recovery_timeout");
        assertThat(ask("pcp_pool_status")).containsPattern("name : recovery_timeout\nvalue: 77");
        rig.configure(List.of());
    }

    @Test
    void theStandbyTakesOverAndTheFormerPrimaryIsRecovered() throws Exception {
        try (PcpRig own = PcpRig.start()) {
            assertThat(own.ask("pcp_promote_node", "-s", "1").succeeded())
                    .returns("pcp_promote_node -- Command Successful\n", Ended::out)
                    .returns("", Ended::err);
            Eventually.holds(
                    () -> assertThat(own.ask("pcp_node_info", "1").out()).contains(" up up primary primary "));
            assertThat(own.ask("pcp_node_info", "0").out()).contains(" 3 0.000000 down ");
            assertThat(own.logText()).contains("pcp_promote_node: promote option: s");

            // refused until failover_command has ended
            Eventually.holds(() -> assertThat(own.ask("pcp_recovery_node", "-n", "0"))
                    .returns("pcp_recovery_node -- Command Successful\n", Ended::out)
                    .returns("", Ended::err));
            Eventually.holds(
                    () -> assertThat(own.ask("pcp_node_info", "0").out()).contains(" up up standby standby "));
            assertThat(own.ask("pcp_recovery_node", "0").err())
                    .startsWith("ERROR:  node recovery failed, node id: 0 is alive\n");

            assertThat(own.ask("pcp_stop_pgpool", "-m", "fast").succeeded().out())
                    .isEqualTo("pcp_stop_pgpool -- Command Successful\n");
            assertThat(own.awaitEnd()).isZero();
            assertThat(own.pidFile()).doesNotExist();
            assertThat(own.directory().resolve(".s.PGSQL." + own.pcpPort())).doesNotExist();
        }
    }

    @Test
    void manyAtATimeAreServed() {
        List<CompletableFuture<String>> counts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            counts.add(CompletableFuture.supplyAsync(() -> ask("pcp_node_count")));
        }
        assertThat(counts).allSatisfy(count -> assertThat(count.join()).isEqualTo("2\n"));
    }
}
