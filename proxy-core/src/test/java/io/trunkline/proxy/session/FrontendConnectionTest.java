package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.trunkline.proxy.auth.AuthQuerySettings;
import io.trunkline.proxy.auth.AuthSettings;
import io.trunkline.proxy.auth.HbaQuestion;
import io.trunkline.proxy.auth.PeerUsers;
import io.trunkline.proxy.auth.StoredCredentials;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a client's connection tells about itself. */
class FrontendConnectionTest {
    private static Optional<HbaQuestion> question(Channel channel) {
        try {
            ClientIdentity identity = new ClientIdentity(1, new byte[4], "u", "d", "");
            return new FrontendConnection(channel, identity, new PeerUsers(Runnable::run)).question("d", "u");
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
    void aClientOfWhichTheRulesCannotBeAskedIsCutOff() {
        ProxyFixture proxy = new ProxyFixture();
        proxy.logins().reload(StoredCredentials.none(), new AuthSettings(true, false, AuthQuerySettings.OFF));
        ProxyFixture.Client client = proxy.start();
        assertThat(client.received()).isEmpty();
        assertThat(client.isOpen()).isFalse();
        assertThat(proxy.halfOpenClients().total()).isZero();
        proxy.finish();
    }
}
