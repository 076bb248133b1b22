package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.Password;
import io.trunkline.proxy.auth.AuthQuerySettings;
import io.trunkline.proxy.auth.AuthSettings;
import io.trunkline.proxy.auth.StoredCredentials;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients whose passwords auth_query tells. Their servers hold md5 hashes here, which is the shorter conversation. */
class PasswordLookUpTest {
    private static final String ASKED = "P(|the query) B(|) E() S";

    private final ProxyFixture proxy = new ProxyFixture();

    @BeforeEach
    void ask() {
        proxy.logins()
                .reload(
                        StoredCredentials.none(),
                        new AuthSettings(
                                false,
                                true,
                                false,
                                new AuthQuerySettings(
                                        "the query", "asker", "", "postgres", TimeUnit.MINUTES.toNanos(1))));
        proxy.pump();
    }

    @AfterEach
    void everythingIsReleased() {
        proxy.finish();
    }

    @Test
    void thePrimaryIsAskedByTheRoleForItWithASearchPathThatNobodyElseWritesTo() {
        ProxyFixture.Client client = proxy.start();
        ScriptedBackend asked = proxy.node(0);

        assertThat(asked.startup().parameters())
                .containsEntry("user", "asker")
                .containsEntry("database", "postgres")
                .containsEntry("search_path", "pg_catalog, pg_temp");
        assertThat(asked.received()).isEqualTo(ASKED);
        assertThat(client.received()).isEmpty();
    }

    @Test
    void twoWhoComeAtOnceAreOneQuestion() {
        ProxyFixture.Client first = proxy.start();
        ProxyFixture.Client second = proxy.start();
        assertThat(proxy.node(0).received()).isEqualTo(ASKED);
        tell(proxy.node(0), "secret");

        assertThat(admit(first, "secret")).endsWith("Z(I)");
        assertThat(admit(second, "secret")).endsWith("Z(I)");
    }

    @Test
    void answerIsUsedForAWhileAndThenAskedForAgainOverTheSameConnection() {
        ProxyFixture.Client first = proxy.start();
        ScriptedBackend asked = proxy.node(0);
        tell(asked, "secret");
        assertThat(admit(first, "secret")).endsWith("Z(I)");
        asked.received();

        assertThat(admit(proxy.start(), "secret")).endsWith("Z(I)");
        assertThat(asked.received()).isEmpty();
        proxy.pass(30_000);
        keepOpen(asked);
        proxy.pass(31_000);
        ProxyFixture.Client later = proxy.start();
        assertThat(asked.received()).isEqualTo(ASKED);
        tell(asked, "secret");
        assertThat(admit(later, "secret")).endsWith("Z(I)");
    }

    /** Somebody else is asked for, so that the connection is not closed as idle. */
    private void keepOpen(ScriptedBackend asked) {
        proxy.start("user", "other");
        assertThat(asked.received()).isEqualTo(ASKED);
        asked.sends("1 2 C(SELECT 0) Z(I)");
        proxy.pump();
    }

    @Test
    void connectionThatNobodyNeedsIsClosed() {
        proxy.start();
        ScriptedBackend asked = proxy.node(0);
        tell(asked, "secret");
        proxy.pass(60_001);
        assertThat(asked.isOpen()).isFalse();
    }

    @Test
    void whatIsKnownCountsOnWhileNoNodeAnswers() {
        ProxyFixture.Client first = proxy.start();
        tell(proxy.node(0), "secret");
        assertThat(admit(first, "secret")).endsWith("Z(I)");
        proxy.nodes.down(0);
        proxy.nodes.down(1);
        proxy.pass(3_600_000);

        assertThat(admit(proxy.start(), "secret")).endsWith("Z(I)");
        ProxyFixture.Client unknown = proxy.start("user", "stranger");
        assertThat(unknown.received()).startsWith("E(FATAL 57P03 passwords cannot be looked up at the moment");
    }

