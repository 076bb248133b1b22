package io.trunkline.cli.archive;

import io.trunkline.cli.CommandFailure;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** Logs in and asks something in each way that there is. */
final class TrainingClient {
    private static final int PROTOCOL_3_0 = 3 << 16;

    private TrainingClient() {}

    static void run(Path socket) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            TrainingMessages messages = new TrainingMessages(channel);
            messages.addStart(PROTOCOL_3_0, "user", "postgres", "database", "postgres", new byte[1])
                    .send();
            awaitReady(messages);
            for (String statement :
                    new String[] {"SELECT 1", "BEGIN", "INSERT INTO t VALUES (1)", "COMMIT", "SHOW pool_nodes"}) {
                messages.add('Q', statement).send();
                awaitReady(messages);
            }
            short none = 0;
            messages.add('P', "s", "SELECT a FROM t WHERE b = $1", none)
                    .add('B', "", "s", none, none, none)
                    .add('D', new byte[] {'P', 0})
                    .add('E', "", 0)
                    .add('S')
                    .send();
            awaitReady(messages);
            messages.add('X').send();
        }
    }

    private static void awaitReady(TrainingMessages messages) throws IOException {
        char type = messages.read();
        while (type != 'Z') {
            if (type == TrainingMessages.END) {
                throw new CommandFailure("the server for the archive has ended the session");
            }
            type = messages.read();
        }
    }
}
