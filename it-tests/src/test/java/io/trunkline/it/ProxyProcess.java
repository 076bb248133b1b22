package io.trunkline.it;

import io.trunkline.localcluster.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Trunkline in a Java process of its own, with options of its own, such as a small heap. */
final class ProxyProcess implements AutoCloseable {
    private final Process process;
    private final Path directory;
    private final int port;

    private ProxyProcess(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /** Starts it in front of the shared cluster, and waits until it takes clients. */
    static ProxyProcess start(String... javaOptions) throws IOException {
        return start(List.of(), javaOptions);
    }

    static ProxyProcess start(List<String> settings, String... javaOptions) throws IOException {
        return start(FreePorts.find(1).get(0), settings, javaOptions);
    }

    /** The same with settings of its own; TCP has to stay among them. */
    static ProxyProcess start(int port, List<String> settings, String... javaOptions) throws IOException {
        Path directory = Files.createTempDirectory("trunkline-it");
        Path file = Files.writeString(
                directory.resolve("pgpool.conf"), TestProxy.configText(Cluster.shared(), port, settings));
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(javaOptions));
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path", ""), ProxyProcess.class.getName(), file.toString()));
        Process process = new ProcessBuilder(command).inheritIO().start();
        Eventually.isTrue("it takes clients", () -> {
            try (RawClient client = new RawClient(port)) {
                client.startUp(Cluster.USER, Cluster.USER);
                return client.ask("SELECT 1").equals("1");
            }
        });
        return new ProxyProcess(process, directory, port);
    }

    /** @param arguments the path of a pgpool.conf */
    public static void main(String[] arguments) throws Exception {
        TestProxy.start(TestProxy.config(Files.readString(Path.of(arguments[0]))), TestProxy.credentials(List.of()));
        // the threads of the proxy are daemons: it lasts as long as somebody waits for its end
        new CountDownLatch(1).await();
    }

    int port() {
        return port;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Kills it, so that it can clear up nothing. */
    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        process.onExit().join();
        Files.delete(directory.resolve("pgpool.conf"));
        Files.delete(directory);
    }
}
