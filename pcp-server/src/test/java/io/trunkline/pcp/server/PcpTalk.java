package io.trunkline.pcp.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.config.ClusteringMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Connections to a PCP server whose work is done at once, on the test's own thread. */
final class PcpTalk {
    static final String USER = "admin";
    static final String PASSWORD = "secret";

    final ScriptedOperations operations = new ScriptedOperations();
    final Path pcpConf;
    ClusteringMode mode = ClusteringMode.STREAMING_REPLICATION;
    Set<Integer> neverFailedOver = Set.of();
    private final OpenConnections open;

    PcpTalk(Path directory, int maxConnections) {
        this.open = new OpenConnections(maxConnections);
        this.pcpConf = directory.resolve("pcp.conf");
        password(PASSWORD);
    }

    /** Writes pcp.conf. */
    void password(String password) {
        try {
            Files.writeString(pcpConf, "# administrators\n" + USER + ":" + md5(password.getBytes(UTF_8)) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private PcpSettings settings() {
        return new PcpSettings(pcpConf, false, mode, neverFailedOver, Duration.ofSeconds(90), PcpSettings.Limits.USUAL);
    }

    Connection connect() {
        return new Connection();
    }

    /** As Pgpool-II's clients do it, step by step. */
    static byte[] proof(String user, String password, byte[] salt) {
        String inner = md5((md5(password.getBytes(UTF_8)) + user).getBytes(UTF_8));
        byte[] salted = Unpooled.copiedBuffer(inner.getBytes(UTF_8), salt).array();
        return (user + "\0" + md5(salted) + "\0").getBytes(UTF_8);
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] request(char type, byte[] body) {
        byte[] bytes = new byte[5 + body.length];
        Unpooled.wrappedBuffer(bytes)
                .writerIndex(0)
                .writeByte(type)
                .writeInt(4 + body.length)
                .writeBytes(body);
        return bytes;
    }

    static byte[] request(char type, String body) {
        return request(type, body.getBytes(ISO_8859_1));
    }

    /** One of them. */
    final class Connection {
        private final EmbeddedChannel channel = new EmbeddedChannel();
        private final ByteBuf received = Unpooled.buffer();

        private Connection() {
            // deadlines go by what a test lets pass, however slow the machine is
            channel.freezeTime();
            PcpServer.prepare(
                    channel,
                    new PcpConnection(
                            open,
                            new PcpCommands(operations, PcpTalk.this::settings),
                            Runnable::run,
                            PcpTalk.this::settings));
            // it is open already, which the handlers have to hear of
            channel.pipeline().fireChannelActive();
        }

        void send(byte[] bytes) {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        }

        /** Asks, and tells the answer: each message as its type and its texts with a bar after each. */
        List<String> ask(char type, String body) {
            send(request(type, body));
            return answers();
        }

        List<String> answers() {
            channel.runPendingTasks();
            for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
                received.writeBytes(out);
                out.release();
            }
            List<String> answers = new ArrayList<>();
            while (received.isReadable()) {
                char type = (char) received.readByte();
                byte[] body = new byte[received.readInt() - 4];
                received.readBytes(body);
                answers.add(type + " " + new String(body, UTF_8).replace('\0', '|'));
            }
            return answers;
        }

        byte[] salt() {
            send(request('M', ""));
            ByteBuf out = channel.readOutbound();
            byte[] salt = new byte[4];
            out.skipBytes(5).readBytes(salt).release();
            return salt;
        }

        List<String> logIn(String password) {
            send(request('R', proof(USER, password, salt())));
            return answers();
        }

        void later(Duration time) {
            channel.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
        }

        boolean isOpen() {
            return channel.isOpen();
        }

        /** Ends it; nothing may be left behind. */
        void close() {
            channel.finishAndReleaseAll();
            received.release();
        }
    }
}
