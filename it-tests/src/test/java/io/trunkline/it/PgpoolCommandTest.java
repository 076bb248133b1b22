package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.OsProcess;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/pgpool} of an installation, as the service files and scripts of Pgpool-II call it. */
class PgpoolCommandTest {
    private final int port = FreePorts.find(1).get(0);

    @TempDir
    Path directory;

    private Path conf = Path.of("");
    private Path pidFile = Path.of("");
    private Path pgpool = Path.of("");

    @BeforeEach
    void install() throws IOException {
        pgpool = Installation.in(directory.resolve("installation")).program("pgpool");
        conf = directory.resolve("pgpool.conf");
        pidFile = directory.resolve("pgpool.pid");
        Files.writeString(
                conf,
                TestProxy.configText(
                        Cluster.shared(),
                        port,
                        List.of(
                                "pid_file_name = '" + pidFile + "'",
                                "log_directory = '" + directory + "'",
                                "work_dir = '" + directory + "'",
                                "pgpool_compat_version = 4.3")));
        Files.writeString(directory.resolve("pcp.conf"), "");
        Files.writeString(directory.resolve("pool_hba.conf"), "host all all 127.0.0.1/32 trust\n");
    }

    @AfterEach
    void end() throws IOException {
        if (Files.exists(pidFile)) {
            new OsProcess(pid()).signal("KILL");
        }
    }

    private Installation.Result pgpool(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("-f", conf.toString()));
        all.addAll(List.of(arguments));
        return Installation.run(pgpool, Map.of(), all);
    }

    private long pid() throws IOException {
        return Long.parseLong(Files.readString(pidFile).strip());
    }

    private void requireService() throws Exception {
        try (RawClient client = new RawClient(port)) {
            client.startUp(Cluster.USER, Cluster.USER);
            assertThat(client.ask("SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void daemonIsStartedReloadedAndStopped() throws Exception {
        assertThat(pgpool("reload").status()).isEqualTo(1);
        assertThat(pgpool("stop").status()).isEqualTo(3);

        Installation.Result started = pgpool("-D");
        assertThat(started.err()).contains("is running on port " + port);
        assertThat(started.out()).isEmpty();
        assertThat(started.status()).isZero();
        requireService();

        Installation.Result second = pgpool("-n");
        assertThat(second.status()).isEqualTo(1);
        assertThat(second.err()).isEqualTo("ERROR: pid file found. is another pgpool(" + pid() + ") is running?\n");

        OsProcess server = new OsProcess(pid());
        assertThat(pgpool("reload").status()).isZero();
        requireService();
        assertThat(pgpool("-m", "f", "stop").status()).isZero();
        assertThat(server.isAlive()).isFalse();
        assertThat(pidFile).doesNotExist();
    }

    @Test
    void serverInTheForegroundIsTheProcessOfTheScriptAndIsFoundByStop() throws Exception {
        Path log = directory.resolve("pgpool.log");
        ProcessBuilder builder = new ProcessBuilder(
                        pgpool.toString(),
                        "-D",
                        "-n",
                        "-d",
                        "-f",
                        conf.toString(),
                        "-F",
                        directory.resolve("pcp.conf").toString(),
                        "-a",
                        directory.resolve("pool_hba.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(log.toFile()));
        builder.environment().put("TRUNKLINE_JAVA", System.getProperty("java.home", ""));
        Process server = builder.start();
        try {
            Eventually.holds(this::requireService);
            assertThat(pid()).isEqualTo(server.pid());
            assertThat(pgpool("stop").status()).isZero();
            assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(server.exitValue()).isZero();
            assertThat(log).content().contains("successfully started", "DEBUG");
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void errorInTheConfigurationEndsTheStartWithPgpoolsStatus() throws Exception {
        Files.writeString(conf, "port = abc\n");
        for (String mode : List.of("-n", "-D")) {
            Installation.Result failed = pgpool(mode);
            assertThat(failed.status()).isEqualTo(3);
            assertThat(failed.err()).contains(conf + ":1").contains("port");
        }
    }

    @Test
    void smartStopWaitsForTheLastClient() throws Exception {
        assertThat(pgpool().status()).isZero();
        OsProcess server = new OsProcess(pid());
        try (RawClient client = new RawClient(port)) {
            client.startUp(Cluster.USER, Cluster.USER);
            Process stop = new ProcessBuilder(pgpool.toString(), "-f", conf.toString(), "stop")
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD)
                    .start();
            assertThat(stop.waitFor(1500, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(client.ask("SELECT 2")).isEqualTo("2");
            client.close();
            assertThat(stop.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(stop.exitValue()).isZero();
        }
        assertThat(server.awaitEnd(Duration.ofSeconds(1))).isTrue();
    }
}
