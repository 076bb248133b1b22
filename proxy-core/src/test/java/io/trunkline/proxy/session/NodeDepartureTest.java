package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.scripted.ScriptedBackend;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How sessions leave nodes that go out of service, and the primary that is it no more. */
class NodeDepartureTest extends SessionScenario {
    private void standbyGoes(boolean draining) {
        proxy.published(Writes.SERVED, 0, ProxyFixture.node(0, 0), ProxyFixture.outOfService(1, draining));
    }

    private void primaryGoes() {
        proxy.published(Writes.SERVED, 1, ProxyFixture.outOfService(0, false), ProxyFixture.node(1, 1));
    }

    private void demoted() {
        NodeView old = ProxyFixture.node(0, 0);
        proxy.published(Writes.SERVED, 1, old, ProxyFixture.node(1, 1));
    }

    private ScriptedBackend reads(String query) {
        client.sends("Q(" + query + ")");
        ScriptedBackend backend = standby();
        assertThat(backend.received()).isEqualTo("Q(" + query + ")");
        backend.sends("C(SELECT 1) Z(I)");
        client.received();
        return backend;
    }

    @Test
    void anIdleSessionLeavesAtOnceAndGoesElsewhere() {
        ScriptedBackend standby = reads("SELECT 1");
        standbyGoes(false);
        assertThat(standby.isOpen()).isFalse();
        assertThat(client.received()).isEmpty();
        client.sends("Q(SELECT 2)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 2)");
        assertThat(proxy.nodeEvents).doesNotContain("unreachable 1");
    }

    @Test
    void aReadUnderWayRunsElsewhereIfTheNodeIsNotToBeWaitedFor() {
        client.sends("Q(SELECT 1)");
        ScriptedBackend standby = standby();
        standbyGoes(false);
        assertThat(standby.isOpen()).isFalse();
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
        primary().sends("C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I)");
    }

    @Test
    void aReadUnderWayEndsOnANodeThatDrains() {
        client.sends("Q(SELECT 1)");
        ScriptedBackend standby = standby();
        standbyGoes(true);
        standby.sends("D(1)");
        assertThat(standby.isOpen()).isTrue();
        standby.sends("C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("D(1) C(SELECT 1) Z(I)");
        assertThat(standby.isOpen()).isFalse();
    }

    @Test
    void aTransactionEndsOnANodeThatDrains() {
        client.sends("Q(BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY)").sends("Q(SELECT 1)");
        ScriptedBackend standby = standby();
        standby.sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        standbyGoes(true);
        client.sends("Q(SELECT 2)");
        assertThat(standby.received()).endsWith("Q(SELECT 2)");
        standby.sends("C(SELECT 1) Z(T)");
        client.sends("Q(COMMIT)");
        standby.sends("C(COMMIT) Z(I)");
        assertThat(client.received()).endsWith("C(COMMIT) Z(I)");
        assertThat(standby.isOpen()).isFalse();
    }

    @Test
    void idleConnectionsOfTheNodeAreClosedAndSoAreThoseThatComeBack() {
        ProxyFixture.Client other = proxy.start();
        other.sends("Q(SELECT 1)");
        ScriptedBackend busy = standby();
        ScriptedBackend cached = reads("SELECT 1");
        client.disconnects();
        cached.sends("C(DISCARD ALL) Z(I)");
        assertThat(cached.isOpen()).isTrue();
        standbyGoes(true);
        assertThat(cached.isOpen()).isFalse();
        busy.sends("C(SELECT 1) Z(I)");
        proxy.pump();
        assertThat(busy.isOpen()).isFalse();
        assertThat(proxy.pool().open(1)).isZero();
    }

    @Test
    void aTransactionOnThePrimaryThatGoesHasFailed() {
        client.sends("Q(BEGIN)").sends("Q(DELETE FROM t)");
        ScriptedBackend old = primary();
        old.sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        client.received();
        primaryGoes();
        assertThat(old.isOpen()).isFalse();
        client.sends("Q(COMMIT)");
        assertThat(client.received()).startsWith("E(ERROR 40001 ").endsWith("Z(I)");
        client.sends("Q(DELETE FROM t)");
        assertThat(proxy.node(1).received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aWriteUnderWayOnThePrimaryThatGoesIsInDoubt() {
        client.sends("Q(DELETE FROM t)");
        primary();
        primaryGoes();
        assertThat(client.received()).startsWith("E(ERROR 08007 ").endsWith("Z(I)");
    }

    @Test
    void aTransactionOnAPrimaryThatIsAStandbyNowHasFailed() {
        client.sends("Q(BEGIN)").sends("Q(DELETE FROM t)");
        ScriptedBackend old = primary();
        old.sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        client.received();
        demoted();
        assertThat(old.isOpen()).isFalse();
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).startsWith("E(ERROR 40001 ").endsWith("Z(E)");
    }

    @Test
    void aSessionThatIsTiedToThePrimaryThatGoesEnds() {
        client.sends("Q(CREATE TEMP TABLE x (a int))");
        primary().sends("C(CREATE TABLE) Z(I)");
        client.received();
        demoted();
        assertThat(client.received()).startsWith("E(FATAL 57P01 ").contains("the session had temporary tables there");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void withTheOtherPolicySessionsOfTheNodeEnd() {
        proxy.losses(new LossPolicy(false, Set.of(), "08007", 0));
        reads("SELECT 1");
        ProxyFixture.Client other = proxy.start();
        other.received();
        standbyGoes(false);
        assertThat(client.received()).startsWith("E(FATAL 57P01 ");
        assertThat(other.isOpen()).isTrue();
    }

    @Test
    void aStandbyThatIsPromotedIsLeftWhenItIsDemotedAgain() {
        reads("SELECT 1");
        demoted();
        client.sends("Q(DELETE FROM t)");
        ScriptedBackend promoted = proxy.node(1);
        assertThat(promoted.received()).isEqualTo("Q(DELETE FROM t)");
        proxy.published(Writes.SERVED, 0, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
        assertThat(client.received()).startsWith("E(ERROR 08007 ").endsWith("Z(I)");
        assertThat(promoted.isOpen()).isFalse();
    }
}
