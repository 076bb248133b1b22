package io.trunkline.proxy.listen;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.trunkline.pool.SocketFailure;
import io.trunkline.pool.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts clients at the TCP addresses and Unix-domain sockets that are configured for them. Some of the sockets may have
 * been another process's; and all of them may become another's, for whom connections that nobody has accepted yet wait.
 */
public final class Listeners {
    private static final Logger log = LoggerFactory.getLogger(Listeners.class);

    /** As PostgreSQL does, a little less than an hour. */
    private static final long TOUCH_MINUTES = 58;

    private final Transport transport;
    private final EventLoopGroup loops;
    private final ChannelInitializer<Channel> newClient;
    private final Map<String, Channel> ports = new LinkedHashMap<>();
    private final List<SocketFile> sockets = new ArrayList<>();

    private Listeners(Transport transport, EventLoopGroup loops, ChannelInitializer<Channel> newClient) {
        this.transport = transport;
        this.loops = loops;
        this.newClient = newClient;
    }

    /**
     * Listens; blocks until everything listens. Nobody is accepted before {@link #resume}.
     *
     * @param newClient called for each client, on its event loop
     * @param blocking where the lock files of sockets are touched now and then
     * @param inherited used where there is one for a place
     * @throws IOException if an address or a socket cannot be listened on; nothing listens then
     */
    public static Listeners open(
            ListenPlaces places,
            Transport transport,
            EventLoopGroup loops,
            ChannelInitializer<Channel> newClient,
            Executor blocking,
            InheritedSockets inherited)
            throws IOException {
        Listeners listeners = new Listeners(transport, loops, newClient);
        try {
            listeners.open(places, inherited);
        } catch (IOException | RuntimeException e) {
            listeners.close();
            throw e;
        }
        listeners.touchNowAndThen(blocking);
        return listeners;
    }

    private void open(ListenPlaces places, InheritedSockets inherited) throws IOException {
        for (String address : places.addresses()) {
            listen(address, places.port(), places.backlog(), inherited);
        }
        Set<Path> seen = new LinkedHashSet<>();
        for (String directory : places.directories()) {
            Path path = Path.of(directory);
            if (seen.add(path.toFile().exists() ? path.toRealPath() : path)) {
                OptionalInt descriptor =
                        inherited.take(SocketFile.in(path, places.port()).toString());
                listen(
                        descriptor.isPresent()
                                ? SocketFile.inherited(path, places, descriptor.getAsInt())
                                : SocketFile.open(
                                        transport.unixListener(),
                                        path,
                                        places.port(),
                                        places.backlog(),
                                        places.access()));
            }
        }
    }

    private ServerBootstrap bootstrap() {
        return new ServerBootstrap()
                .group(loops, loops)
                .option(ChannelOption.AUTO_READ, false)
                .childHandler(newClient);
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
    private void listen(String address, int port, int backlog, InheritedSockets inherited) throws IOException {
        List<InetSocketAddress> locals = new ArrayList<>();
        if (address.equals("*")) {
            locals.add(new InetSocketAddress(port));
        } else {
            for (InetAddress resolved : resolve(address)) {
                locals.add(new InetSocketAddress(resolved, port));
            }
        }
        IOException failure = null;
        boolean listening = false;
        for (InetSocketAddress local : locals) {
            // TCP_NODELAY is Netty's default, and would be a second system call for each client
            ServerBootstrap bootstrap = bootstrap().childOption(ChannelOption.SO_KEEPALIVE, true);
            OptionalInt descriptor = inherited.take(place(local));
            ChannelFuture bound = (descriptor.isPresent()
                            ? adopt(bootstrap, descriptor.getAsInt(), backlog)
                            : bind(bootstrap, local, backlog))
                    .awaitUninterruptibly();
            if (bound.isSuccess()) {
                ports.put(place(local), bound.channel());
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

    private ChannelFuture bind(ServerBootstrap bootstrap, InetSocketAddress local, int backlog) {
        return bootstrap
                .channel(transport.serverSocket())
                .option(ChannelOption.SO_BACKLOG, backlog)
                .option(ChannelOption.SO_REUSEADDR, true)
                .bind(local);
    }

    private static ChannelFuture adopt(ServerBootstrap bootstrap, int descriptor, int backlog) throws IOException {
        listenAgain(descriptor, backlog);
        return bootstrap
                .channelFactory(() -> new EpollServerSocketChannel(descriptor))
                .register();
    }

    /** Of a socket that listens already only the length of the queue changes ({@code listen(2)}). */
    static void listenAgain(int descriptor, int backlog) throws IOException {
        new Socket(descriptor).listen(backlog);
    }

    private static String place(InetSocketAddress local) {
        return local.getAddress().getHostAddress() + ":" + local.getPort();
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

    /**
     * The descriptors of the sockets by the places where they listen: an address and port, or the path of a Unix-domain
     * socket. Empty where the transport does not tell them.
     */
    public Map<String, Integer> descriptors() {
        Map<String, Integer> descriptors = new LinkedHashMap<>();
        channels().forEach((place, channel) -> {
            if (channel instanceof UnixChannel open) {
                descriptors.put(place, open.fd().intValue());
            }
        });
        return descriptors;
    }

    private Map<String, Channel> channels() {
        Map<String, Channel> channels = new LinkedHashMap<>(ports);
        sockets.forEach(socket -> channels.put(socket.path().toString(), socket.channel()));
        return channels;
    }

    /** Accepts nobody until {@link #resume}; who connects meanwhile waits. Blocks until the last one before is seen to. */
    public void pause() {
        for (Channel channel : channels().values()) {
            // elsewhere than on its event loop a read that is due would still be done
            channel.eventLoop()
                    .submit(() -> channel.config().setAutoRead(false))
                    .awaitUninterruptibly();
        }
    }

    /** Accepts whoever connects, and has connected. */
    public void resume() {
        channels().values().forEach(channel -> channel.config().setAutoRead(true));
    }

    /** The files of sockets that were inherited are this process's from now on, to be removed in the end. */
    public void own() {
        sockets.forEach(SocketFile::own);
    }

    /** Ends listening here, while another process that has inherited the sockets goes on. Blocks. */
    public void leave() {
        sockets.forEach(SocketFile::leave);
        channels().values().forEach(channel -> {
            // the kernel goes on telling of a socket that is open elsewhere, unless it is told not to
            channel.deregister().awaitUninterruptibly();
            channel.close().awaitUninterruptibly();
        });
        ports.clear();
        sockets.clear();
    }

    /** Takes no more clients, and removes the sockets; those that are there are not touched. Blocks. */
    public void close() {
        ports.values().forEach(port -> port.close().syncUninterruptibly());
        ports.clear();
        sockets.forEach(SocketFile::close);
        sockets.clear();
    }
}
