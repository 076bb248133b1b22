package io.trunkline.cli.pcp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.trunkline.cli.program.Md5Hex;
import io.trunkline.cli.program.RawText;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a PCP connection. The server is not waited for without end before it has let the program in; what
 * it is asked to do then may take hours.
 */
final class PcpConnection implements AutoCloseable {
    /** Where the socket is looked for by default, whatever pcp_socket_dir says: the program reads no pgpool.conf. */
    static final String DEFAULT_DIRECTORY = "/tmp";

    /** Pgpool-II's bound for the names of users, in bytes. */
    private static final int MAX_USER = 128;

    private static final int MAX_CONTENT = 1 << 24;
    private static final Duration LOGIN_LIMIT = Duration.ofSeconds(30);

    private final SocketChannel channel;
    private final Selector selector;
    private final @Nullable PrintStream debug;
    private ByteBuffer received = ByteBuffer.allocate(8192).flip();

    /** In nanoseconds; null while the server may take its time. */
    private @Nullable Long deadline = System.nanoTime() + LOGIN_LIMIT.toNanos();

    private PcpConnection(SocketChannel channel, Selector selector, @Nullable PrintStream debug) {
        this.channel = channel;
        this.selector = selector;
        this.debug = debug;
    }

    /**
     * Connects.
     *
     * @param host a name, an address or the directory of a UNIX socket; empty for the default directory
     * @param debug gets a line for each packet
     */
    static PcpConnection open(String host, int port, @Nullable PrintStream debug) throws PcpFailure {
        SocketChannel channel = host.isEmpty() || host.startsWith("/") ? local(host, port) : remote(host, port);
        try {
            Selector selector = Selector.open();
            channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            return new PcpConnection(channel, selector, debug);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    private static SocketChannel local(String directory, int port) throws PcpFailure {
        String path = (directory.isEmpty() ? DEFAULT_DIRECTORY : directory) + "/.s.PGSQL." + port;
        try {
            SocketAddress address = UnixDomainSocketAddress.of(RawText.path(path));
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(address);
            return channel;
        } catch (IOException | RuntimeException e) {
            throw PcpFailure.of("ERROR: connection to socket \"" + path + "\" failed with error \"" + reason(e) + "\"");
        }
    }

    /** One address of the host after the other. */
    private static SocketChannel remote(String host, int port) throws PcpFailure {
        IOException last = new IOException("it has no address");
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                SocketChannel channel = SocketChannel.open();
                try {
                    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    // the only sign that a host is gone which was asked for something that takes hours
                    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                    channel.socket().connect(new InetSocketAddress(address, port), (int) LOGIN_LIMIT.toMillis());
                    return channel;
                } catch (IOException e) {
                    channel.close();
                    last = e;
                }
            }
        } catch (UnknownHostException e) {
            throw PcpFailure.of("ERROR: could not retrieve hostname. \"" + host + "\" is not known");
        } catch (IOException e) {
            last = e;
        }
        throw PcpFailure.of("ERROR: connection to host \"" + host + "\" failed with error \"" + reason(last) + "\"");
    }

    private static String reason(Exception e) {
        return e instanceof SocketTimeoutException ? "Connection timed out" : String.valueOf(e.getMessage());
    }

    /** Logs in. Anything but success is a failure. */
    void login(String user, String password) throws PcpFailure {
        if (user.length() >= MAX_USER) {
            throw PcpFailure.of("ERROR: PCP authorization failed. username too long.");
        }
        write('M', new byte[0]);
        PcpPacket salt = readReply();
        if (salt.type() != 'm' || salt.content().length != 4) {
            throw loginFailure(salt);
        }
        String proof = Md5Hex.of(Md5Hex.of(Md5Hex.of(password) + user) + RawText.of(salt.content()));
        write('R', RawText.bytes(user + "\0" + proof + "\0"));
        PcpPacket answer = readReply();
        if (answer.type() != 'r' || !answer.strings().contains("AuthenticationOK")) {
            throw loginFailure(answer);
        }
        deadline = null;
    }

    private static PcpFailure loginFailure(PcpPacket packet) {
        return PcpFailure.of(packet.type() == 'E' ? packet.report() : "ERROR: authentication failed. invalid response");
    }

    /** Sends a request; its answers can be {@link #readReply read} then. */
    void send(char letter, byte[] content) throws PcpFailure {
        write(letter, content);
        debug("send", letter, content.length);
    }

    /** The next packet that is no notice; notices are for debugging. */
    PcpPacket readReply() throws PcpFailure {
        PcpPacket packet = readPacket();
        while (packet.type() == 'N') {
            if (debug != null) {
                debug.print("BACKEND " + packet.report());
            }
            packet = readPacket();
        }
        return packet;
    }

    private PcpPacket readPacket() throws PcpFailure {
        char type = (char) (read(1).get() & 0xff);
        int length = read(Integer.BYTES).getInt() - Integer.BYTES;
        if (length < 0 || length > MAX_CONTENT) {
            throw PcpFailure.withoutStatus("ERROR: invalid PCP packet length " + (length + Integer.BYTES));
        }
        byte[] content = new byte[length];
        read(length).get(content);
        debug("recv", type, length);
        return new PcpPacket(type, content);
    }

    private void debug(String direction, char type, int length) {
        if (debug != null) {
            debug.print("DEBUG: " + direction + ": tos=\"" + type + "\", len=" + (length + Integer.BYTES) + "\n");
        }
    }

    private void write(char letter, byte[] content) throws PcpFailure {
        ByteBuffer packet = ByteBuffer.allocate(1 + Integer.BYTES + content.length)
                .put(String.valueOf(letter).getBytes(US_ASCII))
                .putInt(Integer.BYTES + content.length)
                .put(content)
                .flip();
        try {
            // So short a request fits into the buffer of the socket.
            if (channel.write(packet) < packet.limit()) {
                throw new IOException("it takes nothing");
            }
        } catch (IOException e) {
            throw PcpFailure.of("ERROR: sending data to backend failed with error \"" + e.getMessage() + "\"");
        }
    }

    /** A buffer with at least so many bytes to read. */
    private ByteBuffer read(int bytes) throws PcpFailure {
        try {
            if (received.capacity() < bytes) {
                received = ByteBuffer.allocate(bytes).put(received).flip();
            }
            while (received.remaining() < bytes) {
                received.compact();
                int read = channel.read(received);
                received.flip();
                if (read < 0) {
                    throw new EOFException();
                }
                if (read == 0) {
                    awaitInput();
                }
            }
            return received;
        } catch (IOException e) {
            throw lost(e);
        }
    }

    private void awaitInput() throws IOException {
        Long until = deadline;
        long left = until == null ? 0 : TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        if (until != null && (left <= 0 || selector.select(left) == 0)) {
            throw new SocketTimeoutException();
        }
        if (until == null) {
            selector.select();
        }
        selector.selectedKeys().clear();
    }

    private static PcpFailure lost(IOException e) {
        return PcpFailure.withoutStatus(
                e instanceof SocketTimeoutException
                        ? "ERROR: the server does not answer"
                        : "ERROR: unable to read data from socket.");
    }

    /** Says goodbye, if the server still listens. */
    @Override
    public void close() {
        try (channel;
                selector) {
            send('X', new byte[0]);
        } catch (PcpFailure | IOException gone) {
            // as it is meant to be
        }
    }
}
