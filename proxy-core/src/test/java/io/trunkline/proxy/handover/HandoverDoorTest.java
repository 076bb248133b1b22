package io.trunkline.proxy.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.trunkline.pool.Transport;
import io.trunkline.proxy.listen.InheritedSockets;
import io.trunkline.proxy.listen.ListenPlaces;
import io.trunkline.proxy.listen.Listeners;
import io.trunkline.proxy.listen.SocketAccess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two ends in one process: what goes over the sockets between them is as real. */
class HandoverDoorTest {
    private static final long SELF = ProcessHandle.current().pid();

    private final Transport transport = Transport.best();
    private final EventLoopGroup loops = transport.eventLoops(2, "test");

    @TempDir
    Path directory;

    private Path path = Path.of("");

    @BeforeEach
    void needsEpoll() {
        Assumptions.assumeTrue(transport.name().equals("epoll"), "descriptors are passed on with epoll only");
        path = HandoverDoor.beside(directory.resolve("pid"));
    }

    @AfterEach
    void end() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Answers with the question backwards, and keeps the rest. */
    private static final class Echo implements HandoverLink.Peer {
        final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        final CompletableFuture<HandoverLink> link = new CompletableFuture<>();

        HandoverLink.Peer of(HandoverLink made) {
            link.complete(made);
            return this;
        }

        @Override
        public void told(String text) {
            heard.add(text);
        }

        @Override
        public CompletableFuture<String> asked(String text) {
            return text.equals("nothing")
                    ? new CompletableFuture<>()
                    : CompletableFuture.completedFuture(
                            new StringBuilder(text).reverse().toString());
        }

        @Override
        public void ended() {
            heard.add("ended");
        }
    }

    private HandoverDoor open(long expected, Echo peer, List<Integer> descriptors) throws IOException {
        return HandoverDoor.open(path, transport, loops.next(), pid -> pid == expected, peer::of, () -> descriptors);
    }

