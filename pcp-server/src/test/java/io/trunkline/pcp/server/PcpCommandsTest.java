package io.trunkline.pcp.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ClusteringMode;
import io.trunkline.config.CompatVersion;
import io.trunkline.pcp.AdminOutcome;
import io.trunkline.pcp.NodeFacts.Status;
import io.trunkline.pcp.ReloadOutcome;
import io.trunkline.pcp.server.PcpTalk.Connection;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each request is answered, in the order of Pgpool-II's fields and in its words. */
class PcpCommandsTest {
    private static final String PID = "from pid [" + ProcessHandle.current().pid() + "] is canceled";

    @TempDir
    Path directory = Path.of("");

    private PcpTalk talk;
    private ScriptedOperations operations;
    private Connection connection;

    @BeforeEach
    void prepare() {
        talk = new PcpTalk(directory, 2);
        operations = talk.operations;
        connection = talk.connect();
    }

    @AfterEach
    void leaveNothing() {
        connection.close();
    }

    private List<String> ask(char type, String body) {
        if (connection.logIn(PcpTalk.PASSWORD).isEmpty()) {
            throw new AssertionError("no login");
        }
        return connection.ask(type, body);
    }

    private static String error(String message, String detail) {
        return "E SERROR|CXX000|M" + message + "|D" + detail + "||";
    }

    private static String fatal(String message, String detail) {
        return "E SFATAL|CXX000|M" + message + "|D" + detail + "||";
    }

    // ---- reports

    @Test
    void nodesAreListedWithTheirNumberFirst() {
        List<String> answer = ask('I', "-1\0");

        assertThat(answer).hasSize(5).startsWith("i ArraySize|3|").endsWith("i CommandComplete|");
        assertThat(answer.get(2))
                .startsWith("i NodeInfo|db1|5433|2|0|up|1073741823.500000|3|standby|100|streaming|async|");
    }

    @Test
    void oneNodeIsListedByItself() {
        assertThat(ask('I', "1\0")).hasSize(3).startsWith("i ArraySize|1|").endsWith("i CommandComplete|");
    }

    @Test
    void laterReleasesTellWhetherTheDelayIsATime() {
        operations.version = CompatVersion.V4_7;

        try (var later = new Later(talk)) {
            assertThat(later.ask('I', "1\0").get(1))
                    .startsWith("i NodeInfo|db1|5433|2|0|up|1073741823.500000|3|standby|0|100|streaming|async|");
        }
    }

    @Test
    void earlierReleasesTellOfOneNodeInOneMessage() {
        operations.version = CompatVersion.V4_2;

        try (var earlier = new Later(talk)) {
            assertThat(earlier.ask('I', "1\0"))
                    .singleElement()
                    .asString()
                    .startsWith("i CommandComplete|db1|5433|2|1073741823.500000|3|100|");
        }
    }

    @ParameterizedTest
    @CsvSource({"3", "-2", "x", "''"})
    void aNodeThatIsNotThereIsAnError(String id) {
        assertThat(ask('I', id + "\0")).containsExactly(error("informing node info failed", "invalid node ID : " + id));
    }

    @Test
    void healthChecksAreTwentyTexts() {
        assertThat(ask('H', "1\0")).singleElement().satisfies(answer -> {
            assertThat(answer).startsWith("h CommandComplete|1|db1|5433|up|standby|");
            assertThat(answer.split("\\|", -1)).hasSize(1 + 20 + 1);
        });
    }

    @ParameterizedTest
    @CsvSource({"4,invalid node ID 4", "-1,invalid node ID -1", "3,stats data for node ID 3 does not exist"})
    void healthChecksOfNoNodeAreAnError(String id, String detail) {
        assertThat(ask('H', id + "\0")).containsExactly(error("informing health check stats info failed", detail));
    }

    @Test
    void processesAreCountedAndNamed() {
        assertThat(ask('N', "")).containsExactly("n CommandComplete|2|4001|4002|");
    }

    @Test
    void aProcessHasARowForEachPoolAndNode() {
        assertThat(ask('P', "4002\0"))
                .hasSize(1 + 2 * 3 + 1)
                .startsWith("p ArraySize|6|")
                .endsWith("p CommandComplete|")
                .element(1)
                .asString()
                .startsWith("p ProcessInfo|4002|");
        assertThat(connection.ask('P', "0\0")).hasSize(1 + 2 * 2 * 3 + 1);
    }

    @Test
    void aProcessThatIsNotThereIsAnError() {
        assertThat(ask('P', "7\0")).containsExactly(error("informing process info failed", "invalid process ID : 7"));
    }

    @Test
    void theNumberOfSettingsIsBinary() {
        assertThat(ask('B', ""))
                .containsExactly(
                        "b ArraySize||||\u0001",
                        "b ProcessConfig|port|9999|where clients connect|",
                        "b CommandComplete|");
    }

