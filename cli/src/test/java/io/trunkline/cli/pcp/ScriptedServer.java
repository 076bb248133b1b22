package io.trunkline.cli.pcp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.trunkline.cli.program.Md5Hex;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A PCP server that lets one user in and answers the first request after that with what it was given. */
final class ScriptedServer implements AutoCloseable {
    static final String USER = "admin";
    static final String PASSWORD = "se:cret";

    private static final String SALT = "\u00f1\0 x";

    private final ServerSocket listener;
    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    private final byte[] answer;

    private ScriptedServer(byte[] answer) throws IOException {
        this.answer = answer;
        listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "scripted PCP server");
        thread.setDaemon(true);
        thread.start();
    }

    /** One that answers with these packets. */
    static ScriptedServer answering(byte[]... packets) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] packet : packets) {
            all.writeBytes(packet);
        }
        return new ScriptedServer(all.toByteArray());
    }

    /** A packet of strings. */
    static byte[] packet(char type, String... strings) {
        return rawPacket(type, String.join("\0", strings) + "\0");
    }

    static byte[] rawPacket(char type, String content) {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(packet)) {
            out.writeByte(type);
            out.writeInt(content.length() + 4);
            out.write(content.getBytes(ISO_8859_1));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return packet.toByteArray();
    }

    /** A packet of strings, as a row of an array. */
    static byte[] row(char type, String name, List<String> strings) {
        return packet(type, name + "\0" + String.join("\0", strings));
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The request that came after the login: its letter and content. */
    String request() throws InterruptedException {
        String request = requests.poll(20, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("no request came");
        }
        return request;
    }

    private void serve() {
        while (!listener.isClosed()) {
            try (Socket client = listener.accept()) {
                serve(new DataInputStream(client.getInputStream()), new DataOutputStream(client.getOutputStream()));
            } catch (IOException ended) {
                // and the next may come
            }
        }
    }

    private void serve(DataInputStream in, DataOutputStream out) throws IOException {
        expect("M", read(in));
        out.write(rawPacket('m', SALT));
        String proof = Md5Hex.of(Md5Hex.of(Md5Hex.of(PASSWORD) + USER) + SALT);
        if (!read(in).equals("R" + USER + "\0" + proof + "\0")) {
            out.write(packet('E', "SFATAL", "C28P01", "Mauthentication failed for user", "Dno match", ""));
            return;
        }
        out.write(packet('r', "AuthenticationOK"));
        requests.add(read(in));
        out.write(answer);
        expect("X", read(in));
    }

    private static void expect(String expected, String read) throws IOException {
        if (!read.equals(expected)) {
            throw new EOFException("unexpected request");
        }
    }

    private static String read(DataInputStream in) throws IOException {
        char letter = (char) in.readUnsignedByte();
        byte[] content = new byte[in.readInt() - 4];
        in.readFully(content);
        return letter + new String(content, ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
