package io.trunkline.failover.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeReport;
import io.trunkline.pool.scripted.ScriptedBackend;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a node is asked, and what becomes of the connection. */
class RoleProbeTest {
    private static final String NODE_ROW = "D(node,t,0/3000,0/2000,NULL,7000,1,1,,streaming,2,db0,5432,NULL)";
    private static final String REPORT = "T(a) " + NODE_ROW + " C(SELECT 1) T(a) C(SELECT 0) Z(I)";
    private static final String WITHOUT_RECEIVER =
            "T(a) D(node,t,0/3000,0/2000,NULL,7000,1,1,,NULL,NULL,NULL,NULL,NULL) C(SELECT 1) T(a) C(SELECT 0) Z(I)";

    private ProbeFixture at = new ProbeFixture(ProbeFixture.HEALTH);

    @AfterEach
    void everythingIsReleased() {
        at.finish();
    }

    private ScriptedBackend server() {
        return at.nodes.last(1);
    }

    private NodeReport lastReport() {
        assertThat(at.failures).isEmpty();
        return at.reports.get(at.reports.size() - 1);
    }

    @Test
    void theAnswerBecomesAReport() {
        at.ask().sends(1, REPORT);
        assertThat(at.reports).hasSize(1);
        assertThat(lastReport().inRecovery()).isTrue();
        assertThat(lastReport().received()).hasValue(0x3000);
        assertThat(lastReport().timeline()).hasValue(2);
    }

    @Test
    void everythingIsAskedInOneRoundTrip() {
        at.ask();
        assertThat(server().received()).isEqualTo("Q(" + ReportQuery.FULL + ")");
        at.sends(1, REPORT);
        assertThat(server().received()).isEmpty();
    }

    @Test
    void theConnectionIsKept() {
        at.ask().sends(1, REPORT).ask().sends(1, REPORT);
        assertThat(at.reports).hasSize(2);
        assertThat(at.nodes.opened(1)).isOne();
    }

    @Test
    void aQuestionThatComesMeanwhileIsAnsweredWithTheSameReport() {
        at.ask().ask();
        at.sends(1, REPORT);
        assertThat(at.reports).hasSize(2).containsOnly(lastReport());
        assertThat(server().received()).isEqualTo("Q(" + ReportQuery.FULL + ")");
    }

    @Test
    void aKeptConnectionThatIsLostIsReplacedBeforeTheNodeCountsAsSilent() {
        at.ask().sends(1, REPORT).ask();
        at.sends(1, "E(FATAL 57P01 terminating connection due to administrator command)")
                .disconnects(1);
        assertThat(at.failures).isEmpty();
        at.sends(1, REPORT);
        assertThat(at.reports).hasSize(2);
        assertThat(at.nodes.opened(1)).isEqualTo(2);
    }

    @Test
    void aNewConnectionThatIsLostIsAFailure() {
        at.ask().disconnects(1);
        assertThat(at.failures).containsExactly("silent: the server closed the connection");
        assertThat(at.nodes.opened(1)).isOne();
    }

    @Test
    void aNodeThatCannotBeReachedIsAFailure() {
        at.nodes.down(1);
        at.ask();
        assertThat(at.failures)
                .containsExactly("silent: could not connect to node 1 (10.0.0.1:5432): Connection refused");
    }

    @ParameterizedTest
    @CsvSource({
        "28P01, password authentication failed, ; check sr_check_user and sr_check_password",
        "28000, no pg_hba.conf entry, ; check sr_check_user and sr_check_password",
        "3D000, database does not exist, ; check sr_check_database",
        "57P03, the database system is in recovery mode, ''",
        "53300, sorry, ''"
    })
    void aLoginThatIsRefusedIsAnAnswerAndNamesTheParametersOnlyWhereTheyAreTheReason(
            String sqlState, String words, String advice) {
        at.nodes.welcome(1, "E(FATAL " + sqlState + " " + words + ")");
        at.ask();
        assertThat(at.failures).containsExactly("answered: FATAL: " + words + " (SQLSTATE " + sqlState + ")" + advice);
    }

