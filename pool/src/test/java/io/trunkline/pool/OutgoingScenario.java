package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is written goes to the other side whole and in order, straight to the socket or through the channel. */
abstract class OutgoingScenario {
    /** More than the buffers of both sockets take. */
    private static final int MUCH = 32 * 1024 * 1024;

    private final EventLoopGroup loops;
    private final Channel channel;
    private final Socket peer;
    private final Outgoing outgoing;

    OutgoingScenario(Transport transport) throws Exception {
        loops = transport.eventLoops(1, "outgoing");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            channel = new Bootstrap()
                    .group(loops)
                    .channel(transport.socket())
                    .handler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel ch) {}
                    })
                    .connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()))
                    .sync()
                    .channel();
            peer = server.accept();
        }
        peer.setSoTimeout(20_000);
        outgoing = channel.eventLoop().submit(() -> new Outgoing(channel)).get(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void closeAll() throws Exception {
        channel.close().sync();
        peer.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    private <T> T onLoop(Callable<T> work) throws Exception {
        return channel.eventLoop().submit(work).get(20, TimeUnit.SECONDS);
    }

    private int holders(ByteBuf bytes) throws Exception {
        return onLoop(bytes::refCnt);
    }

    private static ByteBuf direct(String text) {
        return PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] much() {
        byte[] much = new byte[MUCH];
        for (int i = 0; i < MUCH; i++) {
            much[i] = (byte) (i * 31 >>> 3);
        }
        return much;
    }

    private void reads(String text) throws IOException {
        assertThat(new String(peer.getInputStream().readNBytes(text.length()), StandardCharsets.UTF_8))
                .isEqualTo(text);
    }

    @Test
    void oneBufferAfterTheOther() throws Exception {
        for (String text : new String[] {"one", "two", "three"}) {
            ByteBuf bytes = direct(text);
            onLoop(() -> {
                outgoing.write(bytes);
                outgoing.flush();
                return null;
            });
            reads(text);
            assertThat(holders(bytes)).isZero();
        }
        assertThat(onLoop(outgoing::isAllSent)).isTrue();
    }

    @Test
    void severalAtOnceKeepTheirOrder() throws Exception {
        onLoop(() -> {
            outgoing.write(direct("one "));
            outgoing.write(direct("two "));
            outgoing.write(direct("three "));
            outgoing.flush();
            return null;
        });
        reads("one two three ");
    }

    @Test
    void aSliceIsFollowedByNothingOfItsBuffer() throws Exception {
        ByteBuf read = direct("onetwo");
        ByteBuf rest = direct("xyz");
        onLoop(() -> {
            outgoing.write(read.readRetainedSlice(3));
            outgoing.write(rest);
            outgoing.flush();
            return null;
        });
        reads("onexyz");
        assertThat(onLoop(() -> read.toString(StandardCharsets.UTF_8))).isEqualTo("two");
        assertThat(holders(rest)).isZero();
        onLoop(read::release);
    }

    @Test
    void aBufferThatSomebodyElseHoldsIsNotWrittenInto() throws Exception {
        ByteBuf shared = direct("shared ");
        onLoop(() -> {
            outgoing.write(shared.retain());
            outgoing.write(direct("or not"));
            outgoing.flush();
            return null;
        });
        reads("shared or not");
        assertThat(onLoop(() -> shared.toString(StandardCharsets.UTF_8))).isEqualTo("shared ");
        assertThat(holders(shared)).isOne();
        onLoop(shared::release);
    }

    @Test
    void muchIsNotCopiedBehindLittle() throws Exception {
        ByteBuf little = direct("little");
        ByteBuf much = PooledByteBufAllocator.DEFAULT.directBuffer(MUCH).writeBytes(much());
        onLoop(() -> {
            outgoing.write(little);
            outgoing.write(much);
            outgoing.flush();
            return null;
        });
        reads("little");
        assertThat(Arrays.equals(peer.getInputStream().readNBytes(MUCH), much()))
                .isTrue();
        assertThat(holders(little)).isZero();
        assertThat(holders(much)).isZero();
    }

    @Test
    void whatTheSocketDoesNotTakeFollowsBeforeWhatComesLater() throws Exception {
        ByteBuf much = PooledByteBufAllocator.DEFAULT.directBuffer(MUCH).writeBytes(much());
        onLoop(() -> {
            outgoing.write(much);
            outgoing.flush();
            return null;
        });
        assertThat(onLoop(outgoing::isAllSent)).isFalse();
        onLoop(() -> {
            outgoing.write(direct("last"));
            outgoing.flush();
            return null;
        });
        assertThat(Arrays.equals(peer.getInputStream().readNBytes(MUCH), much()))
                .isTrue();
        reads("last");
        assertThat(holders(much)).isZero();
    }

    @Test
    void whatIsPassedToTheChannelPrecedesWhatIsWrittenThere() throws Exception {
        onLoop(() -> {
            outgoing.write(direct("first "));
            outgoing.passToChannel();
            channel.writeAndFlush(direct("then"));
            return null;
        });
        reads("first then");
    }

    @Test
    void nothingIsSentOnAChannelThatHasBeenClosed() throws Exception {
        ByteBuf early = direct("early");
        ByteBuf late = direct("late");
        onLoop(() -> {
            outgoing.write(early);
            outgoing.flush();
            channel.close();
            outgoing.write(late);
            outgoing.flush();
            return null;
        });
        assertThat(peer.getInputStream().read()).isEqualTo(-1);
        assertThat(holders(early)).isZero();
        assertThat(holders(late)).isZero();
    }

    @Test
    void whatIsDiscardedIsReleased() throws Exception {
        ByteBuf bytes = direct("never");
        onLoop(() -> {
            outgoing.write(bytes);
            outgoing.flush();
            channel.close();
            outgoing.discard();
            return null;
        });
        assertThat(peer.getInputStream().read()).isEqualTo(-1);
        assertThat(holders(bytes)).isZero();
    }

    @Test
    void aPeerThatHasGoneEndsTheChannel() throws Exception {
        peer.setSoLinger(true, 0);
        peer.close();
        ByteBuf bytes = direct("gone");
        onLoop(() -> {
            outgoing.write(bytes);
            outgoing.flush();
            return null;
        });
        channel.closeFuture().get(20, TimeUnit.SECONDS);
        assertThat(holders(bytes)).isZero();
    }
}
