package io.trunkline.proxy.session;

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
}