    @Test
    void theWholeQuestionHasOneLimit() {
        at.nodes.welcome(1, "");
        at.ask();
        at.pass(4_000);
        at.sends(1, "R(0) K(7) Z(I)");
        assertThat(at.failures).isEmpty();
        at.pass(1_000);
        assertThat(at.failures).containsExactly("silent: no answer within 5000 ms");
        assertThat(at.nodes.open(1)).isEmpty();
    }

    @Test
    void aServerThatIsSilentFromTheStartIsGivenUp() {
        at.nodes.welcome(1, "");
        at.ask();
        at.pass(5_000);
        assertThat(at.failures).containsExactly("silent: no answer within 5000 ms");
        assertThat(at.nodes.open(1)).isEmpty();
        at.ask();
        assertThat(at.nodes.opened(1)).isEqualTo(2);
    }

    @Test
    void whatAUserMayNotAskIsLeftOutAndNotTriedAgain() {
        at.ask();
        assertThat(server().received()).startsWith("Q(");
        at.sends(1, "E(ERROR 42501 permission denied for function pg_control_system) Z(I)");
        assertThat(server().received()).isEqualTo("Q(" + ReportQuery.BASIC + ")");
        at.sends(1, "T(a) D(node,t,0/3000,0/2000) C(SELECT 1) Z(I)");
        assertThat(lastReport().received()).hasValue(0x3000);
        assertThat(lastReport().timeline()).isEmpty();
        at.ask();
        assertThat(server().received()).isEqualTo("Q(" + ReportQuery.BASIC + ")");
    }

    @Test
    void otherErrorsAreTheAnswer() {
        at.ask().sends(1, "E(ERROR 57014 canceling statement due to statement timeout) Z(I)");
        assertThat(at.failures)
                .containsExactly("answered: ERROR: canceling statement due to statement timeout (SQLSTATE 57014)");
        at.failures.clear();
        at.ask().sends(1, REPORT);
        assertThat(lastReport().timeline()).hasValue(2);
        assertThat(at.nodes.opened(1)).isOne();
    }

    @Test
    void anAnswerWithoutARoleIsNone() {
        at.ask().sends(1, "C(SELECT 0) Z(I)");
        assertThat(at.failures).containsExactly("answered: unexpected answer");
    }

    @Test
    void theTimelineThatWasReceivedOutlivesTheReceiver() {
        at.ask().sends(1, REPORT).ask().sends(1, WITHOUT_RECEIVER);
        assertThat(lastReport().timeline()).isEqualTo(OptionalInt.of(2));
        assertThat(lastReport().upstream()).isEmpty();
        assertThat(lastReport().replayed()).isEqualTo(OptionalLong.of(0x2000));
    }

    @Test
    void theTimelineIsForgottenWithTheConnection() {
        at.ask().sends(1, REPORT).disconnects(1);
        at.ask().sends(1, WITHOUT_RECEIVER);
        assertThat(lastReport().timeline()).isEqualTo(OptionalInt.of(1));
    }

    @Test
    void withoutAUserNothingIsAsked() {
        at.finish();
        at = new ProbeFixture(ProbeFixture.HEALTH, ProbeFixture.check(""));
        at.ask();
        assertThat(at.failures).containsExactly("silent: neither sr_check_user nor health_check_user is set");
        assertThat(at.nodes.opened(1)).isZero();
    }

    @Test
    void aReloadLetsAQuestionEndAndAsksTheNextOverANewConnection() {
        at.ask();
        at.probes.reload(ProbeFixture.targets(2, ProbeFixture.HEALTH), ProbeFixture.check("other"));
        at.sends(1, REPORT);
        assertThat(at.reports).hasSize(1);
        assertThat(at.nodes.open(1)).isEmpty();
        at.ask();
        assertThat(server().startup().parameters()).containsEntry("user", "other");
    }

    @Test
    void onceClosedThereAreNoAnswersAndNoConnections() {
        at.ask();
        at.probes.close();
        at.pass(100_000);
        at.ask();
        assertThat(at.reports).isEmpty();
        assertThat(at.failures).isEmpty();
        assertThat(at.nodes.open(1)).isEmpty();
    }
}
