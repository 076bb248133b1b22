package io.trunkline.localcluster;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * As little of a PostgreSQL client as local servers need: protocol 3.0, trust, simple queries, small results as text.
 * The downloaded servers come without psql, and this module has no use for a driver.
 */
final class TrustSession implements AutoCloseable {

    private static final int PROTOCOL_3_0 = 3 << 16;
    private static final int LARGEST_MESSAGE = 1 << 24;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    private TrustSession(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        this.out = socket.getOutputStream();
    }

    /**
     * Connects and waits for the first ReadyForQuery.
     *
     * @param limit for the connection and for each later read
     * @throws ServerError if the server refuses
     * @throws IOException if there is no server, or one that asks for a password
     */
    static TrustSession open(String host, int port, String user, String database, Duration limit) throws IOException {
        Socket socket = new Socket();
        try {
            int millis = Math.toIntExact(Math.max(1, limit.toMillis()));
            socket.connect(new InetSocketAddress(host, port), millis);
            socket.setSoTimeout(millis);
            socket.setTcpNoDelay(true);
            TrustSession session = new TrustSession(socket);
            session.start(user, database);
            return session;
        } catch (IOException | RuntimeException failure) {
            socket.close();
            throw failure;
        }
    }

    private void start(String user, String database) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        DataOutputStream startup = new DataOutputStream(body);
        startup.writeInt(PROTOCOL_3_0);
        for (String text : List.of("user", user, "database", database, "application_name", "trunkline")) {
            startup.write(text.getBytes(StandardCharsets.UTF_8));
            startup.writeByte(0);
        }
        startup.writeByte(0);
        send(null, body.toByteArray());
        untilReady();
    }

    /** Runs a query and returns the rows of all its results; null is SQL's null. */
    List<List<@Nullable String>> query(String sql) throws IOException {
        byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[text.length + 1];
        System.arraycopy(text, 0, body, 0, text.length);
        send((byte) 'Q', body);
        return untilReady();
    }

    private void send(@Nullable Byte tag, byte[] body) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream(body.length + 5);
        DataOutputStream data = new DataOutputStream(message);
        if (tag != null) {
            data.writeByte(tag);
        }
        data.writeInt(body.length + 4);
        data.write(body);
        message.writeTo(out);
        out.flush();
    }

    private List<List<@Nullable String>> untilReady() throws IOException {
        List<List<@Nullable String>> rows = new ArrayList<>();
        ServerError error = null;
        while (true) {
            byte tag = in.readByte();
            int length = in.readInt();
            if (length < 4 || length > LARGEST_MESSAGE) {
                throw new IOException("what answers is not a PostgreSQL server");
            }
            byte[] body = new byte[length - 4];
            in.readFully(body);
            switch (tag) {
                case 'R' -> requireTrust(body);
                case 'D' -> rows.add(row(body));
                case 'E' -> {
                    error = ServerError.parse(body);
                    if (error.endsSession()) {
                        throw error;
                    }
                }
                case 'Z' -> {
                    if (error != null) {
                        throw error;
                    }
                    return rows;
                }
                default -> {
                    // ParameterStatus, RowDescription, CommandComplete and the like say nothing that is needed here.
                }
            }
        }
    }

    private static void requireTrust(byte[] body) throws IOException {
        if (body.length < 4 || (body[0] | body[1] | body[2] | body[3]) != 0) {
            throw new IOException("the server asks for a password where trust was expected");
        }
    }

    private static List<@Nullable String> row(byte[] body) throws IOException {
        DataInputStream data = new DataInputStream(new ByteArrayInputStream(body));
        int columns = data.readUnsignedShort();
        List<@Nullable String> row = new ArrayList<>(columns);
        for (int column = 0; column < columns; column++) {
            int length = data.readInt();
            if (length < 0) {
                row.add(null);
            } else {
                row.add(new String(data.readNBytes(length), StandardCharsets.UTF_8));
            }
        }
        return row;
    }

    @Override
    public void close() throws IOException {
        try (socket) {
            send((byte) 'X', new byte[0]);
        } catch (IOException alreadyGone) {
            // The server may have closed first; there is nothing to tell it then.
        }
    }

    /** An ErrorResponse. */
    static final class ServerError extends IOException {

        private static final long serialVersionUID = 1L;

        private final String severity;
        private final String sqlState;

        private ServerError(String severity, String sqlState, String message) {
            super(severity + ": " + message + " (" + sqlState + ")");
            this.severity = severity;
            this.sqlState = sqlState;
        }

        static ServerError parse(byte[] body) {
            String severity = "ERROR";
            String sqlState = "XX000";
            String message = "no message";
            for (String field : new String(body, StandardCharsets.UTF_8).split("\0", -1)) {
                if (field.startsWith("V")) {
                    severity = field.substring(1);
                } else if (field.startsWith("C")) {
                    sqlState = field.substring(1);
                } else if (field.startsWith("M")) {
                    message = field.substring(1);
                }
            }
            return new ServerError(severity, sqlState, message);
        }

        String sqlState() {
            return sqlState;
        }

        boolean endsSession() {
            return severity.equals("FATAL") || severity.equals("PANIC");
        }
    }
}
