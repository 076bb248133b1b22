package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.proxy.route.Rules;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PREPARE of a session that does as with an older Pgpool-II: it goes where the read that it prepares would go. */
class OlderPrepareTest extends NodeLossScenario {
    @BeforeEach
    void asAnOlderPgpool() {
        proxy.likeOlderPgpool();
    }

    private void runsOn(ScriptedBackend node, String sql, String answer) {
        client.sends("Q(" + sql + ")");
        assertThat(node.received()).isEqualTo("Q(" + sql + ")");
        node.sends("C(" + answer + ") Z(I)");
        assertThat(client.received()).isEqualTo("C(" + answer + ") Z(I)");
    }

    private void preparesOnTheStandby() {
        client.sends("Q(PREPARE p AS SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(PREPARE p AS SELECT 1)");
        standby().sends("C(PREPARE) Z(I)");
        assertThat(client.received()).isEqualTo("C(PREPARE) Z(I)");
    }

    private void losesTheStandby() {
        threeNodes();
        standby().disconnects();
        proxy.cluster(0, ProxyFixture.node(0, 0), ProxyFixture.outOfService(1, false), ProxyFixture.node(2, 1));
    }

    @Test
    void whatConcernsAPreparedReadGoesWhereReadsGo() {
        preparesOnTheStandby();
        runsOn(standby(), "EXECUTE p", "SELECT 1");
        runsOn(standby(), "DEALLOCATE p", "DEALLOCATE");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void whatConcernsAPreparedWriteGoesToThePrimary() {
        client.sends("Q(PREPARE p AS DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(PREPARE p AS DELETE FROM t)");
        primary().sends("C(PREPARE) Z(I)");
        client.received();
        runsOn(primary(), "EXECUTE p", "DELETE 1");
        runsOn(primary(), "DEALLOCATE p", "DEALLOCATE");
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void aHintForThePrimaryHoldsForPrepareAndForWhatFollows() {
        client.sends("Q(/* trunkline: route=primary */ PREPARE p AS SELECT 1)");
        assertThat(primary().received()).endsWith("PREPARE p AS SELECT 1)");
        primary().sends("C(PREPARE) Z(I)");
        client.received();
        runsOn(primary(), "EXECUTE p", "SELECT 1");
        runsOn(primary(), "DEALLOCATE p", "DEALLOCATE");
    }

    @Test
    void whatIsPreparedIsPreparedOnTheNextReadNodeToo() {
        preparesOnTheStandby();
        losesTheStandby();
        client.sends("Q(EXECUTE p)");
        assertThat(proxy.node(2).received()).isEqualTo("Q(PREPARE p AS SELECT 1) Q(EXECUTE p)");
        proxy.node(2).sends("C(PREPARE) Z(I) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I)");
        runsOn(proxy.node(2), "DEALLOCATE p", "DEALLOCATE");
    }

    @Test
    void deallocateFindsSomethingWhereverItGoes() {
        preparesOnTheStandby();
        losesTheStandby();
        client.sends("Q(DEALLOCATE p)");
        assertThat(proxy.node(2).received()).isEqualTo("Q(PREPARE \"p\" AS SELECT 1) Q(DEALLOCATE p)");
        proxy.node(2).sends("C(PREPARE) Z(I) C(DEALLOCATE) Z(I)");
        assertThat(client.received()).isEqualTo("C(DEALLOCATE) Z(I)");
        // the name is free again
        client.sends("Q(PREPARE p AS SELECT 2)");
        assertThat(proxy.node(2).received())
                .endsWith("Q(PREPARE p AS SELECT 2)")
                .doesNotContain("SELECT 1");
    }

    @Test
    void aNameThatIsTakenIsRefusedOnTheNextReadNodeToo() {
        preparesOnTheStandby();
        losesTheStandby();
        client.sends("Q(PREPARE p AS SELECT 2)");
        assertThat(proxy.node(2).received()).isEqualTo("Q(PREPARE \"p\" AS SELECT 1) Q(PREPARE p AS SELECT 2)");
        proxy.node(2).sends("C(PREPARE) Z(I) E(ERROR 42P05 prepared statement exists) Z(I)");
        assertThat(client.received()).isEqualTo("E(ERROR 42P05 prepared statement exists) Z(I)");
    }

    @Test
    void behindAWriteOfItsTransactionAReadIsPreparedOnThePrimary() {
        writesInTransaction();
        client.sends("Q(PREPARE p AS SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(PREPARE p AS SELECT 1)");
    }

    @Test
    void severalStatementsFindOnThePrimaryWhatWasPreparedElsewhere() {
        preparesOnTheStandby();
        client.sends("Q(DELETE FROM t; EXECUTE p)");
        assertThat(primary().received()).isEqualTo("Q(PREPARE p AS SELECT 1) Q(DELETE FROM t; EXECUTE p)");
        primary().sends("C(PREPARE) Z(I) C(DELETE 1) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(DELETE 1) C(SELECT 1) Z(I)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"4.7", "4.3"})
    void deallocateOfAStatementOfTheProtocolGoesToThePrimary(String compat) {
        proxy.routing = Rules.of("pgpool_compat_version = " + compat);
        client.sends("P(p|SELECT 1) S");
        assertThat(standby().received()).isEqualTo("P(p|SELECT 1) S");
        standby().sends("1 Z(I)");
        client.received();
        client.sends("Q(DEALLOCATE p)");
        assertThat(primary().received()).endsWith("Q(DEALLOCATE p)");
    }

    @Test
    void whoeverDoesAsTheNewestPgpoolPreparesAndDeallocatesOnThePrimary() {
        proxy.routing = Rules.of();
        runsOn(primaryOpenedBy("PREPARE p AS SELECT 1"), "DEALLOCATE p", "DEALLOCATE");
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    private ScriptedBackend primaryOpenedBy(String sql) {
        client.sends("Q(" + sql + ")");
        assertThat(primary().received()).isEqualTo("Q(" + sql + ")");
        primary().sends("C(PREPARE) Z(I)");
        client.received();
        return primary();
    }
}
