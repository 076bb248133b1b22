package io.trunkline.proxy.process;

import io.trunkline.pcp.AdminOperations;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local control socket: a Unix domain socket beside the pid file, for the owner of the server alone, by which the
 * {@code trunkline} commands reach it.
 *
 * <p>A client sends one line, at most {@value #MAX_REQUEST} bytes, and gets an answer that ends with the connection: a
 * first line {@code ok} or {@code failed}, and what there is to say (see {@link ControlRequests}). One thread serves
 * all clients; who neither sends nor reads for {@value #PATIENCE_MILLIS} ms is cut off, so that nobody holds up others.
 * What takes long, up to {@value #LONGEST_MILLIS} ms, is done elsewhere.
 */
final class ControlSocket implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlSocket.class);

    static final int MAX_REQUEST = 4_096;
    static final int MAX_CLIENTS = 16;
    static final long PATIENCE_MILLIS = 5_000;

    /** An online recovery copies a database. */
    static final long LONGEST_MILLIS = 24 * 3600 * 1000L;

    private static final long RETRY_MILLIS = 100;

    /** What Linux takes, without the NUL at the end; others take less, and say so themselves. */
    private static final int MAX_PATH_BYTES = 107;

    private final class Client {
        final SocketChannel channel;
        final SelectionKey key;
        final ByteBuffer request = ByteBuffer.allocate(MAX_REQUEST);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);

        /** What is being done for it. */
        @Nullable
        CompletableFuture<ControlAnswer> pending;

        @Nullable
        ByteBuffer answer;

        Client(SocketChannel channel) throws IOException {
            this.channel = channel;
            this.key = channel.configureBlocking(false).register(selector, SelectionKey.OP_READ, this);
        }
    }

    private final Path path;
    private final ControlRequests requests;
    private final long patienceMillis;
    private final Selector selector;
    private final ServerSocketChannel listener;
    private final SelectionKey listening;
    private final List<Client> clients = new ArrayList<>();
    private final Thread thread = new Thread(this::serve, "control");
    private volatile boolean closed;

    /** Whether another process has taken the place of this socket. */
    private volatile boolean left;

    private ControlSocket(Path path, ControlRequests requests, long patienceMillis) throws IOException {
        this.path = path;
        this.requests = requests;
        this.patienceMillis = patienceMillis;
        this.selector = Selector.open();
        this.listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        this.listening = listener.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
    }

    /** Where the control socket of a server with this pid file is. */
    static Path beside(Path pidFile) {
        return pidFile.resolveSibling(pidFile.getFileName() + ".sock");
    }

    /**
     * Opens the socket in the place of one that a killed server has left behind.
     *
     * @param restart carries out the request of that name
     * @throws StartFailure if it cannot be opened
     */
    static ControlSocket open(Path path, AdminOperations operations, RestartRequest restart) throws StartFailure {
        return open(path, new ControlRequests(operations, restart), PATIENCE_MILLIS);
    }

    static ControlSocket open(Path path, ControlRequests requests, long patienceMillis) throws StartFailure {
        return open(path, path, requests, patienceMillis);
    }

    /**
     * The same, in the place of the one of a process that runs: whoever connects reaches one of the two.
     *
     * @throws StartFailure if it cannot be opened
     */
    static ControlSocket replace(Path path, AdminOperations operations, RestartRequest restart) throws StartFailure {
        // no longer than the path itself
        Path made = path.resolveSibling(path.getFileName().toString().replaceFirst("\\.sock$", ".new"));
        return open(path, made, new ControlRequests(operations, restart), PATIENCE_MILLIS);
    }

    private static ControlSocket open(Path path, Path made, ControlRequests requests, long patienceMillis)
            throws StartFailure {
        int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_PATH_BYTES) {
            throw new StartFailure("control socket " + path + " has a name of " + bytes + " bytes, but at most "
                    + MAX_PATH_BYTES + " are possible: pid_file_name has to be shorter");
        }
        @Nullable ControlSocket socket = null;
        try {
            removeLeftover(made);
            socket = new ControlSocket(path, requests, patienceMillis);
            socket.listener.bind(UnixDomainSocketAddress.of(made));
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
            if (!made.equals(path)) {
                Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            if (socket != null) {
                socket.closeChannels();
            }
            throw new StartFailure("control socket " + path + " cannot be opened: " + e.getMessage(), e);
        }
        socket.thread.setDaemon(true);
        socket.thread.start();
        return socket;
    }

    private static void removeLeftover(Path path) throws IOException {
        if (Files.exists(path)) {
            if (!Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
                throw new IOException("there is a file of that name that is no socket");
            }
            Files.delete(path);
        }
    }

    private void serve() {
        try {
            while (!closed && !isOver()) {
                selector.select(clients.isEmpty() ? 0 : untilNextDeadline());
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key == listening) {
                        accept();
                    } else {
                        advance((Client) key.attachment());
                    }
                }
                selector.selectedKeys().clear();
                answerPending();
                expire();
                listening.interestOps(clients.size() < MAX_CLIENTS ? SelectionKey.OP_ACCEPT : 0);
            }
        } catch (IOException | RuntimeException e) {
            log.error("the control socket is closed: {}; signals still work", e.toString());
        }
        closeChannels();
    }

    /** When it is left nobody comes any more, and who has come before is still answered. */
    private boolean isOver() {
        return left && clients.isEmpty() && !accept();
    }

    private long untilNextDeadline() {
        long earliest = clients.stream()
                .mapToLong(client -> client.deadline - System.nanoTime())
                .min()
                .orElse(0);
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(earliest));
    }

    /** @return whether somebody was there */
    private boolean accept() {
        try {
            SocketChannel channel = listener.accept();
            if (channel != null) {
                clients.add(new Client(channel));
                return true;
            }
        } catch (IOException e) {
            // Out of file descriptors, which may pass; the client is still there, and asking at once would spin.
            log.debug("a control connection cannot be accepted: {}", e.toString());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS));
        }
        return false;
    }

    private void advance(Client client) {
        try {
            if (client.pending == null) {
                client.pending = read(client);
                if (client.pending != null) {
                    client.deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS);
                    client.key.interestOps(0);
                    client.pending.whenComplete((answer, failure) -> selector.wakeup());
                }
            }
            write(client);
        } catch (IOException gone) {
            drop(client);
        }
    }

    /** Sends what is done for the client, as far as it takes it. */
    private void write(Client client) throws IOException {
        if (client.pending == null || !client.pending.isDone()) {
            return;
        }
        ByteBuffer answer = client.answer;
        if (answer == null) {
            answer = encode(outcome(client.pending));
            client.answer = answer;
            client.deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        }
        client.channel.write(answer);
        client.key.interestOps(SelectionKey.OP_WRITE);
        if (!answer.hasRemaining()) {
            drop(client);
        }
    }

    private static ControlAnswer outcome(CompletableFuture<ControlAnswer> done) {
        try {
            return done.join();
        } catch (CompletionException | CancellationException e) {
            log.error("internal error in a request of the control socket", e);
            return ControlAnswer.failed("internal error: " + e);
        }
    }

    /** Those whose answer has become ready elsewhere. */
    private void answerPending() {
        for (Client client : List.copyOf(clients)) {
            if (client.answer == null && client.pending != null) {
                advance(client);
            }
        }
    }

    /** Reads on; returns what is being done when the request is complete. */
    private @Nullable CompletableFuture<ControlAnswer> read(Client client) throws IOException {
        ByteBuffer request = client.request;
        int read = client.channel.read(request);
        for (int i = 0; i < request.position(); i++) {
            if (request.get(i) == '\n') {
                return requests.answer(new String(request.array(), 0, i, StandardCharsets.UTF_8));
            }
        }
        if (!request.hasRemaining()) {
            return CompletableFuture.completedFuture(
                    ControlAnswer.failed("a request has at most " + MAX_REQUEST + " bytes"));
        }
        if (read < 0) {
            throw new IOException("closed before the end of the request");
        }
        return null;
    }

    private static ByteBuffer encode(ControlAnswer answer) {
        return ByteBuffer.wrap(answer.encoded().getBytes(StandardCharsets.UTF_8));
    }

    private void expire() {
        long now = System.nanoTime();
        for (Client client : List.copyOf(clients)) {
            if (client.deadline - now <= 0) {
                drop(client);
            }
        }
    }

    private void drop(Client client) {
        clients.remove(client);
        closeQuietly(client.channel);
    }

    private static void closeQuietly(AutoCloseable channel) {
        try {
            channel.close();
        } catch (Exception e) {
            log.debug("closing a control connection: {}", e.toString());
        }
    }

    /** Another process has taken its place: who has sent a request to this one still gets the answer. */
    void leave() {
        left = true;
        selector.wakeup();
    }

    /** Ends it and removes the socket; who has sent a request gets the answer first. */
    @Override
    public void close() throws IOException, InterruptedException {
        if (left) {
            thread.join(patienceMillis);
        }
        closed = true;
        selector.wakeup();
        thread.join(patienceMillis);
        if (!left) {
            Files.deleteIfExists(path);
        }
    }

    private void closeChannels() {
        closeQuietly(listener);
        clients.forEach(client -> closeQuietly(client.channel));
        closeQuietly(selector);
    }
}
