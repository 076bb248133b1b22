package io.trunkline.failover.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.config.RecoveryMode;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.scripted.ScriptedNodes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The conversation of a recovery with two servers that say what the test has them say. */
class OnlineRecoveryTest {
    private static final String CALL = "Q(SELECT pgpool_recovery('stage1', 'db1', '/data1', '5432', 1, '5432', 'db0'))";
    private static final String START = "Q(SELECT pgpool_remote_start('db1', '/data1'))";
    private static final String OK = "T(a) D(t) C(SELECT 1) Z(I)";

    private final ScriptedNodes nodes = new ScriptedNodes();
    private final EmbeddedChannel home = new EmbeddedChannel();
    private final List<RecoveryOutcome> outcomes = new ArrayList<>();
    private final RecoveryTarget target = new RecoveryTarget(new NodeAddress(1, "db1", 5432, 0), "/data1", "node1");
    private final RecoverySource primary = new RecoverySource(new NodeAddress(0, "db0", 5432, 0));
    private RecoverySettings settings = settings(RecoveryMode.COMMANDS, "", "stage1", 30);
    private final OnlineRecovery recovery =
            new OnlineRecovery(home.eventLoop(), new BackendOpener(nodes), Runnable::run, () -> settings);

    OnlineRecoveryTest() {
        home.freezeTime();
        nodes.down(1);
    }

    @AfterEach
    void everythingIsReleased() {
        nodes.finish();
        home.finishAndReleaseAll();
    }

    private static RecoverySettings settings(RecoveryMode mode, String database, String script, int seconds) {
        return new RecoverySettings(
                mode,
                "rescuer",
                database,
                () -> BackendLogin.TRUST,
                Optional::empty,
                script,
                "stage2",
                Duration.ofSeconds(seconds),
                "");
    }

    private void begin() {
        recovery.recover(target, primary, outcomes::add);
        pump();
    }

    private void pump() {
        for (int i = 0; i < 4; i++) {
            home.runPendingTasks();
            nodes.pump();
        }
    }

    private void pass(long millis) {
        home.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        home.runScheduledPendingTasks();
        pump();
    }

    /** The server has been asked this, and nothing else, and answers. */
    private void asked(int node, String question, String answer) {
        pump();
        assertThat(nodes.last(node).received()).isEqualTo(question);
        nodes.last(node).sends(answer);
        pump();
    }

    private void scriptsRun() {
        begin();
        asked(0, "Q(SET statement_timeout To 0)", "C(SET) Z(I)");
        asked(0, CALL, OK);
        asked(0, START, OK);
    }

    private void standbySays(String row) {
        pump();
        assertThat(nodes.last(1).received()).startsWith("Q(SELECT pg_catalog.pg_is_in_recovery()");
        nodes.last(1).sends("T(a,b) D(" + row + ") C(SELECT 1) Z(I)");
        pump();
    }

    private String outcome() {
        assertThat(outcomes).hasSize(1);
        return outcomes.get(0).text();
    }

    @Test
    void bothScriptsRunOnThePrimaryAndThenTheStandbyIsWaitedFor() {
        scriptsRun();
        assertThat(nodes.open(0)).as("connection to the primary").isEmpty();
        pass(1_000);
        pass(1_000);
        nodes.up(1);
        assertThat(outcomes).isEmpty();
        pass(1_000);
        standbySays("t,NULL");
        assertThat(outcomes).containsExactly(RecoveryOutcome.done(1));
        assertThat(nodes.open(1)).isEmpty();
    }

    @Test
    void userAndDatabaseAreTheConfiguredOnes() {
        settings = settings(RecoveryMode.COMMANDS, "tools", "stage1", 30);
        begin();
        assertThat(nodes.last(0).startup().parameters())
                .containsEntry("user", "rescuer")
                .containsEntry("database", "tools");
    }

