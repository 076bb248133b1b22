package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContextBuilder;
import io.trunkline.config.certificates.Issued;
import io.trunkline.config.certificates.TestAuthority;
import io.trunkline.protocol.tls.ClientTls;
import io.trunkline.protocol.tls.ServerTls;
import io.trunkline.protocol.tls.TlsHandler;
import io.trunkline.protocol.tls.TlsProvider;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How a connection to a node comes to be encrypted, or not, against servers that answer as they are told. */
class TlsNegotiationTest {
    private static final TestAuthority AUTHORITY = TestAuthority.named("ca");
    private static final Issued SERVER = AUTHORITY.issue("CN=localhost", "127.0.0.1");
    private static final Transport TRANSPORT = Transport.best();

    private static EventLoopGroup loops;
    private static ClientTls verifying;

    @BeforeAll
    static void start() throws SSLException {
        loops = TRANSPORT.eventLoops(1, "test");
        verifying = ClientTls.create(
                TlsProvider.JDK,
                new ClientTls.Settings(List.of(), null, List.of(AUTHORITY.own().certificate()), List.of(), true));
    }

    @AfterAll
    static void stop() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** Answers the first bytes of a client with these, and then maybe encrypts. */
    private static final class Answering extends ChannelInboundHandlerAdapter {
        private final String answer;
        private final Supplier<ChannelHandler> then;

        Answering(String answer, Supplier<ChannelHandler> then) {
            this.answer = answer;
            this.then = then;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ((ByteBuf) message).release();
            if (answer.equals("close")) {
                ctx.close();
            } else if (!answer.isEmpty()) {
                ctx.writeAndFlush(Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII));
                if (answer.equals("S")) {
                    ctx.pipeline().replace(this, "tls", then.get());
                }
            }
        }
    }

    private static ServerTls serverTls() {
        try {
            return ServerTls.create(
                    TlsProvider.JDK,
                    new ServerTls.Settings(
                            List.of(SERVER.certificate()),
                            SERVER.keys().getPrivate(),
                            List.of(),
                            List.of(),
                            List.of("TLSv1.3"),
                            List.of("TLS_AES_128_GCM_SHA256"),
                            false,
                            List.of()));
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ChannelHandler encryption() {
        return serverTls().newHandler(io.netty.buffer.ByteBufAllocator.DEFAULT);
    }

    /** How the attempt ended: "connected", "encrypted", or which method was called with which reason. */
    private static String connect(Supplier<ChannelHandler> server, boolean required, boolean direct, int millis)
            throws Exception {
        Channel listener = new ServerBootstrap()
                .group(loops)
                .channel(TRANSPORT.serverSocket())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        accepted.pipeline().addLast(server.get());
                    }
                })
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
        try {
            int port = ((InetSocketAddress) listener.localAddress()).getPort();
            CompletableFuture<String> ended = new CompletableFuture<>();
            Channel channel = new Bootstrap()
                    .group(loops)
                    .channel(TRANSPORT.socket())
                    .option(ChannelOption.AUTO_READ, false)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect("127.0.0.1", port)
                    .sync()
                    .channel();
            NodeTls node = new NodeTls(verifying, required, direct);
            channel.eventLoop()
                    .execute(() -> TlsNegotiation.begin(
                            channel, new NodeAddress(0, "127.0.0.1", port, millis), node, new Connector.Outcome() {
                                @Override
                                public void connected(Channel connected) {
                                    ended.complete(TlsHandler.of(connected) == null ? "connected" : "encrypted");
                                }

                                @Override
                                public void failed(String why) {
                                    ended.complete("failed: " + why);
                                }

                                @Override
                                public void timedOut(String why) {
                                    ended.complete("timed out: " + why);
                                }

                                @Override
                                public void refused(String why) {
                                    ended.complete("refused: " + why);
                                }
                            }));
            String how = ended.get(20, TimeUnit.SECONDS);
            if (how.contains(":")) {
                channel.closeFuture().sync();
            }
            channel.close().sync();
            return how;
        } finally {
            listener.close().sync();
        }
    }

    private static String connect(String answer, boolean required) throws Exception {
        return connect(() -> new Answering(answer, TlsNegotiationTest::encryption), required, false, 10_000);
    }

    @Test
    void serverThatAgreesIsEncrypted() throws Exception {
        assertThat(connect("S", true)).isEqualTo("encrypted");
        assertThat(connect("S", false)).isEqualTo("encrypted");
    }

    @Test
    void serverThatDeclinesIsSpokenToInClearOnlyIfThatIsAllowed() throws Exception {
        assertThat(connect("N", false)).isEqualTo("connected");
        assertThat(connect("N", true)).startsWith("refused: the server does not offer TLS");
    }

    @Test
    void bytesInClearThatComeWithTheAnswerEndTheAttempt() throws Exception {
        assertThat(connect("SZ", false)).startsWith("refused: the server sent something before");
        assertThat(connect("NZ", false)).startsWith("refused: the server sent something before");
    }

    @Test
    void serverThatDoesNotKnowTheRequestIsAlive() throws Exception {
        assertThat(connect("Eunknown", false)).startsWith("refused:");
    }

    @Test
    void serverThatClosesOrIsSilentHasFailed() throws Exception {
        assertThat(connect("close", false)).startsWith("failed: the server closed the connection");
        assertThat(connect(() -> new Answering("", TlsNegotiationTest::encryption), false, false, 200))
                .isEqualTo("timed out: no TLS within 200 ms");
    }

    @Test
    void directTlsNeedsAServerThatAgreesOnTheProtocol() throws Exception {
        assertThat(connect(TlsNegotiationTest::encryption, true, true, 10_000)).isEqualTo("encrypted");

        var withoutAlpn = SslContextBuilder.forServer(SERVER.keys().getPrivate(), SERVER.certificate())
                .build();
        assertThat(connect(() -> withoutAlpn.newHandler(io.netty.buffer.ByteBufAllocator.DEFAULT), true, true, 10_000))
                .startsWith("refused: the server did not agree on the protocol by ALPN");
    }
}
