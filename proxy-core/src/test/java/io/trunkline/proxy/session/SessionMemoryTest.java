package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.trunkline.config.PoolPasswd;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.Password;
import io.trunkline.proxy.auth.AuthSettings;
import io.trunkline.proxy.auth.StoredCredentials;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What sessions and idle backends do not hold on to. */
class SessionMemoryTest {
    private static final int SESSIONS = 5;

    private final ProxyFixture proxy = new ProxyFixture();

    @AfterEach
    void everythingIsReleased() {
        proxy.finish();
    }

    @Test
    void aSessionDoesNotKeepWhatHasAdmittedIt(@TempDir Path directory) throws IOException, JMException {
        Path file = directory.resolve("pool_passwd");
        Files.writeString(
                file, "known:" + Md5Password.of("known", Password.of("secret")).format() + "\n");
        proxy.logins().reload(StoredCredentials.of(PoolPasswd.read(file).passwords()), AuthSettings.NONE);
        Map<String, Long> before = admitting();
        for (int i = 0; i < SESSIONS; i++) {
            trusted();
            verified();
            relayed();
        }
        assertThat(admitting()).isEqualTo(before);
    }

    @Test
    void aSessionThatHasWaitedForItsPlaceDoesNotEither() throws JMException {
        proxy.slots(1, 0);
        Map<String, Long> before = admitting();
        ProxyFixture.Client first = proxy.start("user", "trusted");
        ProxyFixture.Client second = proxy.start("user", "trusted");
        assertThat(admitting()).containsEntry("session.AdmissionPhase", 1L);
        first.disconnects();
        assertThat(second.received()).endsWith("Z(I)");
        assertThat(admitting()).isEqualTo(before);
    }

    @Test
    void anIdleBackendDoesNotKeepTheSessionThatItWasOpenedFor() throws JMException {
        Map<String, Long> before = instances("session.ClientSession", "session.AdmissionPhase");
        for (int i = 0; i < SESSIONS; i++) {
            ProxyFixture.Client client = proxy.start("user", "trusted" + i);
            assertThat(client.received()).endsWith("Z(I)");
            client.sends("Q(SELECT 1)");
            ScriptedBackend standby = proxy.node(1);
            standby.sends("C(SELECT 1) Z(I)");
            client.disconnects();
            standby.sends("C(DISCARD ALL) Z(I)");
            assertThat(standby.isOpen()).isTrue();
        }
        assertThat(instances("session.ClientSession", "session.AdmissionPhase")).isEqualTo(before);
    }

    private void trusted() {
        assertThat(proxy.start("user", "trusted").received()).endsWith("Z(I)");
    }

    private void verified() {
        ProxyFixture.Client client = proxy.start("user", "known");
        byte[] salt = Arrays.copyOfRange(client.receivedBytes(), 9, 13);
        byte[] answer =
                Md5Password.of("known", Password.of("secret")).response(salt).toMessage();
        var out = Unpooled.buffer();
        FrontendMessages.authenticationResponse(out, answer);
        client.sends(out);
        assertThat(client.received()).endsWith("Z(I)");
    }

    private void relayed() {
        proxy.nodes.welcome(0, "R(3)");
        ProxyFixture.Client client = proxy.start("user", "unknown");
        client.sends("p(secret)");
        proxy.node(0).sends("R(0) K(1) Z(I)");
        assertThat(client.received()).endsWith("Z(I)");
        proxy.nodes.welcome(0, "R(0) K(1) Z(I)");
    }

    private static Map<String, Long> admitting() throws JMException {
        return instances(
                "session.AdmissionPhase",
                "session.FirstBackend",
                "session.ClientStart",
                "auth.FrontProofs",
                "auth.RelayedLogin");
    }

    /** How many there are of each class that something can be reached from. */
    private static Map<String, Long> instances(String... classes) throws JMException {
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        Map<String, Long> found = new TreeMap<>();
        for (String name : classes) {
            found.put(name, 0L);
        }
        for (String line : histogram.split("\n")) {
            String[] columns = line.strip().split("\\s+");
            String name = columns.length > 3 ? columns[3].replaceFirst("^io\\.trunkline\\.proxy\\.", "") : "";
            found.computeIfPresent(name, (same, none) -> Long.parseLong(columns[1]));
        }
        return found;
    }
}
