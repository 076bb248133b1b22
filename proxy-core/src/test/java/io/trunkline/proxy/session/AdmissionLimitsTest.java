package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ConfigReading;
import io.trunkline.config.NameLimit;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolParameters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How many may knock, and how many may come in. */
class AdmissionLimitsTest {
    private final ProxyFixture proxy = new ProxyFixture();

    @AfterEach
    void everythingIsReleased() {
        proxy.finish();
        assertThat(proxy.halfOpenClients().total()).isZero();
    }

    @Test
    void whoHasNotAuthenticatedIsBoundedAndTheNextIsToldSoAtOnce() {
        limits(2, "0", "0");
        ProxyFixture.Client first = proxy.connect();
        proxy.connect();
        ProxyFixture.Client third = proxy.connect();
        assertThat(third.received()).isEqualTo("E(FATAL 53300 too many connections that have not authenticated yet)");

        first.disconnects();
        ProxyFixture.Client fourth = proxy.connect();
        assertThat(fourth.received()).isEmpty();
    }

    @Test
    void whoIsInCountsNoMore() {
        limits(1, "0", "0");
        for (int i = 0; i < 3; i++) {
            assertThat(proxy.start().received()).endsWith("Z(I)");
        }
        assertThat(proxy.halfOpenClients().total()).isZero();
    }

    @Test
    void addressesAreCountedApartAndAnIpv6NetworkIsOne() throws UnknownHostException {
        HalfOpenClients clients = new HalfOpenClients();
        assertThat(clients.enter(from("10.0.0.1"), 0, 1)).isNotNull();
        assertThat(clients.enter(from("10.0.0.1"), 0, 1)).isNull();
        assertThat(clients.enter(from("10.0.0.2"), 0, 1)).isNotNull();
        assertThat(clients.enter(from("2001:db8::1"), 0, 1)).isNotNull();
        assertThat(clients.enter(from("2001:db8::ffff:1"), 0, 1)).isNull();
        assertThat(clients.enter(from("2001:db8:0:1::1"), 0, 1)).isNotNull();
        assertThat(clients.enter(null, 0, 1)).isNotNull();
        assertThat(clients.enter(null, 0, 1)).isNotNull();
        assertThat(clients.total()).isEqualTo(6);
    }

    @Test
    void placeOfOneThatIsGivenUpTwiceIsGivenUpOnce() throws UnknownHostException {
        HalfOpenClients clients = new HalfOpenClients();
        List<HalfOpenClients.Ticket> tickets = new ArrayList<>();
        tickets.add(clients.enter(from("10.0.0.1"), 0, 2));
        tickets.add(clients.enter(from("10.0.0.1"), 0, 2));
        tickets.get(0).release();
        tickets.get(0).release();
        assertThat(clients.total()).isOne();
        assertThat(clients.enter(from("10.0.0.1"), 0, 2)).isNotNull();
        assertThat(clients.enter(from("10.0.0.1"), 0, 2)).isNull();
    }

    @Test
    void sessionsOfAUserAreBounded() {
        limits(0, "other:1, 2", "0");
        ProxyFixture.Client first = proxy.start();
        assertThat(first.received()).endsWith("Z(I)");
        assertThat(proxy.start().received()).endsWith("Z(I)");
        assertThat(proxy.start().received()).isEqualTo("E(FATAL 53300 too many connections for role \"u\")");
        assertThat(proxy.start("user", "v").received()).endsWith("Z(I)");
        first.disconnects();
        assertThat(proxy.start().received()).endsWith("Z(I)");
    }

    @Test
    void sessionsOfADatabaseAreBounded() {
        limits(0, "0", "d:1");
        assertThat(proxy.start().received()).endsWith("Z(I)");
        assertThat(proxy.start("user", "v").received())
                .isEqualTo("E(FATAL 53300 too many connections for database \"d\")");
        assertThat(proxy.start("database", "e").received()).endsWith("Z(I)");
        assertThat(proxy.start("database", "e").received()).endsWith("Z(I)");
    }

    private void limits(int halfOpen, String perUser, String perDatabase) {
        ConfigReading reading = PgpoolConfig.parse(
                "pgpool.conf",
                String.join(
                        "\n",
                        "backend_clustering_mode = 'streaming_replication'",
                        "backend_hostname0 = '10.0.0.1'",
                        "backend_port0 = 5432",
                        "max_user_sessions = '" + perUser + "'",
                        "max_db_sessions = '" + perDatabase + "'"));
        PgpoolConfig config = reading.config().orElseThrow(() -> new AssertionError(reading.diagnostics()));
        List<NameLimit> users = config.get(PoolParameters.MAX_USER_SESSIONS);
        List<NameLimit> databases = config.get(PoolParameters.MAX_DB_SESSIONS);
        proxy.limits.admission = new AdmissionLimits(halfOpen, 0, users, databases);
    }

    private static InetSocketAddress from(String address) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(address), 4711);
    }
}
