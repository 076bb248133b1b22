package io.trunkline.cli.archive;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Says what a primary says that trusts everybody; to every question with the row that tells its role. */
final class TrainingNode implements AutoCloseable {
    static final int PORT = 5432;

    private static final int PROTOCOL = 3;
    private static final String[] ROW = {"node", "f", "0/1", "0/1"};
    private static final int TYPE_TEXT = 25;

    private final ServerSocketChannel listener;

    private TrainingNode(ServerSocketChannel listener) {
        this.listener = listener;
    }

    static TrainingNode listen(Path directory) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(directory.resolve(".s.PGSQL." + PORT)));
        TrainingNode node = new TrainingNode(listener);
        inBackground(node::accept);
        return node;
    }

    private static void inBackground(Runnable work) {
        Thread thread = new Thread(work, "training node");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel channel = listener.accept();
                inBackground(() -> serve(channel));
            }
        } catch (IOException closed) {
            // the run is over
        }
    }

    private static void serve(SocketChannel channel) {
        try (channel) {
            TrainingMessages messages = new TrainingMessages(channel);
            while (messages.readStart() >> 16 != PROTOCOL) {
                messages.sendByte('N'); // no TLS
            }
            messages.add('R', 0);
            for (String[] setting : new String[][] {
                {"server_version", "15.0"},
                {"server_encoding", "UTF8"},
                {"client_encoding", "UTF8"},
                {"standard_conforming_strings", "on"}
            }) {
                messages.add('S', setting[0], setting[1]);
            }
            messages.add('K', 1, 1).add('Z', new byte[] {'I'}).send();
            for (char type = messages.read(); type != 'X' && type != TrainingMessages.END; type = messages.read()) {
                answer(type, messages);
            }
        } catch (IOException closed) {
            // the proxy has all that it wanted
        }
    }

    private static void answer(char type, TrainingMessages messages) throws IOException {
        switch (type) {
            case 'Q' -> row(messages).add('Z', new byte[] {'I'}).send();
            case 'P' -> messages.add('1');
            case 'B' -> messages.add('2');
            case 'C' -> messages.add('3');
            case 'D' -> messages.add('n');
            case 'E' -> messages.add('C', "SELECT 0");
            case 'S' -> messages.add('Z', new byte[] {'I'}).send();
            default -> messages.send();
        }
    }

    private static TrainingMessages row(TrainingMessages messages) throws IOException {
        Object[] description = new Object[1 + 7 * ROW.length];
        Object[] values = new Object[1 + 2 * ROW.length];
        description[0] = values[0] = (short) ROW.length;
        for (int column = 0; column < ROW.length; column++) {
            Object[] field = {"c" + column, 0, (short) 0, TYPE_TEXT, (short) -1, -1, (short) 0};
            System.arraycopy(field, 0, description, 1 + 7 * column, 7);
            byte[] value = ROW[column].getBytes(StandardCharsets.US_ASCII);
            values[1 + 2 * column] = value.length;
            values[2 + 2 * column] = value;
        }
        return messages.add('T', description).add('D', values).add('C', "SELECT 1");
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