    @Test
    void standbyIsAskedWhereThePrimaryDoesNotAnswer() {
        proxy.nodes.down(0);
        ProxyFixture.Client client = proxy.start();
        proxy.pump();
        assertThat(proxy.node(1).received()).isEqualTo(ASKED);
        tell(proxy.node(1), "secret");
        assertThat(client.receivedBytes()).startsWith('R', 0, 0, 0, 12, 0, 0, 0, 5);
    }

    @Test
    void nodeThatHangsIsNotWaitedForLong() {
        proxy.nodes.welcome(0, "");
        ProxyFixture.Client client = proxy.start();
        proxy.pump();
        proxy.pass(2_001);
        assertThat(proxy.node(1).received()).isEqualTo(ASKED);
        tell(proxy.node(1), "secret");
        assertThat(client.receivedBytes()).startsWith('R', 0, 0, 0, 12, 0, 0, 0, 5);
    }

    @Test
    void noAnswerIsAnErrorInTheEnd() {
        proxy.nodes.welcome(0, "");
        proxy.nodes.welcome(1, "");
        ProxyFixture.Client client = proxy.start();
        proxy.pump();
        for (int i = 0; i < 6; i++) {
            proxy.pass(1_001);
        }
        assertThat(client.received()).startsWith("E(FATAL 57P03 ");
    }

    @Test
    void failedProofMakesTheNextClientsPasswordBeLookedUpAgain() {
        ProxyFixture.Client first = proxy.start();
        ScriptedBackend asked = proxy.node(0);
        tell(asked, "old");
        assertThat(admit(first, "new")).startsWith("E(FATAL 28P01 password authentication failed for user \"u\"");
        proxy.pass(1_001);

        ProxyFixture.Client second = proxy.start();
        tell(asked, "new");
        assertThat(admit(second, "new")).endsWith("Z(I)");
    }

    @Test
    void userWhoIsNotThereIsNeverRelayedAndFailsAtTheEndOfAnExchange() {
        ProxyFixture.Client client = proxy.start();
        proxy.node(0).sends("1 2 C(SELECT 0) Z(I)");
        assertThat(client.received()).startsWith("R(10 SCRAM-SHA-256");
        assertThat(proxy.nodes.opened(0)).as("only the one that was asked").isOne();
    }

    @Test
    void rowAboutSomebodyElseDoesNotCount() {
        ProxyFixture.Client client = proxy.start();
        proxy.node(0).sends("1 2 D(somebody," + hash("secret") + ") C(SELECT 1) Z(I)");
        assertThat(client.received()).startsWith("R(10 SCRAM-SHA-256");
    }

    @Test
    void twoRowsAreAnError() {
        ProxyFixture.Client client = proxy.start();
        proxy.node(0).sends("1 2 D(u,a) D(u,b) C(SELECT 2) Z(I)");
        assertThat(client.received()).startsWith("E(FATAL 57P03 ");
    }

    @Test
    void clientThatLeavesMeanwhileIsForgotten() {
        ProxyFixture.Client client = proxy.start();
        ScriptedBackend asked = proxy.node(0);
        client.disconnects();
        tell(asked, "secret");
        assertThat(proxy.halfOpenClients().total()).isZero();
        assertThat(proxy.slots().taken()).isZero();
    }

    private static String hash(String password) {
        return Md5Password.of("u", Password.of(password)).format();
    }

    private void tell(ScriptedBackend asked, String password) {
        asked.sends("1 2 D(u," + hash(password) + ") C(SELECT 1) Z(I)");
        proxy.pump();
    }

    /** Answers the request for an md5 hash; what comes then. */
    private static String admit(ProxyFixture.Client client, String password) {
        byte[] request = client.receivedBytes();
        assertThat(request).startsWith('R', 0, 0, 0, 12, 0, 0, 0, 5);
        byte[] salt = Arrays.copyOfRange(request, 9, 13);
        ByteBuf out = Unpooled.buffer();
        FrontendMessages.authenticationResponse(
                out, Md5Password.of("u", Password.of(password)).response(salt).toMessage());
        client.sends(out);
        return client.received();
    }
}
