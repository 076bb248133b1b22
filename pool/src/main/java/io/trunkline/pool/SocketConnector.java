package io.trunkline.pool;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;

/** Connects by TCP, and encrypts the connection where that is asked for. */
final class SocketConnector implements Connector {
    private final Transport transport;
    private final AddressResolver resolver;
    private final BackendEncryption encryption;

    SocketConnector(Transport transport, AddressResolver resolver, BackendEncryption encryption) {
        this.transport = transport;
        this.resolver = resolver;
        this.encryption = encryption;
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
                connected(connecting, address, outcome);
            } else {
                loop.execute(() -> connected(connecting, address, outcome));
            }
        });
    }

    private void connected(ChannelFuture connecting, NodeAddress address, Outcome outcome) {
        if (connecting.isSuccess()) {
            Channel channel = connecting.channel();
            encryption
                    .of(address.node())
                    .ifPresentOrElse(
                            tls -> TlsNegotiation.begin(channel, address, tls, outcome),
                            () -> outcome.connected(channel));
        } else {
            outcome.failed(String.valueOf(connecting.cause().getMessage()));
        }
    }
}