    @Test
    void thereIsNoWatchdog() {
        assertThat(ask('W', "0\0"))
                .containsExactly(error("PCP: informing watchdog info failed", "watchdog is not enabled"));
    }

    // ---- attach and detach

    @Test
    void attachIsAnsweredOnceAccepted() {
        operations.done = new CompletableFuture<>();

        assertThat(ask('C', "2\0")).containsExactly("c CommandComplete|");
        assertThat(operations.asked).containsExactly("ATTACH 2");
    }

    @Test
    void toAttachANodeThatIsUpIsNoErrorWhereNodesReplicate() {
        operations.refuse("node 1 is in service already");

        assertThat(ask('C', "1\0")).containsExactly("c CommandComplete|");
    }

    @Test
    void toAttachANodeThatIsUpIsAnErrorInRawMode() {
        talk.mode = ClusteringMode.RAW;

        assertThat(ask('C', "1\0"))
                .containsExactly(error("invalid failback request, node id : 1 status: [2] not valid for failback", ""));
        assertThat(operations.asked).isEmpty();
    }

    @Test
    void aRefusedAttachTellsWhy() {
        operations.refuse("node 2 is being replaced as the primary");

        assertThat(ask('C', "2\0"))
                .containsExactly(
                        error("failback request for node_id: 2 " + PID, "node 2 is being replaced as the primary"));
    }

    @ParameterizedTest
    @CsvSource({
        "C,-1,invalid failback request",
        "C,128,invalid failback request",
        "D,128,invalid degenerate backend request",
        "d,x,invalid degenerate backend request"
    })
    void numbersOfNodesHaveARange(char type, String id, String message) {
        assertThat(ask(type, id + "\0"))
                .containsExactly(error(
                        message + ", node id: " + id + " is out of range. node id must be between [0 and 128]", ""));
        assertThat(operations.asked).isEmpty();
    }

    @Test
    void detachIsAnsweredOnceAccepted() {
        operations.done = new CompletableFuture<>();

        assertThat(ask('D', "1\0")).containsExactly("d CommandComplete|");
        assertThat(operations.asked).containsExactly("DETACH 1");
    }

    @Test
    void toDetachANodeThatIsDownIsAnErrorButItIsToStayDown() {
        operations.refuse("node 2 is down already");

        assertThat(ask('D', "2\0"))
                .containsExactly(error(
                        "invalid degenerate backend request, node id : 2 status: [3] is not valid for failover", ""));
        assertThat(operations.asked).containsExactly("DETACH 2");
    }

    @Test
    void aNodeThatMayNotFailIsNotDetached() {
        talk.neverFailedOver = Set.of(1);
        operations.refuse("failover is disallowed for node 1 (backend_flag)");

        assertThat(ask('D', "1\0"))
                .containsExactly(error(
                        "degenerate backend request for node_id: 1 " + PID
                                + " because failover is disallowed on the node",
                        ""));
    }

    @Test
    void thePrimaryIsDetachedAlsoIfNoOtherCanTakeItsPlace() {
        operations.done = CompletableFuture.completedFuture(new AdminOutcome(false, "there is no primary now"));
        operations.accepted = new CompletableFuture<>();
        assertThat(ask('D', "0\0")).isEmpty();
        operations.statuses = List.of(Status.DOWN, Status.UP, Status.DOWN);

        operations.accepted.complete(new AdminOutcome(false, "there is no primary now"));

        assertThat(connection.answers()).containsExactly("d CommandComplete|");
    }

    @Test
    void aGracefulDetachWaitsUntilNothingIsOpenOnTheNode() {
        operations.drained = new CompletableFuture<>();
        assertThat(ask('d', "1\0")).isEmpty();
        assertThat(operations.asked).containsExactly("DETACH_GRACEFULLY 1", "drained 1");

        operations.drained.complete(false);

        assertThat(connection.answers()).containsExactly("d CommandComplete|");
    }

    // ---- promotion and recovery

    @Test
    void promoteTakesItsOptionFromTheSecondText() {
        assertThat(ask('J', "1 \0n")).containsExactly("d CommandComplete|");
        assertThat(connection.ask('J', "1 \0s")).containsExactly("d CommandComplete|");
        assertThat(connection.ask('j', "1\0")).containsExactly("d CommandComplete|");
        assertThat(operations.asked).containsExactly("PROMOTE 1", "SWITCHOVER 1", "PROMOTE 1");
    }