    @Test
    void bothEndsTellAndAskUntilOneIsGone() throws Exception {
        Echo old = new Echo();
        Echo fresh = new Echo();
        try (HandoverDoor door = open(SELF, old, List.of())) {
            assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
            HandoverLink link = HandoverLink.connect(path, loops.next(), fresh::of);
            link.tell("first");
            link.tell("second ä");
            assertThat(link.ask("abc").get(5, TimeUnit.SECONDS)).isEqualTo("cba");
            assertThat(old.heard).containsExactly("first", "second ä");
            HandoverLink back = old.link.get(5, TimeUnit.SECONDS);
            assertThat(back.ask("x y").get(5, TimeUnit.SECONDS)).isEqualTo("y x");

            CompletableFuture<String> open = back.ask("nothing");
            link.close();

            assertThatThrownBy(() -> open.get(5, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
            old.heard.clear();
            assertThat(fresh.heard.poll(5, TimeUnit.SECONDS)).isEqualTo("ended");
            assertThat(back.isOpen()).isFalse();
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void nobodyElseIsLetIn() throws Exception {
        Echo old = new Echo();
        Echo stranger = new Echo();
        try (HandoverDoor door = open(SELF + 1, old, List.of(1))) {
            HandoverLink link = HandoverLink.connect(path, loops.next(), stranger::of);

            assertThat(stranger.heard.poll(5, TimeUnit.SECONDS)).isEqualTo("ended");
            assertThatThrownBy(() -> link.ask("abc").get(5, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
            assertThatThrownBy(() -> HandoverDoor.fetch(path, loops.next(), List.of("somewhere")))
                    .isInstanceOf(IOException.class);
            assertThat(old.link).isNotDone();
        }
    }

    @Test
    void whoConnectsDuringTheChangeIsServedByTheOther() throws Exception {
        int port = freePort();
        ListenPlaces places = new ListenPlaces(
                List.of("127.0.0.1"), port, List.of(directory.toString()), 10, new SocketAccess("p", "", 0777));
        Path file = directory.resolve(".s.PGSQL." + port);
        Listeners old = listen(places, "old", InheritedSockets.none());
        assertThat(greeting(new InetSocketAddress("127.0.0.1", port))).isEqualTo("old");
        assertThat(greeting(UnixDomainSocketAddress.of(file))).isEqualTo("old");
        Map<String, Integer> descriptors = old.descriptors();
        assertThat(descriptors).containsOnlyKeys("127.0.0.1:" + port, file.toString());
        try (HandoverDoor door = open(SELF, new Echo(), List.copyOf(descriptors.values()))) {
            HandoverLink link = HandoverLink.connect(path, loops.next(), new Echo()::of);
            old.pause();
            try (SocketChannel waiting = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
                    SocketChannel local = SocketChannel.open(UnixDomainSocketAddress.of(file));
                    InheritedSockets inherited =
                            HandoverDoor.fetch(path, loops.next(), List.copyOf(descriptors.keySet()))) {
                Listeners fresh = listen(places, "new", inherited);
                old.leave();
                fresh.own();

                assertThat(read(waiting)).isEqualTo("new");
                assertThat(read(local)).isEqualTo("new");
                assertThat(greeting(new InetSocketAddress("127.0.0.1", port))).isEqualTo("new");
                old.close();
                assertThat(greeting(UnixDomainSocketAddress.of(file))).isEqualTo("new");
                fresh.close();
            }
            link.close();
        }
        assertThat(file).doesNotExist();
        assertThatThrownBy(() -> greeting(new InetSocketAddress("127.0.0.1", port)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void oneThatGivesUpLeavesTheSocketsToTheOther() throws Exception {
        int port = freePort();
        ListenPlaces places = new ListenPlaces(
                List.of("127.0.0.1"), port, List.of(directory.toString()), 10, new SocketAccess("p", "", 0777));
        Path file = directory.resolve(".s.PGSQL." + port);
        Listeners old = listen(places, "old", InheritedSockets.none());
        Map<String, Integer> descriptors = old.descriptors();
        try (HandoverDoor door = open(SELF, new Echo(), List.copyOf(descriptors.values()))) {
            HandoverLink link = HandoverLink.connect(path, loops.next(), new Echo()::of);
            old.pause();
            try (InheritedSockets inherited =
                    HandoverDoor.fetch(path, loops.next(), List.copyOf(descriptors.keySet()))) {
                listen(places, "new", inherited).close();
            }
            try (SocketChannel waiting = SocketChannel.open(new InetSocketAddress("127.0.0.1", port))) {
                old.resume();
                assertThat(read(waiting)).isEqualTo("old");
            }
            assertThat(greeting(UnixDomainSocketAddress.of(file))).isEqualTo("old");
            link.close();
        }
        old.close();
        assertThat(file).doesNotExist();
    }

    @Test
    void inheritedSocketGetsTheAccessThatIsConfiguredByNow() throws Exception {
        int port = freePort();
        Path file = directory.resolve(".s.PGSQL." + port);
        Listeners old = listen(local(port, 0777), "old", InheritedSockets.none());
        try (HandoverDoor door =
                open(SELF, new Echo(), List.copyOf(old.descriptors().values()))) {
            HandoverLink link = HandoverLink.connect(path, loops.next(), new Echo()::of);
            try (InheritedSockets inherited = HandoverDoor.fetch(
                    path, loops.next(), List.copyOf(old.descriptors().keySet()))) {
                old.pause();
                Listeners fresh = listen(local(port, 0700), "new", inherited);
                assertThat(Files.getPosixFilePermissions(file))
                        .as("while the old one may go on")
                        .isEqualTo(PosixFilePermissions.fromString("rwxrwxrwx"));
                old.leave();
                fresh.own();

                assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
                assertThat(greeting(UnixDomainSocketAddress.of(file))).isEqualTo("new");
                fresh.close();
            }
            link.close();
        }
    }

    @Test
    void filesOfASocketThatIsConfiguredNoMoreAreRemoved() throws Exception {
        int port = freePort();
        int otherPort = freePort();
        Path file = directory.resolve(".s.PGSQL." + port);
        Path lock = directory.resolve(".s.PGSQL." + port + ".lock");
        Listeners old = listen(local(port, 0777), "old", InheritedSockets.none());
        try (HandoverDoor door =
                open(SELF, new Echo(), List.copyOf(old.descriptors().values()))) {
            HandoverLink link = HandoverLink.connect(path, loops.next(), new Echo()::of);
            try (InheritedSockets inherited = HandoverDoor.fetch(
                    path, loops.next(), List.copyOf(old.descriptors().keySet()))) {
                Listeners fresh = listen(local(otherPort, 0777), "new", inherited);
                old.leave();
                fresh.own();
                assertThat(file).exists();
                assertThat(lock).exists();

                inherited.discard();

                assertThat(file).doesNotExist();
                assertThat(lock).doesNotExist();
                assertThat(greeting(UnixDomainSocketAddress.of(directory.resolve(".s.PGSQL." + otherPort))))
                        .isEqualTo("new");
                fresh.close();
            }
            link.close();
        }
    }

    private ListenPlaces local(int port, int permissions) {
        return new ListenPlaces(
                List.of(), port, List.of(directory.toString()), 10, new SocketAccess("p", "", permissions));
    }

    private Listeners listen(ListenPlaces places, String greeting, InheritedSockets inherited) throws IOException {
        Listeners listeners = Listeners.open(
                places,
                transport,
                loops,
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel client) {
                        client.eventLoop()
                                .execute(() -> client.writeAndFlush(Unpooled.wrappedBuffer(greeting.getBytes()))
                                        .addListener(ChannelFutureListener.CLOSE));
                    }
                },
                Runnable::run,
                inherited);
        listeners.resume();
        return listeners;
    }

    private static String greeting(java.net.SocketAddress address) throws IOException {
        try (SocketChannel client = address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open()) {
            client.connect(address);
            return read(client);
        }
    }

    private static String read(SocketChannel client) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(16);
        while (client.read(in) >= 0 && in.position() < 3) {
            // the rest
        }
        return new String(in.array(), 0, in.position());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
