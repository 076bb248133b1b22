package io.trunkline.cli;

import io.trunkline.config.ConfigReading;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolPasswd;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.session.StoredCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code trunkline start}. */
@Command(name = "start", description = "Start the proxy.", mixinStandardHelpOptions = true)
final class StartCommand implements Callable<Integer> {
    @Option(names = "-n", description = "Stay in the foreground.")
    private boolean foreground;

    @Option(names = "-f", paramLabel = "FILE", description = "The configuration file.")
    private Path config = Path.of("/etc/pgpool2/pgpool.conf");

    @Override
    public Integer call() throws InterruptedException {
        ConfigReading reading = PgpoolConfig.read(config);
        reading.diagnostics().forEach(System.err::println);
        PgpoolConfig valid = reading.config().orElseThrow(() -> new CommandFailure("the configuration has errors"));
        PoolPasswd.Reading passwords = PoolPasswd.read(config, valid);
        passwords.diagnostics().forEach(System.err::println);
        CountDownLatch stopped = new CountDownLatch(1);
        try {
            ProxyServer server = ProxyServer.start(valid, StoredCredentials.of(passwords.passwords()));
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            System.err.println("ready " + foreground);
        } catch (IOException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()), e);
        }
        stopped.await();
        return 0;
    }
}
