package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.PoolMode;
import io.trunkline.pool.PoolSettings;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;

/** pool_mode = transaction: two clients, and one connection to each node. */
abstract class SharedBackendScenario extends SessionScenario {
    ProxyFixture.Client other = client;

    @BeforeEach
    void twoClientsShareOneBackend() {
        proxy.finish();
        proxy = new ProxyFixture(new PoolSettings(true, 8, 1, 0, 0, 0, 5000, List.of("ABORT", "DISCARD ALL")));
        proxy.limits.poolModes = new PoolModes(PoolMode.TRANSACTION, List.of(), List.of());
        client = proxy.session();
        other = proxy.start();
        other.received();
    }

    /** A client reads on the standby. */
    final void reads(ProxyFixture.Client who) {
        who.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        assertThat(who.received()).isEqualTo("C(SELECT 1) Z(I)");
    }

    /** A client does something on the primary, and is told how it went. */
    final void does(ProxyFixture.Client who, String requests, String asTheServerSeesIt, String answers, String told) {
        who.sends(requests);
        assertThat(primary().received()).isEqualTo(asTheServerSeesIt);
        primary().sends(answers);
        assertThat(who.received()).isEqualTo(told);
    }

    /** What the server sees first when a client writes; it succeeds. The write follows. */
    final void writesAfter(ProxyFixture.Client who, String asTheServerSeesIt, String answers) {
        who.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo(asTheServerSeesIt);
        primary().sends(answers);
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
        primary().sends("C(DELETE 1) Z(I)");
        assertThat(who.received()).isEqualTo("C(DELETE 1) Z(I)");
    }
}
