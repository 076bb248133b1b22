package io.trunkline.pool;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Connects by TCP, encrypted where that is asked for, or to the Unix-domain socket of a server on this machine. */
final class SocketConnector implements Connector {
    /**
     * How long to wait before another try when the queue of a Unix-domain socket is full. There, the system does not
     * hold up who connects as it does with TCP, it refuses.
     */
    private static final int FULL_QUEUE_PAUSE_MILLIS = 10;

    private static final int FULL_QUEUE_PATIENCE_MILLIS = 10_000;

    private final Transport transport;
    private final AddressResolver resolver;
    private final BackendEncryption encryption;
    private final BufferMemory memory;

    SocketConnector(Transport transport, AddressResolver resolver, BackendEncryption encryption, BufferMemory memory) {
        this.memory = memory;
        this.transport = transport;
        this.resolver = resolver;
        this.encryption = encryption;
    }

    @Override
    public void connect(EventLoop loop, NodeAddress address, Outcome outcome) {
        if (address.isUnixSocket()) {
            int patience =
                    address.connectTimeoutMillis() > 0 ? address.connectTimeoutMillis() : FULL_QUEUE_PATIENCE_MILLIS;
            connectLocally(loop, address, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patience), outcome);
            return;
        }
        resolver.resolve(address.host(), address.port(), loop, (resolved, failure) -> {
            if (resolved == null) {
                outcome.failed(String.valueOf(failure));
            } else {
                connect(loop, address, resolved, outcome);
            }
        });
    }

    private void connect(EventLoop loop, NodeAddress address, InetSocketAddress resolved, Outcome outcome) {
        Bootstrap bootstrap = new Bootstrap()
                .channel(transport.socket())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true);
        ChannelFuture connecting = connect(bootstrap, loop, address, resolved);
        connecting.addListener(future ->
                inLoop(loop, () -> connected(connecting, channel -> begin(channel, address, outcome), outcome)));
    }

    private void connectLocally(EventLoop loop, NodeAddress address, long deadlineNanos, Outcome outcome) {
        SocketAddress socket = transport.unixAddress().apply(address.socketPath());
        ChannelFuture connecting = connect(new Bootstrap().channel(transport.unixSocket()), loop, address, socket);
        connecting.addListener(future -> inLoop(loop, () -> {
            if (!connecting.isSuccess()
                    && SocketFailure.isQueueFull(connecting.cause())
                    && System.nanoTime() - deadlineNanos < 0) {
                loop.schedule(
                        () -> connectLocally(loop, address, deadlineNanos, outcome),
                        FULL_QUEUE_PAUSE_MILLIS,
                        TimeUnit.MILLISECONDS);
            } else {
                connected(connecting, outcome::connected, outcome);
            }
        }));
    }

    private ChannelFuture connect(Bootstrap bootstrap, EventLoop loop, NodeAddress address, SocketAddress remote) {
        return bootstrap
                .group(loop)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, address.connectTimeoutMillis())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        memory.govern(channel);
                    }
                })
                .connect(remote);
    }

    /** Where no channel could be made at all (out of file descriptors), a future ends on some other thread. */
    private static void inLoop(EventLoop loop, Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    private void begin(Channel channel, NodeAddress address, Outcome outcome) {
        encryption
                .of(address.node())
                .ifPresentOrElse(
                        tls -> TlsNegotiation.begin(channel, address, tls, outcome), () -> outcome.connected(channel));
    }

    private static void connected(ChannelFuture connecting, Consumer<Channel> next, Outcome outcome) {
        if (connecting.isSuccess()) {
            next.accept(connecting.channel());
        } else if (SocketFailure.isTimeout(connecting.cause())) {
            outcome.timedOut(SocketFailure.text(connecting.cause()));
        } else {
            outcome.failed(SocketFailure.text(connecting.cause()));
        }
    }
}
