package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.scripted.ScriptedBackend;
import org.junit.jupiter.api.AfterEach;

/** One client whose session is ready, a primary (node 0) and a standby that gets the reads (node 1). */
abstract class SessionScenario {
    ProxyFixture proxy = new ProxyFixture();
    ProxyFixture.Client client = proxy.session();

    @AfterEach
    void everythingIsReleased() {
        proxy.finish();
    }

    /** Begins anew with other bounds of the pool. */
    final void with(PoolSettings settings) {
        proxy.finish();
        proxy = new ProxyFixture(settings);
        client = proxy.session();
    }

    /** The newest connection to the primary. */
    final ScriptedBackend primary() {
        return proxy.node(0);
    }

    /** The newest connection to the standby. */
    final ScriptedBackend standby() {
        return proxy.node(1);
    }

    /** A transaction, which no node knows of yet. */
    final void begins(String begin) {
        client.sends("Q(" + begin + ")");
        assertThat(client.received()).endsWith(" Z(T)");
    }

    /** The first read of the transaction. */
    final void readsOnTheStandby() {
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).endsWith("Q(SELECT 1)");
        standby().sends("C(BEGIN) Z(T) C(SELECT 1) Z(T)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(T)");
    }

    /** The first write of the transaction. */
    final void writesOnThePrimary() {
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).endsWith("Q(DELETE FROM t)");
        primary().sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        assertThat(client.received()).isEqualTo("C(DELETE 1) Z(T)");
    }
}
