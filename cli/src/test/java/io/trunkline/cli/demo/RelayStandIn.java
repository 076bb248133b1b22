package io.trunkline.cli.demo;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Stands for {@code trunkline start -n -f pgpool.conf} where the demo itself is tested: connects each client of {@code
 * port} with the server of node 0. The properties format reads the lines that it needs.
 */
final class RelayStandIn {

    private RelayStandIn() {}

    public static void main(String[] arguments) throws IOException {
        Properties configuration = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(arguments[arguments.length - 1]))) {
            configuration.load(reader);
        }
        int port = Integer.parseInt(configuration.getProperty("port"));
        int backendPort = Integer.parseInt(configuration.getProperty("backend_port0"));
        try (ServerSocket server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
            while (true) {
                Socket client = server.accept();
                Socket backend = new Socket(InetAddress.getLoopbackAddress(), backendPort);
                pump(client, backend);
                pump(backend, client);
            }
        }
    }

    private static void pump(Socket from, Socket to) {
        Thread thread = new Thread(() -> {
            try (from;
                    to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException closed) {
                throw new UncheckedIOException(closed);
            }
        });
        thread.setUncaughtExceptionHandler((dying, failure) -> {});
        thread.start();
    }
}
