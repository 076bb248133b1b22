package io.trunkline.pool;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;

/** Connects by TCP. */
final class SocketConnector implements Connector {
    private final Transport transport;
    private final AddressResolver resolver;

    SocketConnector(Transport transport, AddressResolver resolver) {
        this.transport = transport;
        this.resolver = resolver;
    }

    @Override
    public void connect(EventLoop loop, NodeAddress address, Outcome outcome) {
        resolver.resolve(address.host(), address.port(), loop, (resolved, failure) -> {
            if (resolved == null) {
                outcome.failed(String.valueOf(failure));
            } else {
                connect(loop, address, resolved, outcome);
            }
        });
    }

    private void connect(EventLoop loop, NodeAddress address, InetSocketAddress resolved, Outcome outcome) {
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(transport.socket())
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, address.connectTimeoutMillis())
                .handler(new ChannelInboundHandlerAdapter())
                .connect(resolved);
        connecting.addListener(future -> {
            // where no channel could be made at all (out of file descriptors), this is some other thread
            if (loop.inEventLoop()) {
                connected(connecting, outcome);
            } else {
                loop.execute(() -> connected(connecting, outcome));
            }
        });
    }

    private static void connected(ChannelFuture connecting, Outcome outcome) {
        if (connecting.isSuccess()) {
            outcome.connected(connecting.channel());
        } else {
            outcome.failed(String.valueOf(connecting.cause().getMessage()));
        }
    }
}
