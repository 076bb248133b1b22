package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.pool.Transport;
import io.trunkline.proxy.auth.PeerUsers.PeerUser;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerUsersTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void theUserOfTheProcessAtTheOtherEndIsTold(String name) throws Exception {
        Transport transport = name.equals("nio") ? Transport.nio() : Transport.best();
        assumeThat(transport.name()).isEqualTo(name);
        EventLoopGroup loops = transport.eventLoops(1, "test");
        CompletableFuture<Channel> accepted = new CompletableFuture<>();
        Path path = directory.resolve("socket");
        ServerChannel server = transport.unixListener().listen(path, 5, made -> {});
        new ServerBootstrap()
                .group(loops)
                .channelFactory(() -> server)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new ChannelInboundHandlerAdapter());
                        accepted.complete(channel);
                    }
                })
                .register()
                .sync();
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            Channel channel = accepted.get(10, TimeUnit.SECONDS);
            assertThat(client.isConnected()).isTrue();
            CompletableFuture<PeerUser> found = new CompletableFuture<>();

            new PeerUsers(Runnable::run).find(channel, found::complete);

            String me = Files.getOwner(path).getName();
            assertThat(found.get(10, TimeUnit.SECONDS)).isEqualTo(PeerUser.named(me));
            if (name.equals("epoll")) {
                assertThat(PeerCredentials.of(channel))
                        .contains(new PeerCredentials(
                                ((Number) Files.getAttribute(path, "unix:uid")).longValue(),
                                ((Number) Files.getAttribute(path, "unix:gid")).longValue(),
                                (int) ProcessHandle.current().pid()));
            }
        } finally {
            loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aConnectionThatIsNoUnixSocketHasNoUser() throws Exception {
        EmbeddedChannel tcp = new EmbeddedChannel();
        CompletableFuture<PeerUser> found = new CompletableFuture<>();

        new PeerUsers(Runnable::run).find(tcp, found::complete);
        tcp.runPendingTasks();

        assertThat(found.get(10, TimeUnit.SECONDS))
                .isEqualTo(new PeerUser(Optional.empty(), "peer authentication is for Unix-domain sockets only"));
        assertThat(PeerCredentials.of(tcp)).isEmpty();
        tcp.finishAndReleaseAll();
    }
}
