package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.WireText;
import io.trunkline.proxy.route.Rules;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which node gets what, and what the client gets back. Node 0 is the primary, node 1 the standby for reads. */
class SessionRoutingTest extends SessionScenario {
    private void writesInATransaction() {
        client.sends("Q(BEGIN) Q(DELETE FROM t)");
        primary().sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        primary().received();
        client.received();
    }

    // ---- simple protocol

    @Test
    void aReadGoesToTheStandbyAndNeverOpensThePrimary() {
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
        standby().sends("T(a) D(1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("T(a) D(1) C(SELECT 1) Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void aWriteGoesToThePrimary() {
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
        primary().sends("C(DELETE 3) Z(I)");
        assertThat(client.received()).isEqualTo("C(DELETE 3) Z(I)");
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void pipelinedQueriesForTwoNodesAreAnsweredInOrder() {
        client.sends("Q(SELECT 1) Q(DELETE FROM t) Q(SELECT 2)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
        assertThat(proxy.nodes.open(0)).isEmpty();
        standby().sends("C(SELECT 1) Z(I)");
        // a read that comes while the primary is busy is not worth waiting for
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t) Q(SELECT 2)");
        assertThat(standby().received()).isEmpty();
        primary().sends("C(DELETE 1) Z(I) C(SELECT 2) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I) C(DELETE 1) Z(I) C(SELECT 2) Z(I)");
    }

    @Test
    void pipelinedQueriesForOneNodeAreSentWithoutWaiting() {
        client.sends("Q(DELETE FROM t) Q(LISTEN x)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t) Q(LISTEN x)");
    }

    @Test
    void anEmptyQueryIsAnswered() {
        client.sends("Q()");
        standby().sends("I Z(I)");
        assertThat(client.received()).isEqualTo("I Z(I)");
    }

    @Test
    void aStatementThatIsTooLongToLookIntoGoesToThePrimary() {
        String query = "SELECT '" + "x".repeat(5000) + "'";
        client.sends(WireText.encode(WireText.Sender.CLIENT, "Q(" + query + ")")
                .readSlice(2000)
                .copy());
        assertThat(primary().isOpen()).isTrue();
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void aFunctionCallMessageGoesToThePrimary() {
        client.sends("F(whatever)");
        assertThat(primary().received()).isEqualTo("F(whatever)");
        primary().sends("V(x) Z(I)");
        assertThat(client.received()).isEqualTo("V(x) Z(I)");
    }

    @Test
    void whereNothingIsBalancedEverythingGoesToThePrimary() {
        proxy.routing = Rules.of("load_balance_mode = off");
        client.sends("Q(SET search_path TO a) Q(SELECT 1) Q(BEGIN READ ONLY)");
        assertThat(primary().received()).isEqualTo("Q(SET search_path TO a) Q(SELECT 1) Q(BEGIN READ ONLY)");
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    // ---- extended protocol

    @Test
    void aBatchOfReadsRunsOnTheStandby() {
        client.sends("P(|SELECT 1) B(|) D(P) E() S");
        assertThat(standby().received()).isEqualTo("P(|SELECT 1) B(|) D(P) E() S");
        standby().sends("1 2 T(a) D(1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 T(a) D(1) C(SELECT 1) Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void aWriteBehindAReadInABatchWaitsForItsAnswersWhichAFlushAsksFor() {
        client.sends("P(|SELECT 1) B(|) E() P(|DELETE FROM t) B(|) E() S");
        assertThat(standby().received()).isEqualTo("P(|SELECT 1) B(|) E() H");
        assertThat(proxy.nodes.open(0)).isEmpty();
        standby().sends("1 2 D(1) C(SELECT 1)");
        assertThat(primary().received()).isEqualTo("P(|DELETE FROM t) B(|) E() S");
        assertThat(standby().received()).isEqualTo("S");
        standby().sends("Z(I)");
        primary().sends("1 2 C(DELETE 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 D(1) C(SELECT 1) 1 2 C(DELETE 1) Z(I)");
    }

    @Test
    void aReadBehindAWriteInABatchStaysOnThePrimary() {
        client.sends("P(|DELETE FROM t) B(|) E() P(|SELECT 1) B(|) E() S");
        assertThat(primary().received()).isEqualTo("P(|DELETE FROM t) B(|) E() P(|SELECT 1) B(|) E() S");
    }

    @Test
    void aFlushReachesTheServerInsideABatchOnly() {
        client.sends("H");
        client.sends("P(|SELECT 1) H");
        assertThat(standby().received()).isEqualTo("P(|SELECT 1) H");
        standby().sends("1");
        assertThat(client.received()).isEqualTo("1");
    }

    @Test
    void anErrorInABatchSkipsToTheSync() {
        client.sends("P(|SELECT nonsense) B(|) E() S P(|SELECT 2) B(|) E() S");
        assertThat(standby().received()).isNotEmpty();
        standby().sends("E(ERROR 42703 no column) Z(I) 1 2 C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("E(ERROR 42703 no column) Z(I) 1 2 C(SELECT 1) Z(I)");
    }

    @Test
    void aSyncWithoutAnythingBeforeIsAnsweredEvenWithoutABackend() {
        client.sends("S");
        assertThat(client.received()).isEqualTo("Z(I)");
    }

    @Test
    void aNamedStatementIsPreparedWhereItIsNeeded() {
        client.sends("P(s|SELECT 1) S");
        standby().sends("1 Z(I)");
        standby().received();
        writesInATransaction();
        client.sends("B(|s) E() S");
        assertThat(primary().received()).isEqualTo("P(s|SELECT 1) B(|s) E() S");
        primary().sends("1 2 C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("2 C(SELECT 1) Z(T)");
        client.sends("B(|s) E() S");
        assertThat(primary().received()).isEqualTo("B(|s) E() S");
    }

    @Test
    void theUnnamedStatementIsPreparedWhereItIsNeeded() {
        client.sends("P(|SELECT 1) S");
        standby().sends("1 Z(I)");
        writesInATransaction();
        client.sends("B(|) E() S");
        assertThat(primary().received()).isEqualTo("P(|SELECT 1) B(|) E() S");
    }

    @Test
    void aStatementThatFailsToBePreparedAgainGivesItsErrorForTheClientsRequest() {
        client.sends("P(s|SELECT 1) S");
        standby().sends("1 Z(I)");
        writesInATransaction();
        client.sends("B(|s) E() S");
        primary().received();
        primary().sends("E(ERROR 42P01 no table) Z(E)");
        assertThat(client.received()).isEqualTo("E(ERROR 42P01 no table) Z(E)");
        client.sends("Q(ROLLBACK)");
        primary().received();
        primary().sends("C(ROLLBACK) Z(I)");
        client.sends("B(|s) S");
        assertThat(standby().received()).endsWith("B(|s) S");
    }

    @Test
    void aClosedStatementIsClosedOnEveryNode() {
        client.sends("P(s|SELECT 1) S");
        standby().sends("1 Z(I)");
        writesInATransaction();
        client.sends("B(|s) S");
        primary().sends("1 2 Z(T)");
        client.received();
        primary().received();
        standby().received();
        client.sends("C(Ss) S");
        assertThat(primary().received()).isEqualTo("C(Ss) S");
        assertThat(standby().received()).isEqualTo("C(Ss) S");
        standby().sends("3 Z(I)");
        primary().sends("3 Z(T)");
        assertThat(client.received()).isEqualTo("3 Z(T)");
        client.sends("P(s|SELECT 2) S");
        assertThat(primary().received()).isEqualTo("P(s|SELECT 2) S");
    }

    @Test
    void aNameThatIsTakenIsTheServersToRefuse() {
        client.sends("P(s|DELETE FROM t) S");
        primary().received();
        primary().sends("1 Z(I)");
        client.received();
        client.sends("P(s|SELECT 1) S");
        assertThat(primary().received()).isEqualTo("P(s|SELECT 1) S");
        primary().sends("E(ERROR 42P05 already exists) Z(I)");
        assertThat(client.received()).isEqualTo("E(ERROR 42P05 already exists) Z(I)");
        client.sends("B(|s) E() S");
        assertThat(primary().received()).isEqualTo("B(|s) E() S");
    }

    @Test
    void aStatementWhoseParseFailedDoesNotExist() {
        client.sends("P(s|SELECT nonsense) S");
        standby().received();
        standby().sends("E(ERROR 42703 no column) Z(I)");
        client.received();
        client.sends("P(s|SELECT 1) S");
        assertThat(standby().received()).isEqualTo("P(s|SELECT 1) S");
    }

    @Test
    void describeAndExecuteOfAPortalStayWhereItIs() {
        client.sends("P(|SELECT 1) B(p|) H");
        standby().sends("1 2");
        client.sends("D(Pp) E(p) E(p) C(Pp) S");
        assertThat(standby().received()).isEqualTo("P(|SELECT 1) B(p|) H D(Pp) E(p) E(p) C(Pp) S");
        standby().sends("T(a) D(1) s D(2) C(SELECT 1) 3 Z(I)");
        assertThat(client.received()).isEqualTo("1 2 T(a) D(1) s D(2) C(SELECT 1) 3 Z(I)");
    }

    @Test
    void aPortalThatNobodyHasIsThePrimarysToRefuse() {
        client.sends("E(nowhere) S");
        assertThat(primary().received()).isEqualTo("E(nowhere) S");
        primary().sends("E(ERROR 34000 no portal) Z(I)");
        assertThat(client.received()).isEqualTo("E(ERROR 34000 no portal) Z(I)");
    }

    @Test
    void aParseThatIsTooLongKeepsItsName() {
        client.sends("P(|SELECT 1) S");
        standby().sends("1 Z(I)");
        standby().received();
        client.received();
        client.sends("P(long|SELECT '" + "x".repeat(70_000) + "') S");
        assertThat(primary().received()).startsWith("P(long|SELECT");
        primary().sends("1 Z(I)");
        client.sends("B(|) E() S");
        assertThat(standby().received()).isEqualTo("B(|) E() S");
        standby().sends("2 C(SELECT 1) Z(I)");
        client.sends("B(|long) E() S");
        assertThat(primary().received()).isEqualTo("B(|long) E() S");
    }

    // ---- settings

    @Test
    void aSettingIsMadeOnANodeThatJoinsLater() {
        client.sends("Q(SET search_path TO a)");
        standby().received();
        standby().sends("C(SET) Z(I)");
        client.received();
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(SET search_path TO a)");
        primary().sends("C(SET) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
        primary().sends("C(DELETE 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(DELETE 1) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aSettingThatWasRolledBackIsNotMadeElsewhere() {
        writesInATransaction();
        client.sends("Q(SET search_path TO a)");
        primary().sends("C(SET) Z(T)");
        client.sends("Q(ROLLBACK)");
        primary().sends("C(ROLLBACK) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aSettingThatCommittedIsMadeElsewhere() {
        writesInATransaction();
        client.sends("Q(SET search_path TO a)");
        primary().sends("C(SET) Z(T)");
        client.sends("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SET search_path TO a)");
        standby().sends("C(SET) Z(I)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aSettingInABatchThatFailedIsNotMadeElsewhere() {
        client.sends("P(|SET search_path TO a) B(|) E() P(|SELECT nonsense) B(|) E() S");
        primary().received();
        primary().sends("1 2 C(SET) E(ERROR 42703 no column) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET search_path TO a", "RESET ALL", "SELECT set_config('search_path', 'a', false)"})
    void whatFollowsASettingInItsBatchSeesIt(String setting) {
        client.sends("P(|" + setting + ") B(|) E() P(|SELECT 1) B(|) E() P(|DELETE FROM t) B(|) E() S");
        assertThat(primary().received())
                .isEqualTo("P(|" + setting + ") B(|) E() P(|SELECT 1) B(|) E() P(|DELETE FROM t) B(|) E() S");
        assertThat(proxy.nodes.open(1)).isEmpty();
        primary().sends("1 2 C(SET) 1 2 C(SELECT 1) 1 2 C(DELETE 1) Z(I)");
        client.sends("Q(SELECT 2)");
        if (setting.startsWith("SELECT")) {
            assertThat(standby().received()).startsWith("Q(SELECT set_config");
        } else {
            assertThat(standby().received()).isEqualTo("Q(" + setting + ")");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET search_path TO a",
                "SET LOCAL search_path TO a",
                "SELECT set_config('search_path', 'a', true)",
                "PREPARE p AS SELECT 1"
            })
    void whatFollowsASettingInItsBatchSeesItThoughTheBatchBeganOnTheStandby(String setting) {
        client.sends("P(|SELECT 1) B(|) E() P(|" + setting + ") B(|) E() P(|SELECT 2) B(|) E() S");
        assertThat(standby().received()).isEqualTo("P(|SELECT 1) B(|) E() H");
        standby().sends("1 2 C(SELECT 1)");
        assertThat(primary().received()).isEqualTo("P(|" + setting + ") B(|) E() P(|SELECT 2) B(|) E() S");
        assertThat(standby().received()).isEqualTo("S");
    }

    @Test
    void aSettingThatIsPreparedAndUsedInALaterBatchIsSeenThere() {
        client.sends("P(s|SET search_path TO a) S");
        standby().sends("1 Z(I)");
        client.sends("B(|s) E() P(|SELECT 1) B(|) E() S");
        assertThat(primary().received()).isEqualTo("P(s|SET search_path TO a) B(|s) E() P(|SELECT 1) B(|) E() S");
    }

    @Test
    void withoutAPrimaryABatchStaysWhereItHasMadeASetting() {
        proxy.cluster(-1, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
        client.sends("P(|SET search_path TO a) B(|) E() P(|DELETE FROM t) B(|) E() S");
        standby().sends("1 2 C(SET)");
        assertThat(standby().received()).endsWith("P(|DELETE FROM t) B(|) E() S");
    }

    @Test
    void aBatchThatFailsOnTheStandbyIsRolledBackWhereItHasWritten() {
        client.sends("P(|SELECT 1) B(r|) P(|DELETE FROM t) B(|) E() E(r) S");
        standby().sends("1 2");
        primary().sends("1 2 C(DELETE 1)");
        assertThat(standby().received()).endsWith("E(r) H");
        assertThat(primary().received()).endsWith("B(|) E() H");
        standby().sends("E(ERROR 22012 division by zero)");
        assertThat(primary().received()).isEqualTo("Q(ROLLBACK)");
        assertThat(standby().received()).isEqualTo("S");
        primary().sends("C(ROLLBACK) Z(I)");
        standby().sends("Z(I)");
        assertThat(client.received()).isEqualTo("1 2 1 2 C(DELETE 1) E(ERROR 22012 division by zero) Z(I)");
    }

    @Test
    void theSyncOfABatchThatHasWrittenIsAnsweredByThePrimary() {
        client.sends("P(|SELECT 1) B(r|) P(|DELETE FROM t) B(|) E() E(r) S");
        standby().sends("1 2");
        primary().sends("1 2 C(DELETE 1)");
        standby().received();
        primary().received();
        standby().sends("C(SELECT 1)");
        assertThat(primary().received()).isEqualTo("S");
        assertThat(standby().received()).isEqualTo("S");
        standby().sends("Z(I)");
        primary().sends("E(ERROR 23503 violates a deferred constraint) Z(I)");
        assertThat(client.received()).endsWith("C(SELECT 1) E(ERROR 23503 violates a deferred constraint) Z(I)");
    }

    @Test
    void aSettingThatANodeRefusesIsAnErrorThere() {
        client.sends("Q(SET search_path TO a)");
        standby().sends("C(SET) Z(I)");
        client.received();
        client.sends("Q(DELETE FROM t)");
        ScriptedBackend primary = primary();
        primary.sends("E(ERROR 22023 no such thing) Z(I)");
        assertThat(client.received())
                .isEqualTo("E(ERROR 08000 the session's state could not be made on node 0 (10.0.0.0:5432)) Z(I)");
        assertThat(primary.isOpen()).isFalse();
    }

    @Test
    void moreSettingsThanAreKeptTieTheSessionToTheNodeThatHasThem() {
        client.sends("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        for (int i = 0; i <= SessionSettings.LIMIT; i++) {
            client.sends("Q(SET my.s" + i + " TO 1)");
            standby().sends("C(SET) Z(I)");
        }
        standby().received();
        client.received();
        client.sends("Q(DELETE FROM t)");
        assertThat(standby().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aBackendThatWasOpenedForAnotherApplicationIsRenamed() {
        proxy.finish();
        proxy = new ProxyFixture();
        ProxyFixture.Client other = proxy.start("application_name", "it's");
        assertThat(other.received()).contains("S(application_name=it's)");
        ScriptedBackend primary = primary();
        client = proxy.start();
        client.received();
        client.sends("Q(DELETE FROM t)");
        assertThat(primary.received()).contains("Q(SET application_name TO E'app')");
        primary.sends("C(SET) Z(I) C(DELETE 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(DELETE 1) Z(I)");
    }

    // ---- ties to a node

    @Test
    void aTemporaryTableTiesTheSessionToThePrimaryUntilDiscardAll() {
        client.sends("Q(CREATE TEMP TABLE x (a int))");
        primary().sends("C(CREATE TABLE) Z(I)");
        primary().received();
        client.sends("Q(SELECT * FROM x)");
        assertThat(primary().received()).isEqualTo("Q(SELECT * FROM x)");
        primary().sends("C(SELECT 0) Z(I)");
        client.sends("Q(DISCARD ALL)");
        assertThat(primary().received()).isEqualTo("Q(DISCARD ALL)");
        primary().sends("C(DISCARD ALL) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void discardAllGivesTheOtherNodesBack() {
        client.sends("Q(SELECT 1)");
        ScriptedBackend standby = standby();
        standby.sends("C(SELECT 1) Z(I)");
        client.sends("Q(DELETE FROM t)");
        primary().sends("C(DELETE 1) Z(I)");
        standby.received();
        client.sends("Q(DISCARD ALL)");
        primary().sends("C(DISCARD ALL) Z(I)");
        assertThat(standby.received()).isEqualTo("Q(DISCARD ALL)");
    }

    // ---- waiting for backends

    @Test
    void aSessionThatHasThePrimaryDoesNotWaitForAStandby() {
        with(new PoolSettings(true, 1, 1, 0, 0, 0, 0, List.of()));
        ProxyFixture.Client other = proxy.start();
        other.received();
        other.sends("Q(SELECT 1)");
        standby().received();
        client.sends("Q(DELETE FROM t)");
        primary().sends("C(DELETE 1) Z(I)");
        primary().received();
        client.sends("Q(SELECT 2)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 2)");
    }

    @Test
    void aSessionThatWaitsForThePrimaryGivesUpItsStandby() {
        with(new PoolSettings(true, 1, 1, 0, 0, 0, 0, List.of()));
        ProxyFixture.Client other = proxy.start();
        other.received();
        other.sends("Q(DELETE FROM t)");
        primary().sends("C(DELETE 1) Z(I)");
        client.sends("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        client.sends("Q(DELETE FROM t)");
        assertThat(proxy.pool().waiting(0)).isOne();
        ProxyFixture.Client third = proxy.start();
        third.received();
        third.sends("Q(SELECT 3)");
        assertThat(standby().received()).endsWith("Q(SELECT 3)");
        primary().received();
        other.disconnects();
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aLoneSettingOfADriverNeedsNoPrimary() {
        client.sends("P(|SET a TO 1) B(|) E() S");
        assertThat(standby().received()).isEqualTo("P(|SET a TO 1) B(|) E() S");
        standby().sends("1 2 C(SET) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(SET) Z(I)");
        client.sends("P(s|SET a TO 2) D(Ss) S");
        standby().sends("1 t n Z(I)");
        standby().received();
        client.received();
        client.sends("B(|s) E() S");
        assertThat(standby().received()).isEqualTo("B(|s) E() S");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }
}
