package io.trunkline.proxy.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Asks a running server over its {@link ControlSocket}. */
public final class ControlClient {
    private static final int MAX_ANSWER = 1 << 20;

    private final Path socket;

    private ControlClient(Path socket) {
        this.socket = socket;
    }

    /** For the server that has this pid file. */
    public static ControlClient of(Path pidFile) {
        return new ControlClient(ControlSocket.beside(pidFile));
    }

    /**
     * Sends a request and waits for the answer.
     *
     * @param request as {@link ControlRequests} knows them
     * @throws IOException if the server cannot be reached or does not answer in time; the message says which
     */
    public ControlAnswer ask(String request, Duration limit) throws IOException {
        if (!Files.exists(socket)) {
            throw new IOException("there is no control socket " + socket);
        }
        long deadline = System.nanoTime() + limit.toNanos();
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            // So short a request fits into the buffer of the socket.
            channel.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
            channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            return ControlAnswer.decode(readAll(channel, selector, deadline));
        } catch (IOException e) {
            throw new IOException("control socket " + socket + ": " + e.getMessage(), e);
        }
    }

    private static String readAll(SocketChannel channel, Selector selector, long deadline) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        ByteBuffer part = ByteBuffer.allocate(4096);
        while (true) {
            int read = channel.read(part);
            if (read < 0) {
                return answer.toString(StandardCharsets.UTF_8);
            }
            answer.write(part.array(), 0, read);
            part.clear();
            if (answer.size() > MAX_ANSWER) {
                throw new IOException("the answer is too long");
            }
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (read == 0 && (left <= 0 || selector.select(left) == 0)) {
                throw new IOException("no answer in time");
            }
            selector.selectedKeys().clear();
        }
    }
}
