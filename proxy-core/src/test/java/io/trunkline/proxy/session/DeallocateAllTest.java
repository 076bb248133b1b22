package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.proxy.route.Rules;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** DEALLOCATE ALL of a session that does as with an older Pgpool-II: the node for reads gets it too. */
class DeallocateAllTest extends NodeLossScenario {
    private static final String ALL = "Q(DEALLOCATE ALL)";

    @BeforeEach
    void asAnOlderPgpool() {
        proxy.likeOlderPgpool();
    }

    private void onThePrimary() {
        assertThat(primary().received()).isEqualTo(ALL);
        primary().sends("C(DEALLOCATE ALL) Z(I)");
        assertThat(client.received()).isEqualTo("C(DEALLOCATE ALL) Z(I)");
    }

    @Test
    void aConnectionToTheReadNodeIsOpenedForIt() {
        client.sends(ALL);
        assertThat(standby().received()).isEqualTo(ALL);
        assertThat(primary().received()).isEmpty();
        standby().sends("C(DEALLOCATE ALL) Z(I)");
        onThePrimary();

        reads("SELECT 1");
        assertThat(proxy.nodes.opened(1)).isOne();
    }

    @Test
    void itGoesToEachNodeOncePerStatement() {
        for (int i = 0; i < 2; i++) {
            client.sends(ALL);
            assertThat(standby().received()).isEqualTo(ALL);
            standby().sends("C(DEALLOCATE ALL) Z(I)");
            onThePrimary();
            assertThat(standby().received()).isEmpty();
        }
    }

    @Test
    void whatWasPreparedOnTheReadNodeIsGoneThere() {
        client.sends("Q(PREPARE p AS SELECT 1)");
        standby().sends("C(PREPARE) Z(I)");
        client.received();
        standby().received();
        client.sends(ALL);
        assertThat(standby().received()).isEqualTo(ALL);
        standby().sends("C(DEALLOCATE ALL) Z(I)");
        onThePrimary();
        client.sends("Q(PREPARE p AS SELECT 2)");
        assertThat(standby().received()).isEqualTo("Q(PREPARE p AS SELECT 2)");
    }

    @Test
    void whatTheReadNodeSaysToItIsNotForTheClient() {
        reads("SELECT 1");
        client.sends(ALL);
        assertThat(standby().received()).isEqualTo(ALL);
        standby().sends("E(ERROR 57014 canceling statement) Z(I)");
        onThePrimary();
    }

    @Test
    void theExtendedProtocolDoesTheSame() {
        client.sends("P(|DEALLOCATE ALL) B(|) E() S");
        assertThat(primary().received()).startsWith("P(|DEALLOCATE ALL) B(|)").doesNotContain("E()");
        assertThat(standby().received()).isEqualTo(ALL);
        standby().sends("C(DEALLOCATE ALL) Z(I)");
        assertThat(primary().received()).isEqualTo("E() S");
        primary().sends("1 2 C(DEALLOCATE ALL) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(DEALLOCATE ALL) Z(I)");
    }

    @Test
    void withoutAConnectionToTheReadNodeItGoesToThePrimaryAlone() {
        proxy.nodes.down(1);
        client.sends(ALL);
        onThePrimary();
        assertThat(proxy.nodeEvents).containsOnlyOnce("unreachable 1");

        proxy.nodes.up(1);
        client.sends(ALL);
        assertThat(standby().received()).isEqualTo(ALL);
    }

    @Test
    void aReadNodeThatIsLostMeanwhileDoesNotFailIt() {
        client.sends(ALL);
        assertThat(standby().received()).isEqualTo(ALL);
        standby().disconnects();
        onThePrimary();
    }

    @Test
    void aConnectionThatOthersHaveIsNotWaitedFor() {
        with(new PoolSettings(true, 1, 1, 0, 0, 0, 0, List.of()));
        proxy.likeOlderPgpool();
        ProxyFixture.Client other = proxy.start();
        other.received();
        other.sends("Q(SELECT 1)");
        ScriptedBackend taken = standby();
        assertThat(taken.received()).endsWith("Q(SELECT 1)");

        client.sends(ALL);
        assertThat(primary().received()).endsWith(ALL);
        primary().sends("C(DEALLOCATE ALL) Z(I)");
        assertThat(client.received()).endsWith("C(DEALLOCATE ALL) Z(I)");
        taken.sends("C(SELECT 1) Z(I)");
        assertThat(other.received()).isEqualTo("C(SELECT 1) Z(I)");
        assertThat(proxy.nodes.open(1)).containsExactly(taken);
    }

    @Test
    void aClientThatLeavesMeanwhileLeavesNothingBehind() {
        proxy.nodes.welcome(1, "");
        client.sends(ALL);
        standby();
        client.disconnects();
        standby().sends("R(0) K(" + standby().pid() + ") Z(I)");
        proxy.pump();
        assertThat(proxy.loop().shard().lentCount()).isZero();
    }

    @Test
    void aPrimaryThatIsLostMeanwhileLeavesTheNextStatementItsOwnTurn() {
        client.sends(ALL);
        assertThat(standby().received()).isEqualTo(ALL);
        primary().disconnects();
        standby().sends("C(DEALLOCATE ALL) Z(I)");
        onThePrimary();
        client.sends(ALL);
        assertThat(standby().received()).isEqualTo(ALL);
        standby().sends("C(DEALLOCATE ALL) Z(I)");
        onThePrimary();
    }

    @Test
    void withoutLoadBalancingItGoesToThePrimaryAlone() {
        proxy.routing = Rules.of("pgpool_compat_version = 4.3", "load_balance_mode = off");
        client.sends(ALL);
        onThePrimary();
        assertThat(proxy.nodes.opened(1)).isZero();
    }

    @Test
    void whoeverDoesAsTheNewestPgpoolSendsItToThePrimaryAlone() {
        proxy.limits.likeOlderPgpool = false;
        reads("SELECT 1");
        client.sends(ALL);
        onThePrimary();
        assertThat(standby().received()).isEmpty();
    }
}
