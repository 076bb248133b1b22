package io.trunkline.pool;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * How sockets are driven: epoll where the system has it, else NIO.
 *
 * @param name for the log
 * @param unixSocket channels for Unix-domain sockets
 * @param unixAddress turns the path of a Unix-domain socket into an address for such channels
 */
public record Transport(
        String name,
        IoHandlerFactory ioHandlers,
        Class<? extends SocketChannel> socket,
        Class<? extends ServerSocketChannel> serverSocket,
        Class<? extends Channel> unixSocket,
        Function<String, SocketAddress> unixAddress,
        UnixListener unixListener) {
    /** To Netty: its array of events begins small and grows with what is ready. */
    private static final int EVENTS_THAT_GROW = 0;

    /** The best transport of this machine. */
    public static Transport best() {
        return Epoll.isAvailable() ? epoll() : nio();
    }

    /** Loads {@link #best} with what an event loop and its buffers need, so that they are there when they are used. */
    public static void load() {
        EventLoopGroup loops = best().eventLoops(1, "load");
        loops.next().execute(() -> PooledByteBufAllocator.DEFAULT.directBuffer().release());
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private static Transport epoll() {
        return new Transport(
                "epoll",
                EpollIoHandler.newFactory(EVENTS_THAT_GROW, YieldBeforeWait::new),
                EpollSocketChannel.class,
                EpollServerSocketChannel.class,
                EpollDomainSocketChannel.class,
                DomainSocketAddress::new,
                new EpollUnixListener());
    }

    /** What every system has. */
    public static Transport nio() {
        return new Transport(
                "nio",
                NioIoHandler.newFactory(),
                NioSocketChannel.class,
                NioServerSocketChannel.class,
                NioDomainSocketChannel.class,
                UnixDomainSocketAddress::of,
                new NioUnixListener());
    }

    /** Event loops that do all work on sessions and backends. */
    public EventLoopGroup eventLoops(int threads, String threadName) {
        return new ClosingEventLoops(threads, new DefaultThreadFactory(threadName, true), ioHandlers);
    }
}
