package io.trunkline.proxy.handover;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Passes open file descriptors over a connection that is for nothing else ({@code unix(7)}, SCM_RIGHTS). */
final class Descriptors {
    private static final long LIMIT_SECONDS = 10;

    private Descriptors() {}

    /** Sends them in this order, and ends the connection. They stay open here. Event loop only. */
    static void send(Channel to, List<Integer> descriptors) {
        descriptors.forEach(descriptor -> to.write(new FileDescriptor(descriptor)));
        to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Receives so many; blocks. They are the caller's to close.
     *
     * @throws IOException if they do not come; none is open then
     */
    static List<Integer> receive(Path path, EventLoop loop, int count) throws IOException, InterruptedException {
        CompletableFuture<List<Integer>> received = new CompletableFuture<>();
        ChannelFuture connected = new Bootstrap()
                .group(loop)
                .channel(EpollDomainSocketChannel.class)
                .option(EpollChannelOption.DOMAIN_SOCKET_READ_MODE, DomainSocketReadMode.FILE_DESCRIPTORS)
                .handler(new Receiver(count, received))
                .connect(new DomainSocketAddress(path.toString()))
                .await();
        if (!connected.isSuccess()) {
            throw new IOException("cannot connect to " + path, connected.cause());
        }
        try {
            return received.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            connected.channel().close();
            throw new IOException("the sockets that listen were not passed on: " + e.getMessage(), e);
        }
    }

    private static final class Receiver extends SimpleChannelInboundHandler<FileDescriptor> {
        private final int count;
        private final CompletableFuture<List<Integer>> received;
        private final List<Integer> descriptors = new ArrayList<>();

        Receiver(int count, CompletableFuture<List<Integer>> received) {
            this.count = count;
            this.received = received;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FileDescriptor descriptor) {
            descriptors.add(descriptor.intValue());
            if (descriptors.size() == count) {
                received.complete(List.copyOf(descriptors));
                ctx.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) throws IOException {
            if (descriptors.size() < count) {
                for (int descriptor : descriptors) {
                    new FileDescriptor(descriptor).close();
                }
                received.completeExceptionally(
                        new IOException("only " + descriptors.size() + " of " + count + " have come"));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            received.completeExceptionally(cause);
            ctx.close();
        }
    }
}