    @Test
    void withoutADatabaseTheUsualOnesAreTried() {
        nodes.welcome(0, "E(FATAL 3D000 database does not exist)");
        begin();
        assertThat(outcome())
                .isEqualTo("node recovery failed, unable to connect to main node: 0: database does not exist");
        assertThat(nodes.opened(0)).as("postgres, then template1").isEqualTo(2);
    }

    @Test
    void anExtensionThatIsNotInTheFirstDatabaseIsLookedForInTheSecond() {
        begin();
        asked(0, "Q(SET statement_timeout To 0)", "C(SET) Z(I)");
        asked(0, CALL, "E(ERROR 42883 function pgpool_recovery does not exist) Z(I)");
        assertThat(nodes.last(0).startup().parameters()).containsEntry("database", "template1");
        asked(0, "Q(SET statement_timeout To 0)", "C(SET) Z(I)");
        asked(0, CALL, OK);
        asked(0, START, OK);
        nodes.up(1);
        pass(1_000);
        standbySays("t,streaming");
        assertThat(outcomes).containsExactly(RecoveryOutcome.done(1));
    }

    @Test
    void anExtensionThatIsNowhereIsAnError() {
        begin();
        for (int database = 0; database < 2; database++) {
            asked(0, "Q(SET statement_timeout To 0)", "C(SET) Z(I)");
            asked(0, CALL, "E(ERROR 42883 function pgpool_recovery does not exist) Z(I)");
        }
        assertThat(outcome()).contains("function pgpool_recovery does not exist");
    }

    @Test
    void onlyTheServersOwnCodeTellsThatTheExtensionIsNotThere() {
        begin();
        asked(0, "Q(SET statement_timeout To 0)", "C(SET) Z(I)");
        asked(0, CALL, "E(ERROR XX000 the script said: no function (SQLSTATE 42883)) Z(I)");
        assertThat(outcome()).contains("the script said");
        assertThat(nodes.opened(0)).isEqualTo(1);
    }

    @Test
    void withoutAScriptOnlyTheServerIsStarted() {
        settings = settings(RecoveryMode.COMMANDS, "", "", 30);
        begin();
        asked(0, START, OK);
        nodes.up(1);
        pass(1_000);
        standbySays("t,streaming");
        assertThat(outcomes).containsExactly(RecoveryOutcome.done(1));
    }

    @Test
    void primaryThatCannotBeReachedIsNamed() {
        nodes.down(0);
        begin();
        assertThat(outcome()).startsWith("node recovery failed, unable to connect to main node: 0: could not connect");
    }

    @Test
    void failureOfAStepIsToldAsPgpoolDoesWithTheWordsOfTheServer() {
        begin();
        asked(0, "Q(SET statement_timeout To 0)", "E(ERROR 42501 denied) Z(I)");
        begin();
        asked(0, "Q(SET statement_timeout To 0)", "C(SET) Z(I)");
        asked(0, CALL, "E(ERROR XX000 pgpool_recovery failed) Z(I)");
        begin();
        asked(0, "Q(SET statement_timeout To 0)", "C(SET) Z(I)");
        asked(0, CALL, OK);
        asked(0, START, "E(ERROR XX000 pgpool_remote_start failed) Z(I)");
        assertThat(outcomes)
                .extracting(RecoveryOutcome::text)
                .containsExactly(
                        "executing recovery, SET STATEMENT_TIMEOUT failed at \"1st stage\": ERROR: denied"
                                + " (SQLSTATE 42501)",
                        "executing recovery, execution of command failed at \"1st stage\": command:\"stage1\";"
                                + " ERROR: pgpool_recovery failed (SQLSTATE XX000)",
                        "executing remote start failed with error: \"ERROR: pgpool_remote_start failed"
                                + " (SQLSTATE XX000)\"");
        assertThat(nodes.open(0)).isEmpty();
    }

