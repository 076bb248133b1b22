package io.trunkline.it;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A client that says exactly what a test tells it to, message by message. Requests are kept until {@link #send()}. */
final class RawClient implements AutoCloseable {
    static final int V3_0 = 0x0003_0000;
    static final int V3_2 = 0x0003_0002;

    private static final int TIMEOUT_MILLIS = 30_000;
    private static final int CANCEL_CODE = 80_877_102;
    private static final int SSL_CODE = 80_877_103;

    private final int port;
    private Socket socket;
    private DataInputStream in;
    private OutputStream out;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final DataOutputStream building = new DataOutputStream(kept);
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private int pid;
    private byte[] cancelKey = {};

    RawClient(int port) throws IOException {
        this(port, 0);
    }

    /** @param receiveBuffer bytes that the socket takes in before anybody reads; 0 for the system's choice */
    RawClient(int port, int receiveBuffer) throws IOException {
        this.port = port;
        socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 * 1024));
        out = socket.getOutputStream();
    }

    /** How long it waits for an answer; 30 s unless said otherwise. */
    RawClient patience(Duration limit) throws IOException {
        socket.setSoTimeout((int) limit.toMillis());
        return this;
    }

    // ---- encryption

    /** An SSLRequest; what the server answers is read by {@link #receiveByte()}. */
    RawClient sslRequest() throws IOException {
        return packet(ByteBuffer.allocate(4).putInt(SSL_CODE).array());
    }

    /** Encrypts the connection, as after an S, or from its first byte. */
    RawClient encrypt(SSLContext context, String... protocols) throws IOException {
        SSLSocket encrypted = (SSLSocket) context.getSocketFactory().createSocket(socket, "localhost", port, true);
        if (protocols.length > 0) {
            SSLParameters settings = encrypted.getSSLParameters();
            settings.setApplicationProtocols(protocols);
            encrypted.setSSLParameters(settings);
        }
        encrypted.startHandshake();
        socket = encrypted;
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 * 1024));
        out = socket.getOutputStream();
        return this;
    }

    /** Asks for encryption, gets it, and starts a session. */
    RawClient startUpEncrypted(SSLContext context) throws IOException {
        sslRequest().send();
        if (receiveByte() != 'S') {
            throw new IOException("no TLS");
        }
        encrypt(context).startUp(Cluster.USER, Cluster.USER);
        return this;
    }

    // ---- start

    /** A StartupMessage, and all until the first ReadyForQuery. */
    List<RawMessage> startUp(String user, String database) throws IOException {
        return startUp(V3_0, Map.of("user", user, "database", database));
    }

    List<RawMessage> startUp(int version, Map<String, String> options) throws IOException {
        startupMessage(version, options).send();
        return finishStart();
    }

    RawClient startupMessage(int version, Map<String, String> options) throws IOException {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(packet);
        data.writeInt(version);
        for (Map.Entry<String, String> option : options.entrySet()) {
            data.write(cString(option.getKey()));
            data.write(cString(option.getValue()));
        }
        data.write(0);
        return packet(packet.toByteArray());
    }

    /** A packet without a type: its length and this. */
    RawClient packet(byte[] content) throws IOException {
        building.writeInt(content.length + 4);
        building.write(content);
        return this;
    }

    /** Takes the answers to a StartupMessage until ReadyForQuery, or an error. */
    List<RawMessage> finishStart() throws IOException {
        List<RawMessage> all = new ArrayList<>();
        while (true) {
            RawMessage message = receive();
            all.add(message);
            switch (message.tag()) {
                case 'S' -> {
                    ByteBuffer body = ByteBuffer.wrap(message.body());
                    parameters.put(RawMessage.text(body), RawMessage.text(body));
                }
                case 'K' -> {
                    ByteBuffer body = ByteBuffer.wrap(message.body());
                    pid = body.getInt();
                    cancelKey = new byte[body.remaining()];
                    body.get(cancelKey);
                }
                case 'Z', 'E' -> {
                    return all;
                }
                default -> {}
            }
        }
    }

    /** What ParameterStatus told at the start. */
    Map<String, String> parameters() {
        return parameters;
    }

    int pid() {
        return pid;
    }

    byte[] cancelKey() {
        return cancelKey.clone();
    }

    /** Sends a CancelRequest with this client's key, and waits until the connection for it has been closed. */
    void cancel() throws IOException {
        cancel(pid, cancelKey);
    }

    void cancel(int withPid, byte[] withKey) throws IOException {
        try (RawClient other = new RawClient(port)) {
            ByteBuffer request = ByteBuffer.allocate(8 + withKey.length);
            request.putInt(CANCEL_CODE).putInt(withPid).put(withKey);
            other.packet(request.array()).send();
            other.awaitClose();
        }
    }

    // ---- requests

    RawClient query(String sql) throws IOException {
        return message('Q', cString(sql));
    }

    RawClient parse(String name, String sql) throws IOException {
        return message('P', cString(name), cString(sql), new byte[2]);
    }

    /** Binds parameters in text form; results are text. */
    RawClient bind(String portal, String name, String... values) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        data.writeShort(0);
        data.writeShort(values.length);
        for (String value : values) {
            byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
            data.writeInt(encoded.length);
            data.write(encoded);
        }
        data.writeShort(0);
        return message('B', cString(portal), cString(name), bytes.toByteArray());
    }

    RawClient describeStatement(String name) throws IOException {
        return message('D', new byte[] {'S'}, cString(name));
    }

    RawClient describePortal(String name) throws IOException {
        return message('D', new byte[] {'P'}, cString(name));
    }

    RawClient execute(String portal, int rows) throws IOException {
        return message('E', cString(portal), ByteBuffer.allocate(4).putInt(rows).array());
    }

    RawClient closeStatement(String name) throws IOException {
        return message('C', new byte[] {'S'}, cString(name));
    }

    RawClient closePortal(String name) throws IOException {
        return message('C', new byte[] {'P'}, cString(name));
    }

    RawClient sync() throws IOException {
        return message('S');
    }

    RawClient flush() throws IOException {
        return message('H');
    }

    RawClient copyData(String data) throws IOException {
        return message('d', data.getBytes(StandardCharsets.UTF_8));
    }

    RawClient copyDone() throws IOException {
        return message('c');
    }

    RawClient copyFail(String why) throws IOException {
        return message('f', cString(why));
    }

    RawClient terminate() throws IOException {
        return message('X');
    }

    /** Parse, Bind, Describe and Execute of an unnamed statement, without Sync. */
    RawClient extended(String sql, String... values) throws IOException {
        return parse("", sql).bind("", "", values).describePortal("").execute("", 0);
    }

    RawClient message(char tag, byte[]... parts) throws IOException {
        int length = 4;
        for (byte[] part : parts) {
            length += part.length;
        }
        return header(tag, length).bytes(parts);
    }

    /** Type and length only. */
    RawClient header(char tag, int length) throws IOException {
        building.write(tag);
        building.writeInt(length);
        return this;
    }

    RawClient bytes(byte[]... parts) throws IOException {
        for (byte[] part : parts) {
            building.write(part);
        }
        return this;
    }

    /** All that was said since the last time, which is not sent. */
    byte[] unsent() {
        byte[] bytes = kept.toByteArray();
        kept.reset();
        return bytes;
    }

    /** Sends all that was said since the last time, in one piece. */
    RawClient send() throws IOException {
        byte[] bytes = unsent();
        out.write(bytes);
        out.flush();
        return this;
    }

    /** Sends all that was said since the last time, in pieces of {@code size} bytes. */
    RawClient sendInPieces(int size) throws IOException {
        byte[] bytes = unsent();
        for (int at = 0; at < bytes.length; at += size) {
            out.write(bytes, at, Math.min(size, bytes.length - at));
            out.flush();
        }
        return this;
    }

    // ---- answers

    RawMessage receive() throws IOException {
        int tag = in.read();
        if (tag < 0) {
            throw new EOFException("the connection was closed");
        }
        byte[] body = new byte[in.readInt() - 4];
        in.readFully(body);
        return new RawMessage((char) tag, body);
    }

    /** One byte, as it answers an SSLRequest. */
    int receiveByte() throws IOException {
        return in.read();
    }

    /** Reads over one message, whatever its length; the bytes of its body. */
    int skipMessage() throws IOException {
        in.readByte();
        int length = in.readInt() - 4;
        in.skipNBytes(length);
        return length;
    }

    /** All messages until ReadyForQuery, which is the last. */
    List<RawMessage> untilReady() throws IOException {
        return until('Z');
    }

    /** All messages until one of this type, which is the last. */
    List<RawMessage> until(char tag) throws IOException {
        List<RawMessage> all = new ArrayList<>();
        RawMessage message;
        do {
            message = receive();
            all.add(message);
        } while (message.tag() != tag);
        return all;
    }

    /** Runs a simple query; all up to ReadyForQuery. */
    List<RawMessage> run(String sql) throws IOException {
        return query(sql).send().untilReady();
    }

    /** The first column of the first row of a simple query. */
    String ask(String sql) throws IOException {
        return firstValue(run(sql));
    }

    /** All that comes until the other side closes the connection. */
    List<RawMessage> untilClosed() throws IOException {
        List<RawMessage> all = new ArrayList<>();
        try {
            while (true) {
                all.add(receive());
            }
        } catch (EOFException | SocketException closed) {
            return all;
        }
    }

    void awaitClose() throws IOException {
        untilClosed();
    }

    /** Whether nothing has arrived that was not read. */
    boolean isSilent() throws IOException {
        return in.available() == 0;
    }

    /** Ends the connection as the death of the client's process does. */
    void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    // ---- reading answers

    /** The types of messages in their order, such as "TDCZ". */
    static String tags(List<RawMessage> messages) {
        return messages.stream()
                .map(message -> Character.toString(message.tag()))
                .collect(Collectors.joining());
    }

    /** The first column of all rows. */
    static List<String> values(List<RawMessage> messages) {
        return messages.stream()
                .filter(message -> message.tag() == 'D')
                .map(message -> String.valueOf(message.columns().get(0)))
                .toList();
    }

    static String firstValue(List<RawMessage> messages) {
        @Nullable
        RawMessage row = messages.stream()
                .filter(message -> message.tag() == 'D')
                .findFirst()
                .orElse(null);
        return String.valueOf(Objects.requireNonNull(row, () -> "no row in " + messages)
                .columns()
                .get(0));
    }

    /** The first ErrorResponse. */
    static RawMessage error(List<RawMessage> messages) {
        return messages.stream()
                .filter(message -> message.tag() == 'E')
                .findFirst()
                .orElseThrow(() -> new AssertionError("no error in " + messages));
    }

    static byte[] cString(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        byte[] terminated = new byte[encoded.length + 1];
        System.arraycopy(encoded, 0, terminated, 0, encoded.length);
        return terminated;
    }
}
