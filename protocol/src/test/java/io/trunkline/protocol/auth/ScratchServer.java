package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A PostgreSQL server of the operating system's package, for one test class. Its role {@code admin} is trusted on
 * 127.0.0.1, role {@code md5user} uses md5, all others scram-sha-256.
 */
final class ScratchServer {
    private static final Path BINARIES =
            Path.of(System.getProperty("trunkline.test.postgres.bin", "/usr/lib/postgresql/15/bin"));
    private static final List<String> AS_POSTGRES =
            List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--");

    private final Path directory;
    private final int port;

    static boolean isAvailable() {
        return Files.isExecutable(BINARIES.resolve("initdb"))
                && (!isRoot() || Files.isExecutable(Path.of("/usr/bin/setpriv")));
    }

    ScratchServer() throws IOException, InterruptedException {
        directory = Files.createTempDirectory("trunkline-auth");
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        if (isRoot()) {
            run(List.of("chown", "postgres:postgres", directory.toString()));
        }
        String data = directory.resolve("data").toString();
        runAsPostgres("initdb", "-D", data, "-U", "admin", "-A", "trust", "-E", "SQL_ASCII", "--locale=C", "--no-sync");
        Files.writeString(Path.of(data, "pg_hba.conf"), """
                host all admin   127.0.0.1/32 trust
                host all md5user 127.0.0.1/32 md5
                host all all     127.0.0.1/32 scram-sha-256
                """);
        String options = "-p " + port + " -h 127.0.0.1 -F -c unix_socket_directories='' -c shared_buffers=16MB";
        String log = directory.resolve("log").toString();
        runAsPostgres("pg_ctl", "-D", data, "-w", "-s", "-l", log, "-o", options, "start");
    }

    void stop() throws IOException, InterruptedException {
        runAsPostgres("pg_ctl", "-D", directory.resolve("data").toString(), "-s", "-m", "immediate", "stop");
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
    }

    Connection connect(String user) throws IOException {
        return new Connection(new Socket(InetAddress.getLoopbackAddress(), port), user);
    }

    /** One connection, message by message. */
    static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;
        private final DataOutputStream out;

        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Message(char tag, byte[] body) {
            AuthenticationRequest request() {
                if (tag != 'R') {
                    throw new AssertionError(tag + " " + new String(body, UTF_8).replace('\0', ' '));
                }
                int code = body[3];
                return AuthenticationRequest.ofCode(code).orElseThrow();
            }

            byte[] data() {
                return Arrays.copyOfRange(body, Integer.BYTES, body.length);
            }

            /** The fields of an ErrorResponse. */
            Map<Character, String> fields() {
                Map<Character, String> fields = new HashMap<>();
                for (String field : new String(body, UTF_8).split("\0", -1)) {
                    if (!field.isEmpty()) {
                        fields.put(field.charAt(0), field.substring(1));
                    }
                }
                return fields;
            }
        }

        private Connection(Socket socket, String user) throws IOException {
            this.socket = socket;
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(30));
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
            byte[] parameters = ("user\0" + user + "\0database\0postgres\0\0").getBytes(UTF_8);
            out.writeInt(parameters.length + 8);
            out.writeInt(3 << 16);
            out.write(parameters);
            out.flush();
        }

        Message receive() throws IOException {
            char tag = (char) in.readUnsignedByte();
            return new Message(tag, in.readNBytes(in.readInt() - 4));
        }

        void send(char tag, byte[] body) throws IOException {
            out.writeByte(tag);
            out.writeInt(body.length + 4);
            out.write(body);
            out.flush();
        }

        /** Runs one simple query; the first columns of its rows. */
        List<String> query(String sql) throws IOException {
            send('Q', (sql + "\0").getBytes(UTF_8));
            List<String> values = new ArrayList<>();
            while (true) {
                Message message = receive();
                switch (message.tag()) {
                    case 'D' -> values.add(new String(message.body(), 6, message.body().length - 6, UTF_8));
                    case 'E' -> throw new AssertionError(message.fields());
                    case 'Z' -> {
                        return values;
                    }
                    default -> {}
                }
            }
        }

        void awaitReady() throws IOException {
            while (receive().tag() != 'Z') {
                // parameters and the cancel key are of no interest here
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private void runAsPostgres(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(AS_POSTGRES);
        }
        command.add(BINARIES.resolve(program).toString());
        command.addAll(List.of(arguments));
        run(command);
    }

    private void run(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("trunkline-auth", ".out");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        int status = process.waitFor();
        String text = Files.readString(output);
        Files.delete(output);
        if (status != 0) {
            throw new IOException(command + " ended with " + status + ": " + text);
        }
    }
}