    @Test
    void oneAtATime() {
        begin();
        recovery.recover(target, primary, outcomes::add);
        pump();
        assertThat(outcome())
                .isEqualTo(
                        "process recovery request failed: pgpool-II is already processing another recovery request.");
        asked(0, "Q(SET statement_timeout To 0)", "E(ERROR 42501 denied) Z(I)");
        begin();
        asked(0, "Q(SET statement_timeout To 0)", "C(SET) Z(I)");
    }

    @Test
    void serverThatDoesNotComeUpInTimeFailsTheRecovery() {
        scriptsRun();
        for (int second = 0; second < 29; second++) {
            pass(1_000);
        }
        assertThat(outcomes).isEmpty();
        pass(1_000);
        assertThat(outcome())
                .startsWith("recovery is checking if postmaster is started: postmaster on hostname:\"db1\""
                        + " database:\"postgres\" user:\"rescuer\" failed to start in 30 second; last seen: could not");
    }

    @Test
    void serverThatIsStillStartingIsAskedAgain() {
        scriptsRun();
        nodes.welcome(1, "E(FATAL 57P03 the database system is starting up)");
        nodes.up(1);
        pass(1_000);
        assertThat(outcomes).isEmpty();
        nodes.welcome(1, String.format(ScriptedNodes.WELCOME, "on") + " K() Z(I)");
        pass(1_000);
        standbySays("t,NULL");
        assertThat(outcomes).containsExactly(RecoveryOutcome.done(1));
    }

    @Test
    void serverThatKeepsTheRecoveryUserOutHasStartedNevertheless() {
        scriptsRun();
        nodes.welcome(1, "E(FATAL 28000 no entry in pg_hba.conf)");
        nodes.up(1);
        pass(1_000);
        assertThat(outcomes).containsExactly(RecoveryOutcome.done(1));
    }

    @Test
    void nodeThatCameUpAsAPrimaryIsNotRecovered() {
        scriptsRun();
        nodes.up(1);
        pass(1_000);
        standbySays("f,NULL");
        assertThat(outcome()).startsWith("node recovery failed, node 1 has not become a standby: its server runs");
    }

    @Test
    void builtInWayLeavesANodeAloneThatAnswers() {
        settings = settings(RecoveryMode.BUILTIN, "", "", 30);
        nodes.up(1);
        begin();
        assertThat(outcome())
                .isEqualTo(
                        "node recovery failed, node id: 1 is alive: a server answers on node 1 (db1:5432); stop it first");
        nodes.welcome(1, "E(FATAL 53300 too many clients)");
        begin();
        assertThat(outcomes.get(1).text())
                .isEqualTo("node recovery failed, node id: 1 is alive: a server answers on node 1 (db1:5432); stop it"
                        + " first: too many clients");
        assertThat(nodes.opened(0)).isZero();
    }

    @Test
    void builtInWayLeavesANodeAloneThatHangs() {
        settings = settings(RecoveryMode.BUILTIN, "", "", 30);
        nodes.up(1);
        nodes.welcome(1, "");
        begin();
        assertThat(outcomes).isEmpty();
        pass(5_000);
        assertThat(outcome()).contains("node id: 1 is alive: somebody is there, but does not answer");
    }

    @Test
    void builtInWayDoesNotCopyAStandby() {
        settings = settings(RecoveryMode.BUILTIN, "", "", 30);
        begin();
        asked(0, "Q(CHECKPOINT)", "C(CHECKPOINT) Z(I)");
        asked(0, "Q(" + PrimaryFacts.QUERY + ")", "E(ERROR 55000 recovery is in progress) Z(I)");
        assertThat(outcome())
                .isEqualTo("node recovery failed, node 0 does not tell what it is: ERROR: recovery is in progress"
                        + " (SQLSTATE 55000)");
        assertThat(nodes.open(0)).isEmpty();
    }

    @Test
    void onceClosedNothingIsWaitedForAnyMore() {
        scriptsRun();
        recovery.close();
        pump();
        assertThat(outcome()).contains("Trunkline is ending");
    }
}
