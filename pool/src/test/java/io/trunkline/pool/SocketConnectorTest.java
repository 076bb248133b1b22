package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SocketConnectorTest {
    @TempDir
    private Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private NodeAddress node;

    @BeforeEach
    void name() {
        node = new NodeAddress(0, directory.toString(), 5432, 5_000);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    private ServerSocketChannel listen(int backlog) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        opened.add(server);
        return server.bind(UnixDomainSocketAddress.of(node.socketPath()), backlog);
    }

    private CompletableFuture<Channel> connect(Transport transport) {
        EventLoopGroup loops = transport.eventLoops(1, "test");
        opened.add(() -> loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).sync());
        CompletableFuture<Channel> outcome = new CompletableFuture<>();
        new SocketConnector(
                        transport, new AddressResolver(Runnable::run), BackendEncryption.NONE, BufferMemory.unbounded())
                .connect(loops.next(), node, new Connector.Outcome() {
                    @Override
                    public void connected(Channel channel) {
                        outcome.complete(channel);
                    }

                    @Override
                    public void failed(String why) {
                        outcome.completeExceptionally(new IOException(why));
                    }

                    @Override
                    public void timedOut(String why) {
                        outcome.completeExceptionally(new IOException("timed out: " + why));
                    }
                });
        return outcome;
    }

    private static Transport transport(String name) {
        Transport transport = name.equals("nio") ? Transport.nio() : Transport.best();
        assumeThat(transport.name()).isEqualTo(name);
        return transport;
    }

    private static String failure(CompletableFuture<Channel> connecting) throws Exception {
        try {
            return "connected: " + connecting.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return String.valueOf(Objects.requireNonNull(e.getCause()).getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void aNodeInADirectoryIsReachedOverItsSocket(String transport) throws Exception {
        ServerSocketChannel server = listen(5);

        Channel channel = connect(transport(transport)).get(10, TimeUnit.SECONDS);

        SocketChannel accepted = server.accept();
        opened.add(accepted);
        assertThat(channel.isActive()).isTrue();
        assertThat(channel.config().isAutoRead()).isFalse();
        assertThat(node.toString()).isEqualTo("node 0 (" + directory + "/.s.PGSQL.5432)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void aNodeWithoutASocketIsAFailureThatSaysSo(String transport) throws Exception {
        assertThat(failure(connect(transport(transport)))).contains("No such file or directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void theSocketOfADeadServerIsAFailureThatSaysSo(String transport) throws Exception {
        listen(5).close();
        assertThat(Path.of(node.socketPath())).exists();

        assertThat(failure(connect(transport(transport)))).contains("Connection refused");
        Files.delete(Path.of(node.socketPath()));
    }

    @Test
    void aFullQueueIsWaitedFor() throws Exception {
        Transport epoll = transport("epoll");
        ServerSocketChannel server = listen(1);
        CompletableFuture<Channel> waiting = connect(epoll);
        while (isDone(waiting)) {
            opened.add(waiting.get()::close);
            waiting = connect(epoll);
        }

        opened.add(server.accept());

        assertThat(waiting.get(10, TimeUnit.SECONDS).isActive()).isTrue();
    }

    @Test
    void aQueueThatStaysFullIsATimeout() throws Exception {
        Transport epoll = transport("epoll");
        listen(1);
        node = new NodeAddress(0, directory.toString(), 5432, 100);
        CompletableFuture<Channel> connecting = connect(epoll);
        while (!failure(connecting).startsWith("timed out: ") && opened.size() < 20) {
            connecting = connect(epoll);
        }
        assertThat(failure(connecting)).contains("timed out: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void aServerThatTakesNoConnectionsInIsATimeout(String transport) throws Exception {
        ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0), 1);
        opened.add(server);
        node = new NodeAddress(0, "127.0.0.1", ((InetSocketAddress) server.getLocalAddress()).getPort(), 300);
        String outcome = "";
        for (int i = 0; i < 10 && !outcome.startsWith("timed out: "); i++) {
            outcome = failure(connect(transport(transport)));
        }
        assertThat(outcome).startsWith("timed out: ");
    }

    private static boolean isDone(CompletableFuture<Channel> connecting) throws Exception {
        try {
            connecting.get(300, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException stillTrying) {
            return false;
        }
    }
}
