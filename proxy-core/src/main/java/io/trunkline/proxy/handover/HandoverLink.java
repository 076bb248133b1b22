package io.trunkline.proxy.handover;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection between a process that is being replaced and the one that takes its place: lines of text, both ways, for
 * as long as both live.
 *
 * <pre>
 *   . TEXT       tells something
 *   ? ID TEXT    asks something
 *   ! ID TEXT    answers that
 * </pre>
 *
 * <p>No line is longer than {@value #MAX_LINE} bytes. Methods may be called from any thread.
 */
public final class HandoverLink implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HandoverLink.class);

    /** A view of a cluster with the most nodes that there may be fits. */
    static final int MAX_LINE = 1 << 16;

    /** What the other end is listened to by; called on the event loop of the link, in order, and must not block. */
    public interface Peer {
        void told(String text);

        CompletableFuture<String> asked(String text);

        /** Nothing more will come: the other process has ended, or closed the link. Called once. */
        void ended();
    }

    private final Channel channel;
    private final Map<Long, CompletableFuture<String>> open = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private @Nullable Peer peer;

    private HandoverLink(Channel channel) {
        this.channel = channel;
    }

    /**
     * A link over a connection that was accepted, on whose event loop this is called.
     *
     * @param made makes the peer of the link before anything is read from it
     */
    public static HandoverLink accepted(Channel channel, Function<HandoverLink, Peer> made) {
        HandoverLink link = new HandoverLink(channel);
        link.install(made.apply(link));
        return link;
    }

    /**
     * Connects; blocks until that is done.
     *
     * @param made makes the peer of the link before anything is read from it
     */
    public static HandoverLink connect(Path path, EventLoop loop, Function<HandoverLink, Peer> made)
            throws IOException {
        CompletableFuture<HandoverLink> link = new CompletableFuture<>();
        ChannelFuture connected = new Bootstrap()
                .group(loop)
                .channel(EpollDomainSocketChannel.class)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        HandoverLink created = new HandoverLink(channel);
                        created.install(made.apply(created));
                        link.complete(created);
                    }
                })
                .connect(new DomainSocketAddress(path.toString()))
                .awaitUninterruptibly();
        if (!connected.isSuccess()) {
            throw new IOException("cannot connect to " + path, connected.cause());
        }
        return link.join();
    }

    private void install(Peer other) {
        peer = other;
        channel.pipeline()
                .addLast(
                        new LineBasedFrameDecoder(MAX_LINE),
                        new StringDecoder(StandardCharsets.UTF_8),
                        new StringEncoder(StandardCharsets.UTF_8),
                        new Lines());
    }

    /** Whether the other end is there. */
    public boolean isOpen() {
        return channel.isActive();
    }

    /** Whether the other end takes what it is told, or at least not much waits for it. */
    boolean isWritable() {
        return channel.isWritable();
    }

    public void tell(String text) {
        send(". " + text);
    }

    /** Asks; the future fails if the link ends before there is an answer. */
    public CompletableFuture<String> ask(String text) {
        long id = lastId.incrementAndGet();
        CompletableFuture<String> answer = new CompletableFuture<>();
        open.put(id, answer);
        // also where who asks has given up
        answer.whenComplete((told, failure) -> open.remove(id));
        send("? " + id + " " + text);
        if (!channel.isActive()) {
            failOpen();
        }
        return answer;
    }

    private void send(String line) {
        if (line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("more than a line: " + line);
        }
        channel.writeAndFlush(line + "\n").addListener(sent -> {
            if (!sent.isSuccess()) {
                channel.close();
            }
        });
    }

    private void failOpen() {
        open.keySet().forEach(id -> {
            CompletableFuture<String> answer = open.remove(id);
            if (answer != null) {
                answer.completeExceptionally(new IOException("the other process is gone"));
            }
        });
    }

    /** Ends the link; what was told before still arrives. */
    @Override
    public void close() {
        channel.close();
    }

    private final class Lines extends SimpleChannelInboundHandler<String> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, String line) throws IOException {
            if (line.length() < 2 || peer == null) {
                throw new IOException("not a line of a restart");
            }
            String text = line.substring(2);
            switch (line.charAt(0)) {
                case '.' -> peer.told(text);
                case '?' -> asked(text, peer);
                case '!' -> answered(text);
                default -> throw new IOException("not a line of a restart");
            }
        }

        private void asked(String text, Peer by) {
            int end = text.indexOf(' ');
            String id = text.substring(0, end);
            by.asked(text.substring(end + 1))
                    .whenComplete((answer, failure) -> send("! " + id + " "
                            + (failure == null
                                    ? answer
                                    : "failed " + String.valueOf(failure).replaceAll("\\s+", " "))));
        }

        private void answered(String text) {
            int end = text.indexOf(' ');
            CompletableFuture<String> asked = open.remove(Long.parseLong(text.substring(0, end)));
            if (asked != null) {
                asked.complete(text.substring(end + 1));
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            failOpen();
            if (peer != null) {
                peer.ended();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            log.warn("the link to the other process is closed: {}", cause.toString());
            ctx.close();
        }
    }
}