    @Test
    void promotionsThatCannotBeAreRefused() {
        assertThat(ask('J', "7 \0n"))
                .containsExactly(error("could not process promote request", "node id 7 is not valid"));
        operations.refuse("a failover is under way");
        assertThat(connection.ask('J', "1 \0s"))
                .containsExactly(error("could not process promote request", "a failover is under way"));
        assertThat(connection.ask('J', "0 \0n"))
                .containsExactly(fatal(
                        "invalid promote request", "specified node is already primary node, can't promote node id 0"));
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void promoteNeedsStreamingReplication() {
        talk.mode = ClusteringMode.RAW;

        assertThat(ask('J', "1 \0n"))
                .containsExactly(fatal(
                        "invalid pgpool mode for process promote request",
                        "not in streaming replication mode, can't promote node id 1"));
    }

    @Test
    void recoveryIsAnsweredWhenItIsDone() {
        operations.done = new CompletableFuture<>();
        assertThat(ask('O', "2\0")).isEmpty();

        operations.done.complete(new AdminOutcome(true, ""));

        assertThat(connection.answers()).containsExactly("c CommandComplete|");
        assertThat(operations.asked).containsExactly("RECOVER 2");
    }

    @Test
    void recoveriesThatCannotBeAreRefused() {
        assertThat(ask('O', "0\0"))
                .containsExactly(error(
                        "process recovery request failed", "primary server cannot be recovered by online recovery."));
        assertThat(connection.ask('O', "7\0"))
                .containsExactly(error("process recovery request failed", "node id 7 is not valid"));
        operations.refuse("process recovery request failed: pgpool-II is already processing another recovery request.");
        assertThat(connection.ask('O', "2\0"))
                .containsExactly(error(
                        "process recovery request failed",
                        "pgpool-II is already processing another recovery request."));
        operations.refuse("node recovery failed, node id: 1 is alive");
        assertThat(connection.ask('O', "1\0")).containsExactly(error("node recovery failed, node id: 1 is alive", ""));
    }

    @ParameterizedTest
    @CsvSource({"O,awaited,failover is in progress", "T,held,promote node operation is in progress"})
    void someRequestsHaveToWaitForAFailover(char type, String writes, String detail) {
        operations.writes = writes;

        assertThat(ask(type, type == 'T' ? "f" : "2\0"))
                .containsExactly(error("failed to process PCP request at the moment", detail));
        assertThat(operations.asked).isEmpty();
    }

    // ---- the server

    @ParameterizedTest
    @CsvSource({"T,s,smart", "T,f,fast", "t,i,immediate"})
    void stopIsAnsweredFirst(char type, String letter, String mode) {
        assertThat(ask(type, letter)).containsExactly("t CommandComplete|");
        assertThat(operations.asked).containsExactly("stop " + mode);
    }

    @Test
    void stopNeedsAMode() {
        assertThat(ask('T', "x"))
                .containsExactly(error("PCP: error while processing shutdown request", "invalid shutdown mode \"x\""));
        assertThat(operations.asked).isEmpty();
    }

    @Test
    void aReloadThatChangesNothingIsAnError() {
        assertThat(ask('Z', "c")).containsExactly("z CommandComplete|");
        operations.reload = new ReloadOutcome(false, List.of("pgpool.conf:3: error: bad"));

        assertThat(connection.ask('Z', "l"))
                .containsExactly(error("process reload config request failed", "pgpool.conf:3: error: bad"));
    }

    @Test
    void logsAreRotatedAndTheCacheIsEmptiedWhereThereIsOne() {
        assertThat(ask('V', "l")).containsExactly("v CommandComplete|");
        assertThat(connection.ask('G', "")).containsExactly(error("query cache is not enabled", ""));
        operations.cache = new AdminOutcome(true, "");
        assertThat(connection.ask('G', "")).containsExactly("g CommandComplete|");
    }

    @ParameterizedTest
    @CsvSource({
        "client_min_messages,NOTICE,",
        "client_min_messages,loud,invalid value \"loud\" for parameter \"client_min_messages\"",
        "port,1,invalid parameter \"port\""
    })
    void aConnectionHasOneSetting(String name, String value, String detail) {
        assertThat(ask('A', name + "\0" + value + "\0"))
                .containsExactly(
                        detail == null
                                ? "a CommandComplete|"
                                : error("PCP: set configuration parameter failed", detail));
    }

    @Test
    void stopOfARecoveryHasNoAnswer() {
        assertThat(ask('F', "")).isEmpty();
        assertThat(connection.ask('L', "")).containsExactly("l CommandComplete|3|");
    }

    @Test
    void anUnknownRequestEndsTheConnection() {
        assertThat(ask('?', "")).containsExactly(fatal("PCP processing request", "unknown PCP packet type \"?\""));
        assertThat(connection.isOpen()).isFalse();
    }

    /** A connection to the same server after its release has been changed. */
    private record Later(Connection connection) implements AutoCloseable {
        Later(PcpTalk talk) {
            this(talk.connect());
        }

        List<String> ask(char type, String body) {
            assertThat(connection.logIn(PcpTalk.PASSWORD)).containsExactly("r AuthenticationOK|");
            return connection.ask(type, body);
        }

        @Override
        public void close() {
            connection.close();
        }
    }
}
