package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.PoolPasswd;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.protocol.ProtocolVersion;
import io.trunkline.protocol.StartupPacket;
import io.trunkline.proxy.auth.AuthQuerySettings;
import io.trunkline.proxy.auth.AuthSettings;
import io.trunkline.proxy.auth.StoredCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users of pool_passwd where, as with an older Pgpool-II, the servers say whether anything is to be proved. */
class ServersFirstTest {
    private static final String TRUSTS = "R(0) S(client_encoding=UTF8) K(1) Z(I)";

    /** AuthenticationSASL of Trunkline itself. */
    private static final byte[] SASL = {'R', 0, 0, 0, 23, 0, 0, 0, 10};

    private final ProxyFixture proxy = new ProxyFixture();

    @BeforeEach
    void anEntry(@TempDir Path directory) throws IOException {
        settings(directory, new AuthSettings(false, true, false, AuthQuerySettings.OFF));
    }

    @AfterEach
    void everythingIsReleased() {
        proxy.finish();
    }

    private void settings(Path directory, AuthSettings settings) throws IOException {
        Path file = Files.writeString(directory.resolve("pool_passwd"), "u:TEXTsecret\n");
        proxy.logins().reload(StoredCredentials.of(PoolPasswd.read(file).passwords()), settings);
    }

    private ProxyFixture.Client start(String user, String database) {
        Map<String, String> parameters = new LinkedHashMap<>(Map.of("user", user, "database", database));
        ProxyFixture.Client client = proxy.connect();
        client.sends(new StartupPacket.Startup(ProtocolVersion.V3_0, parameters));
        return client;
    }

    private static void assertAsked(ProxyFixture.Client client) {
        assertThat(client.receivedBytes()).startsWith(SASL);
    }

    @Test
    void whomTheServerTrustsIsNotAsked() {
        proxy.nodes.welcome(0, TRUSTS);
        assertThat(start("u", "d").received()).endsWith("Z(I)");
        assertThat(start("u", "d").received()).as("it is remembered").endsWith("Z(I)");
        assertThat(proxy.nodes.opened(0)).isOne();
        assertThat(proxy.pool().open(0)).as("kept for the first who needs it").isOne();
    }

    @Test
    void whomTheServerAsksIsAskedAndTheServerGetsNoAnswer() {
        proxy.nodes.welcome(0, "");
        ProxyFixture.Client client = start("u", "d");
        ScriptedBackend asking = proxy.node(0);
        assertThat(client.received()).isEmpty();
        asking.sends("R(3)");
        assertThat(asking.received()).isEmpty();
        assertThat(asking.isOpen()).isFalse();
        assertAsked(client);
        assertThat(proxy.pool().open(0)).isZero();

        assertAsked(start("u", "d"));
        assertThat(proxy.nodes.opened(0)).as("it is remembered").isOne();

        client.disconnects();
        proxy.pass(60_000);
        assertThat(proxy.slots().taken()).as("who has been silent is cut off").isZero();
    }

    @Test
    void oneWhoIsTrustedInADatabaseIsNotInAnother() {
        proxy.nodes.welcome(0, TRUSTS);
        assertThat(start("u", "d").received()).endsWith("Z(I)");
        proxy.nodes.welcome(0, "R(3)");
        assertAsked(start("u", "other"));
    }

    @Test
    void ifNoServerCanTellTheUserIsAsked() {
        proxy.nodes.down(0);
        assertAsked(start("u", "d"));
        proxy.cluster(-1, ProxyFixture.outOfService(0, false), ProxyFixture.outOfService(1, false));
        assertAsked(start("u", "d"));
    }

    @Test
    void aServersRefusalBeforeAnyProofIsNoTrust() {
        proxy.nodes.welcome(0, "E(FATAL 28000 no pg_hba.conf entry for the address of Trunkline)");
        assertAsked(start("u", "d"));
    }

    @Test
    void whoIsTrustedHearsThatTheDatabaseDoesNotExist() {
        proxy.nodes.welcome(0, "R(0) E(FATAL 3D000 no such database)");
        assertThat(start("u", "d").received()).isEqualTo("E(FATAL 3D000 no such database)");
    }

    @Test
    void aNodeThatAsksIsEnoughForTheNextToBeAsked() {
        proxy.nodes.welcome(0, TRUSTS);
        proxy.nodes.welcome(1, "R(3)");
        ProxyFixture.Client client = start("u", "d");
        assertThat(client.received()).endsWith("Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(client.received()).startsWith("E(ERROR 28000 ");

        assertAsked(start("u", "d"));
    }

    @Test
    void aBackendThatWasProvedIsNoneForWhoIsTrusted() {
        proxy.nodes.welcome(0, TRUSTS);
        ProxyFixture.Client client = start("u", "d");
        client.received();
        client.sends("Q(DELETE FROM t)");
        assertThat(proxy.node(0).received()).isEqualTo("Q(DELETE FROM t)");
        proxy.nodes.welcome(0, "R(3)");
        ProxyFixture.Client second = start("u", "d");
        assertThat(second.received()).as("remembered for a minute").endsWith("Z(I)");
        second.sends("Q(DELETE FROM t)");
        assertThat(second.received()).startsWith("E(ERROR 28000 ");
    }

    @Test
    void withRulesTheRulesDecide(@TempDir Path directory) throws IOException {
        settings(directory, new AuthSettings(true, true, false, AuthQuerySettings.OFF));
        proxy.nodes.welcome(0, TRUSTS);
        start("u", "d").received();
        assertThat(proxy.nodes.opened(0)).isZero();
    }

    @Test
    void elseTheUserIsAskedWhateverTheServersWant(@TempDir Path directory) throws IOException {
        settings(directory, AuthSettings.NONE);
        proxy.nodes.welcome(0, TRUSTS);
        assertAsked(start("u", "d"));
        assertThat(proxy.nodes.attempts()).isZero();
    }
}
