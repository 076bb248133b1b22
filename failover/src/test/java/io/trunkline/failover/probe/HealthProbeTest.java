package io.trunkline.failover.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.HealthOutcome;
import io.trunkline.failover.HealthOutcome.Kind;
import io.trunkline.failover.HealthSettings;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.ScriptedNodes;
import io.trunkline.protocol.StartupPacket;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one attempt makes of what a server does. */
class HealthProbeTest {
    private static final String SHUTTING_DOWN = "E(FATAL 57P03 the database system is shutting down)";
    private static final String TERMINATED = "E(FATAL 57P01 terminating connection due to administrator command)";

    private ProbeFixture at = new ProbeFixture(ProbeFixture.HEALTH);

    @AfterEach
    void everythingIsReleased() {
        at.finish();
    }

    private void with(HealthSettings settings) {
        at.finish();
        at = new ProbeFixture(settings);
    }

    private void silent(HealthSettings settings) {
        with(settings);
        at.nodes.welcome(0, "");
        at.check();
    }

    private HealthOutcome outcome() {
        assertThat(at.outcomes).as("answers").hasSize(1);
        return at.outcomes.get(0);
    }

    private static HealthOutcome alarm(String detail) {
        return new HealthOutcome(Kind.ALARM, detail, false);
    }

    @Test
    void aServerThatIsReadyForQueriesIsAlive() {
        at.check();
        assertThat(outcome()).isEqualTo(HealthOutcome.ALIVE);
    }

