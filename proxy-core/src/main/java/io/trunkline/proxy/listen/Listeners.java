package io.trunkline.proxy.listen;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.trunkline.pool.SocketFailure;
import io.trunkline.pool.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts clients at the TCP addresses and Unix-domain sockets that are configured for them. */
public final class Listeners {
    private static final Logger log = LoggerFactory.getLogger(Listeners.class);

    /** As PostgreSQL does, a little less than an hour. */
    private static final long TOUCH_MINUTES = 58;

    private final Transport transport;
    private final EventLoopGroup loops;
    private final ChannelInitializer<Channel> newClient;
    private final List<Channel> ports = new ArrayList<>();
    private final List<SocketFile> sockets = new ArrayList<>();

    private Listeners(Transport transport, EventLoopGroup loops, ChannelInitializer<Channel> newClient) {
        this.transport = transport;
        this.loops = loops;
        this.newClient = newClient;
    }

    /**
     * Listens; blocks until everything listens.
     *
     * @param newClient called for each client, on its event loop
     * @param blocking where the lock files of sockets are touched now and then
     * @throws IOException if an address or a socket cannot be listened on; nothing listens then
     */
    public static Listeners open(
            ListenPlaces places,
            Transport transport,
            EventLoopGroup loops,
            ChannelInitializer<Channel> newClient,
            Executor blocking)
            throws IOException {
        Listeners listeners = new Listeners(transport, loops, newClient);
        try {
            listeners.open(places);
        } catch (IOException | RuntimeException e) {
            listeners.close();
            throw e;
        }
        listeners.touchNowAndThen(blocking);
        return listeners;
    }

    private void open(ListenPlaces places) throws IOException {
        for (String address : places.addresses()) {
            listen(address, places.port(), places.backlog());
        }
        Set<Path> seen = new LinkedHashSet<>();
        for (String directory : places.directories()) {
            Path path = Path.of(directory);
            if (seen.add(path.toFile().exists() ? path.toRealPath() : path)) {
                listen(SocketFile.open(
                        transport.unixListener(), path, places.port(), places.backlog(), places.access()));
            }
        }
    }

    private ServerBootstrap bootstrap() {
        return new ServerBootstrap().group(loops, loops).childHandler(newClient);
    }

    private void listen(SocketFile socket) throws IOException {
        sockets.add(socket);
        ChannelFuture registered =
                bootstrap().channelFactory(socket::channel).register().awaitUninterruptibly();
        if (!registered.isSuccess()) {
            throw new IOException("cannot listen on " + socket.path(), registered.cause());
        }
        log.info("listening on Unix socket \"{}\"", socket.path());
    }

    /** Listens on all addresses that a name stands for; one of them is enough, as in PostgreSQL. */
    private void listen(String address, int port, int backlog) throws IOException {
        List<InetSocketAddress> locals = new ArrayList<>();
        if (address.equals("*")) {
            locals.add(new InetSocketAddress(port));
        } else {
            for (InetAddress resolved : resolve(address)) {
                locals.add(new InetSocketAddress(resolved, port));
            }
        }
        ServerBootstrap bootstrap = bootstrap()
                .channel(transport.serverSocket())
                .option(ChannelOption.SO_BACKLOG, backlog)
                .option(ChannelOption.SO_REUSEADDR, true)
                // TCP_NODELAY is Netty's default, and would be a second system call for each client
                .childOption(ChannelOption.SO_KEEPALIVE, true);
        IOException failure = null;
        boolean listening = false;
        for (InetSocketAddress local : locals) {
            ChannelFuture bound = bootstrap.bind(local).awaitUninterruptibly();
            if (bound.isSuccess()) {
                ports.add(bound.channel());
                listening = true;
            } else {
                String why = SocketFailure.text(bound.cause());
                failure = new IOException(
                        "cannot listen on \"" + address + "\", port " + port + ": " + why, bound.cause());
                if (locals.size() > 1) {
                    log.warn("cannot listen on {}: {}", local, why);
                }
            }
        }
        if (!listening && failure != null) {
            throw failure;
        }
    }

    private static InetAddress[] resolve(String address) throws IOException {
        try {
            return InetAddress.getAllByName(address);
        } catch (UnknownHostException e) {
            throw new IOException("cannot listen on \"" + address + "\": the name does not resolve", e);
        }
    }

    private void touchNowAndThen(Executor blocking) {
        if (!sockets.isEmpty()) {
            List<SocketFile> open = List.copyOf(sockets);
            loops.next()
                    .scheduleAtFixedRate(
                            () -> blocking.execute(() -> open.stream()
                                    .filter(socket -> socket.channel().isOpen())
                                    .forEach(SocketFile::touch)),
                            TOUCH_MINUTES,
                            TOUCH_MINUTES,
                            TimeUnit.MINUTES);
        }
    }

    /** Takes no more clients, and removes the sockets; those that are there are not touched. Blocks. */
    public void close() {
        ports.forEach(port -> port.close().syncUninterruptibly());
        ports.clear();
        sockets.forEach(SocketFile::close);
        sockets.clear();
    }
}
