package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.config.hba.IdentMaps;
import io.trunkline.config.hba.PoolHba;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.proxy.auth.AccessRules;
import io.trunkline.proxy.auth.AuthQuerySettings;
import io.trunkline.proxy.auth.AuthSettings;
import io.trunkline.proxy.auth.StoredCredentials;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients for whom a rule asks which roles they are members of, which the servers tell. */
class RoleLookUpTest {
    @TempDir
    Path directory;

    private final ProxyFixture proxy = new ProxyFixture();

    @BeforeEach
    void rules() throws IOException {
        rules("host all +banned all reject\nhost all +staff all md5\n");
        proxy.pump();
    }

    private void rules(String text) throws IOException {
        ask("asker");
        PoolHba.Reading hba = PoolHba.read(Files.writeString(directory.resolve("pool_hba.conf"), text));
        assertThat(hba.hasErrors()).as("%s", hba.diagnostics()).isFalse();
        proxy.rules(new AccessRules(hba.rules(), IdentMaps.empty()));
    }

    private void ask(String user) {
        proxy.logins()
                .reload(
                        StoredCredentials.none(),
                        new AuthSettings(
                                true,
                                false,
                                false,
                                new AuthQuerySettings("the query", user, "", "postgres", TimeUnit.MINUTES.toNanos(1))));
    }

    @AfterEach
    void everythingIsReleased() {
        proxy.finish();
    }

    private ProxyFixture.Client start(String user) {
        return proxy.start(
                new EmbeddedChannel() {
                    @Override
                    protected SocketAddress remoteAddress0() {
                        return new InetSocketAddress("10.1.2.3", 4711);
                    }
                },
                "user",
                user);
    }

    @Test
    void thePrimaryIsAskedWithTheNameApartFromTheQuery() {
        ProxyFixture.Client client = start("anna'");
        ScriptedBackend asked = proxy.node(0);
        assertThat(asked.startup().parameters())
                .containsEntry("user", "asker")
                .containsEntry("search_path", "pg_catalog, pg_temp");
        assertThat(asked.received())
                .startsWith("P(|WITH RECURSIVE ")
                .contains("pg_catalog.pg_auth_members", "$1")
                .doesNotContain("anna");
        assertThat(client.received()).isEmpty();
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void aMemberIsAskedForItsProof() {
        ProxyFixture.Client client = start("anna");
        tell("D(anna) D(staff)");
        assertThat(proxy.node(0).received())
                .as("the rule is followed: the password")
                .contains("the query");
        proxy.node(0).sends("1 2 C(SELECT 0) Z(I)");
        assertThat(client.receivedBytes()).startsWith('R', 0, 0, 0, 12, 0, 0, 0, 5);
    }

    @Test
    void whoIsNoMemberFindsNoRule() {
        ProxyFixture.Client client = start("anna");
        tell("D(anna) D(others)");
        assertThat(client.received()).startsWith("E(FATAL 28000 no pool_hba.conf entry for host \"10.1.2.3\"");
    }

    @Test
    void aMemberOfARoleThatIsRejectedIsRejected() {
        ProxyFixture.Client client = start("anna");
        tell("D(anna) D(banned) D(staff)");
        assertThat(client.received()).startsWith("E(FATAL 28000 pool_hba.conf rejects connection for host");
    }

    @Test
    void twoWhoComeAtOnceAreOneQuestionAndLaterOnesNone() {
        ProxyFixture.Client first = start("anna");
        ProxyFixture.Client second = start("anna");
        tell("D(anna)");
        assertThat(first.received()).startsWith("E(FATAL 28000 no pool_hba.conf entry");
        assertThat(second.received()).startsWith("E(FATAL 28000 no pool_hba.conf entry");
        assertThat(proxy.node(0).received()).isEmpty();

        proxy.pass(59_000);
        assertThat(start("anna").received()).startsWith("E(FATAL 28000 no pool_hba.conf entry");
        assertThat(proxy.node(0).received()).isEmpty();
    }

    @Test
    void anAnswerIsAskedForAgainAfterItsTime() {
        start("anna").received();
        tell("D(anna) D(banned)");
        proxy.pass(61_000);
        ProxyFixture.Client client = start("anna");
        assertThat(client.received()).isEmpty();
        tell("D(anna)");
        assertThat(client.received()).startsWith("E(FATAL 28000 no pool_hba.conf entry");
    }

    @Test
    void whatIsKnownCountsOnWhileNoNodeAnswersAndNothingElseIsAssumed() throws IOException {
        rules("host all +staff all reject\n");
        start("anna");
        tell("D(anna)");
        proxy.nodes.down(0);
        proxy.nodes.down(1);
        proxy.pass(3_600_000);

        assertThat(start("anna").received()).startsWith("E(FATAL 28000 no pool_hba.conf entry");
        assertThat(start("bert").received()).startsWith("E(FATAL 28000 pool_hba.conf rejects connection");
    }

    @Test
    void aServerThatSaysNoLeavesTheRolesUnknown() {
        ProxyFixture.Client client = start("anna");
        proxy.node(0).received();
        proxy.node(0).sends("E(ERROR 42501 permission denied) Z(I)");
        assertThat(client.received()).startsWith("E(FATAL 28000 pool_hba.conf rejects connection");
    }

    @Test
    void withoutAuthQueryNobodyIsAsked() {
        ask("");
        assertThat(start("anna").received()).startsWith("E(FATAL 28000 pool_hba.conf rejects connection");
        assertThat(proxy.nodes.opened(0)).isZero();
    }

    @Test
    void whoLeavesMeanwhileIsForgotten() {
        ProxyFixture.Client client = start("anna");
        proxy.pump();
        client.disconnects();
        tell("D(anna) D(staff)");
        assertThat(proxy.halfOpenClients().total()).isZero();
        assertThat(proxy.slots().taken()).isZero();
    }

    @Test
    void passwordsAndRolesTakeTurnsSoThatNeitherStarvesTheOther() throws IOException {
        rules("host all u0 all md5\nhost all u1 all md5\nhost all u2 all md5\nhost all u3 all md5\n"
                + "host all u4 all md5\nhost all +staff all md5\n");
        for (int i = 0; i < 5; i++) {
            start("u" + i);
        }
        start("anna");
        proxy.pump();
        // three connections have their first question; the next one is about roles, though it came last
        ScriptedBackend done = proxy.node(0);
        assertThat(done.received()).contains("the query");
        done.sends("1 2 C(SELECT 0) Z(I)");
        proxy.pump();
        String second = done.received();
        done.sends("1 2 C(SELECT 0) Z(I)");
        proxy.pump();
        assertThat(second + done.received()).contains("WITH RECURSIVE", "the query");
    }

    private void tell(String rows) {
        ScriptedBackend asked = proxy.node(0);
        assertThat(asked.received()).contains("WITH RECURSIVE");
        asked.sends("1 2 " + rows + " C(SELECT 1) Z(I)");
        proxy.pump();
    }
}
