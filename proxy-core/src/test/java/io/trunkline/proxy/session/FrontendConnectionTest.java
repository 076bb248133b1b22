package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.trunkline.pool.BufferMemory;
import io.trunkline.proxy.auth.AuthQuerySettings;
import io.trunkline.proxy.auth.AuthSettings;
import io.trunkline.proxy.auth.HbaQuestion;
import io.trunkline.proxy.auth.PeerUsers;
import io.trunkline.proxy.auth.StoredCredentials;
import io.trunkline.proxy.log.LoggedClient;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a client's connection tells about itself. */
class FrontendConnectionTest {
    private static Optional<HbaQuestion> question(Channel channel) {
        try {
            ClientIdentity identity = new ClientIdentity(1, new byte[4], "u", "d", "");
            return new FrontendConnection(channel, identity, new PeerUsers(Runnable::run), BufferMemory.unbounded())
                    .question("d", "u");
        } finally {
            channel.unsafe().closeForcibly();
        }
    }

    @Test
    void aUnixSocketIsLocal() {
        assertThat(question(new NioDomainSocketChannel()))
                .map(HbaQuestion::isLocal)
                .contains(true);
    }

    @Test
    void aTcpConnectionWhoseAddressIsGoneIsNotLocal() {
        assertThat(question(new NioSocketChannel())).isEmpty();
    }

    @Test
    void theLogShowsTheAddressOfAClientOrTheNameOfItsHostOnceThatIsKnown() {
        FrontendConnection front = new FrontendConnection(
                new EmbeddedChannel(),
                new ClientIdentity(7, new byte[4], "u", "d", "2001:db8:0:0:0:0:0:9:5123"),
                new PeerUsers(Runnable::run),
                BufferMemory.unbounded());
        assertThat(front)
                .returns("2001:db8:0:0:0:0:0:9", LoggedClient::host)
                .returns("5123", LoggedClient::port)
                .returns("", LoggedClient::applicationName);

        front.hostIs("client.example");

        assertThat(front)
                .returns("client.example", LoggedClient::host)
                .returns("5123", LoggedClient::port)
                .returns(7, LoggedClient::session);
    }

    @Test
    void aClientOfWhichTheRulesCannotBeAskedIsCutOff() {
        ProxyFixture proxy = new ProxyFixture();
        proxy.logins().reload(StoredCredentials.none(), new AuthSettings(true, false, false, AuthQuerySettings.OFF));
        ProxyFixture.Client client = proxy.start();
        assertThat(client.received()).isEmpty();
        assertThat(client.isOpen()).isFalse();
        assertThat(proxy.halfOpenClients().total()).isZero();
        proxy.finish();
    }
}