    @Test
    void theConnectionIsTheUsersAndEndsInAnOrderlyWay() {
        silent(ProbeFixture.HEALTH);
        ScriptedBackend server = at.nodes.last(0);
        StartupPacket.Startup startup = server.startup();
        assertThat(startup.parameters())
                .containsEntry("user", "checker")
                .containsEntry("database", "checks")
                .containsEntry("application_name", "trunkline health check");
        at.sends(0, "R(0) K(1) Z(I)");
        assertThat(outcome().kind()).isEqualTo(Kind.ALIVE);
        assertThat(server.received()).isEqualTo("X");
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void everyAttemptHasAConnectionOfItsOwn() {
        at.check();
        at.check();
        assertThat(at.outcomes).containsExactly(HealthOutcome.ALIVE, HealthOutcome.ALIVE);
        assertThat(at.nodes.opened(0)).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            28P01 | password authentication failed for user "checker"
            28000 | no pg_hba.conf entry for host "10.9.9.9"
            3D000 | database "checks" does not exist
            53300 | sorry, too many clients already
            53100 | could not write to file: No space left on device
            XX000 | cache lookup failed
            """)
    void anErrorIsAnAlarmInTheServersWords(String sqlState, String words) {
        silent(ProbeFixture.HEALTH);
        at.sends(0, "E(FATAL " + sqlState + " " + words + ")");
        assertThat(outcome()).isEqualTo(alarm("FATAL: " + words + " (SQLSTATE " + sqlState + ")"));
        assertThat(at.nodes.opened(0)).isOne();
    }

    @Test
    void aPasswordThatIsAskedForAndNotThereIsAnAlarm() {
        silent(ProbeFixture.HEALTH);
        at.sends(0, "R(5 abcd)");
        assertThat(outcome().kind()).isEqualTo(Kind.ALARM);
        assertThat(outcome().detail()).contains("password that Trunkline does not have");
    }

    @Test
    void aServerThatTakesNoConnectionsYetIsNotReady() {
        silent(ProbeFixture.HEALTH);
        at.sends(0, "E(FATAL 57P03 the database system is starting up)");
        assertThat(outcome())
                .isEqualTo(new HealthOutcome(
                        Kind.NOT_READY, "FATAL: the database system is starting up (SQLSTATE 57P03)", false));
    }

    @Test
    void nobodyListeningIsDead() {
        at.nodes.down(0);
        at.check();
        assertThat(outcome())
                .isEqualTo(new HealthOutcome(
                        Kind.DEAD, "could not connect to node 0 (10.0.0.0:5432): Connection refused", false));
    }

    @Test
    void aServerThatAcceptsAndNeverAnswersIsDeadOnceTheTimeIsOver() {
        silent(ProbeFixture.HEALTH);
        at.pass(2_999);
        assertThat(at.outcomes).isEmpty();
        at.pass(1);
        assertThat(outcome()).isEqualTo(new HealthOutcome(Kind.DEAD, "no answer within 3000 ms", true));
        assertThat(at.nodes.open(0)).isEmpty();
        at.pass(100_000);
        assertThat(at.outcomes).hasSize(1);
    }

    @Test
    void aServerThatFallsSilentDuringTheLoginIsDeadToo() {
        silent(ProbeFixture.HEALTH);
        at.sends(0, "R(0) K(1)");
        at.pass(3_000);
        assertThat(outcome().kind()).isEqualTo(Kind.DEAD);
        assertThat(outcome().timedOut()).isTrue();
        assertThat(at.nodes.open(0)).isEmpty();
    }

    @Test
    void withoutALimitOfItsOwnTheLimitForOpeningAConnectionHolds() {
        silent(new HealthSettings(0, "u", "d", "", ProbeFixture.HEALTH.logins()));
        at.pass(59_999);
        assertThat(at.outcomes).isEmpty();
        at.pass(1);
        assertThat(outcome().kind()).isEqualTo(Kind.DEAD);
        assertThat(outcome().timedOut()).isTrue();
        assertThat(at.nodes.open(0)).isEmpty();
    }

    @Test
    void aConnectionThatEndsWithoutAWordIsTriedOnceMore() {
        silent(ProbeFixture.HEALTH);
        at.disconnects(0);
        assertThat(at.outcomes).isEmpty();
        at.disconnects(0);
        assertThat(outcome().kind()).isEqualTo(Kind.DEAD);
        assertThat(outcome().timedOut()).isFalse();
        assertThat(outcome().detail()).endsWith("the server closed the connection");
        assertThat(at.nodes.opened(0)).isEqualTo(2);
    }

    @Test
    void whatIsNoPostgresIsDead() {
        silent(ProbeFixture.HEALTH);
        at.sends(0, "1");
        at.sends(0, "1");
        assertThat(outcome().kind()).isEqualTo(Kind.DEAD);
        assertThat(outcome().detail()).contains("protocol violation");
    }

    @ParameterizedTest
    @ValueSource(strings = {"57P01", "57P02"})
    void aServerProcessThatSomebodyEndedIsNoFailure(String sqlState) {
        silent(ProbeFixture.HEALTH);
        at.sends(0, "E(FATAL " + sqlState + " terminating connection)");
        assertThat(at.outcomes).isEmpty();
        at.sends(0, "R(0) K(1) Z(I)");
        assertThat(outcome()).isEqualTo(HealthOutcome.ALIVE);
    }

    @Test
    void aServerThatIsBeingShutDownIsDead() {
        silent(ProbeFixture.HEALTH);
        at.sends(0, TERMINATED).sends(0, SHUTTING_DOWN);
        assertThat(outcome())
                .isEqualTo(new HealthOutcome(
                        Kind.DEAD, "FATAL: the database system is shutting down (SQLSTATE 57P03)", false));
    }

    @Test
    void aServerThatRestartsItsProcessesAfterACrashIsNotReady() {
        silent(ProbeFixture.HEALTH);
        at.sends(0, "E(FATAL 57P02 terminating connection because of crash of another server process)")
                .sends(0, "E(FATAL 57P03 the database system is in recovery mode)");
        assertThat(outcome().kind()).isEqualTo(Kind.NOT_READY);
    }

    @Test
    void aServerThatLetsInAndEndsEveryConnectionIsAnAlarm() {
        silent(ProbeFixture.HEALTH);
        at.sends(0, TERMINATED).sends(0, TERMINATED);
        assertThat(outcome().kind()).isEqualTo(Kind.ALARM);
        assertThat(at.nodes.opened(0)).isEqualTo(2);
    }

    @Test
    void bothLooksShareOneLimit() {
        silent(ProbeFixture.HEALTH);
        at.pass(2_000);
        at.sends(0, TERMINATED);
        at.pass(1_000);
        assertThat(outcome().timedOut()).isTrue();
        assertThat(at.nodes.open(0)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "R(5 abcd)",
                "R(10 SCRAM-SHA-256)",
                "E(FATAL 28000 no pg_hba.conf entry)",
                "E(FATAL 28000 role \"postgres\" does not exist)",
                "E(FATAL 3D000 database \"postgres\" does not exist)",
                "R(0) K(1) Z(I)"
            })
    void withoutAUserTheFirstAnswerIsEnough(String answer) {
        silent(ProbeFixture.health("", "", "SELECT 1"));
        ScriptedBackend server = at.nodes.last(0);
        at.sends(0, answer);
        assertThat(outcome()).isEqualTo(HealthOutcome.ALIVE);
        assertThat(server.isOpen()).isFalse();
        assertThat(server.received()).isIn("", "X");
        assertThat(at.nodes.opened(0)).isOne();
    }

    @ParameterizedTest
    @CsvSource({"57P03, NOT_READY", "53300, ALARM"})
    void withoutAUserTroubleOfTheServerIsSeenAllTheSame(String sqlState, Kind kind) {
        silent(ProbeFixture.health("", "", ""));
        at.sends(0, "E(FATAL " + sqlState + " trouble)");
        assertThat(outcome().kind()).isEqualTo(kind);
    }

    @Test
    void withoutADatabaseTheSecondIsTriedWhereTheFirstIsMissing() {
        silent(ProbeFixture.health("checker", "", ""));
        assertThat(at.nodes.last(0).startup().parameters()).containsEntry("database", "postgres");
        at.sends(0, "E(FATAL 3D000 database \"postgres\" does not exist)");
        assertThat(at.nodes.last(0).startup().parameters()).containsEntry("database", "template1");
        at.sends(0, "E(FATAL 3D000 database \"template1\" does not exist)");
        assertThat(outcome()).isEqualTo(alarm("FATAL: database \"template1\" does not exist (SQLSTATE 3D000)"));
    }

    @Test
    void aWrongPasswordIsNotTriedOnAnotherDatabase() {
        silent(ProbeFixture.health("checker", "", ""));
        at.sends(0, "E(FATAL 28P01 password authentication failed)");
        assertThat(outcome().kind()).isEqualTo(Kind.ALARM);
        assertThat(at.nodes.opened(0)).isOne();
    }

    private ScriptedBackend inQuery() {
        with(ProbeFixture.health("checker", "checks", "SELECT f()"));
        at.check();
        ScriptedBackend server = at.nodes.last(0);
        assertThat(server.received()).isEqualTo("Q(SELECT f())");
        return server;
    }

    @Test
    void theQueryHasToEndWell() {
        ScriptedBackend server = inQuery();
        at.sends(0, "T(a) D(1) D(2) C(SELECT 2)");
        assertThat(at.outcomes).isEmpty();
        at.sends(0, "Z(I)");
        assertThat(outcome()).isEqualTo(HealthOutcome.ALIVE);
        assertThat(server.received()).isEqualTo("X");
    }

    @Test
    void aQueryThatFailsIsAnAlarm() {
        inQuery();
        at.sends(0, "E(ERROR 42883 function f() does not exist) Z(I)");
        assertThat(outcome()).isEqualTo(alarm("ERROR: function f() does not exist (SQLSTATE 42883)"));
        assertThat(at.nodes.open(0)).isEmpty();
    }

    @Test
    void aQueryThatDoesNotEndIsCancelledAndTheServerDead() {
        ScriptedBackend server = inQuery();
        at.pass(3_000);
        assertThat(outcome())
                .isEqualTo(new HealthOutcome(Kind.DEAD, "health_check_query did not end within 3000 ms", true));
        assertThat(server.isOpen()).isFalse();
        List<ScriptedBackend> cancels = at.nodes.cancels();
        assertThat(cancels).hasSize(1);
        assertThat(ScriptedNodes.cancelOf(cancels.get(0)).pid()).isEqualTo(server.pid());
    }

    @Test
    void aQueryWhoseProcessIsEndedIsRunAgain() {
        inQuery();
        at.sends(0, TERMINATED);
        at.disconnects(0);
        assertThat(at.nodes.last(0).received()).isEqualTo("Q(SELECT f())");
        at.sends(0, "C(SELECT 0) Z(I)");
        assertThat(outcome()).isEqualTo(HealthOutcome.ALIVE);
    }

    @Test
    void aConnectionLostInTheQueryIsTriedOnceMore() {
        inQuery();
        at.disconnects(0);
        assertThat(at.outcomes).isEmpty();
        at.disconnects(0);
        assertThat(outcome().kind()).isEqualTo(Kind.DEAD);
        assertThat(at.nodes.opened(0)).isEqualTo(2);
    }

    @Test
    void onceClosedThereAreNoAnswersAndNoConnections() {
        silent(ProbeFixture.HEALTH);
        at.probes.close();
        at.pass(100_000);
        at.check();
        assertThat(at.outcomes).isEmpty();
        assertThat(at.nodes.open(0)).isEmpty();
        assertThat(at.nodes.opened(0)).isOne();
    }

    @Test
    void aReloadCountsFromTheNextAttemptOn() {
        silent(ProbeFixture.HEALTH);
        at.probes.reload(ProbeFixture.targets(3, ProbeFixture.health("other", "checks", "")), ProbeFixture.CHECK);
        at.check();
        assertThat(at.nodes.open(0))
                .extracting(server -> server.startup().parameters().get("user"))
                .containsExactly("checker", "other");
        at.probes.checkHealth(2, at.outcomes::add);
        at.pump();
        assertThat(at.nodes.opened(2)).as("of a node that has been added").isOne();
    }
}
