package io.trunkline.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.trunkline.config.certificates.Issued;
import io.trunkline.config.certificates.TestAuthority;
import io.trunkline.it.process.Installation.Ended;
import io.trunkline.localcluster.FileTree;
import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.OsProcess;
import io.trunkline.localcluster.PostgresFinder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code bin/trunkline} of the distribution before a real server, as an administrator uses it. */
final class ServerProcessTest {
    private static final String ADMIN_SHUTDOWN = "57P01";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static Path clusterDirectory = Path.of("");
    private static LocalCluster cluster;

    private Path directory = Path.of("");
    private Installation trunkline;

    @BeforeAll
    static void startServer() throws IOException {
        Assumptions.assumeTrue(Installation.isBuilt(), "the distribution is not built (mvn package)");
        clusterDirectory = Files.createTempDirectory("trunkline-it-process");
        Files.setPosixFilePermissions(clusterDirectory, PosixFilePermissions.fromString("rwxr-xr-x"));
        cluster = LocalCluster.in(clusterDirectory.resolve("cluster"), new PostgresFinder(line -> {}).any())
                .nodes(1)
                .user("app")
                .database("app")
                .configure("fsync = off")
                .start();
    }

    @AfterAll
    static void endServer() throws IOException {
        if (cluster != null) {
            cluster.close();
            FileTree.delete(clusterDirectory);
        }
    }

    @BeforeEach
    void configure() throws IOException {
        directory = Files.createTempDirectory("trunkline-it-process");
        trunkline = new Installation(directory, cluster.node(0));
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (Files.exists(trunkline.pidFile())) {
            new OsProcess(trunkline.pid()).signal("KILL");
        }
        FileTree.delete(directory);
    }

    @Test
    void aNodeThatWasDownStaysSoOverARestartUnlessThatIsDiscarded() throws Exception {
        int dead = FreePorts.find(1).get(0);
        trunkline.configure("backend_hostname1 = '127.0.0.1'", "backend_port1 = " + dead);
        Files.writeString(directory.resolve("pgpool_status"), "up\ndown\n");
        assertThat(trunkline.run("start").exit()).isZero();
        assertThat(trunkline.run("status", "--json").out())
                .contains("\"port\":" + dead + ",\"role\":\"unknown\",\"status\":\"down\"");
        assertThat(trunkline.run("stop", "-m", "fast").exit()).isZero();

        assertThat(trunkline.run("start", "-D").exit()).isZero();

        assertThat(trunkline.run("status", "--json").out())
                .contains("\"port\":" + dead + ",\"role\":\"unknown\",\"status\":\"waiting\"");
        assertThat(trunkline.log()).content().contains("pgpool_status discarded");
        assertThat(trunkline.run("stop", "-m", "fast").exit()).isZero();
    }

    @Test
    void startedInTheBackgroundItServesReportsItselfAndStopsFast() throws Exception {
        Ended started = trunkline.run("start");

        assertThat(started).returns(0, Ended::exit).returns("", Ended::err);
        long pid = trunkline.pid();
        assertThat(started.out())
                .contains(
                        "running on port " + trunkline.port(),
                        "process id " + pid,
                        trunkline.log().toString());
        assertThat(Files.getPosixFilePermissions(trunkline.controlSocket()))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(trunkline.log())
                .content()
                .containsPattern("(?m)^[-0-9]{10} [:0-9]{8}\\.[0-9]{3}: main pid " + pid
                        + ": LOG:  Trunkline .* successfully started on port " + trunkline.port() + " in [0-9]+ ms");

        try (Connection idle = trunkline.connect()) {
            assertThat(one(idle, "SELECT 41 + 1")).isEqualTo("42");
            Ended json = trunkline.run("status", "--json");
            assertThat(json.exit()).isZero();
            assertThat(json.out())
                    .contains("\"pid\":" + pid, "\"port\":" + trunkline.port(), "\"state\":\"running\"")
                    .contains("\"nodes\":[{\"id\":0,\"host\":\"127.0.0.1\",\"port\":"
                            + cluster.node(0).port() + ",\"role\":\"primary\",\"status\":\"up\",\"lag\":0,")
                    .contains("\"writes\":\"served\"", "\"detached_by_administrator\":false,");
            assertThat(trunkline.run("status").out())
                    .contains("is running: process id " + pid, "1 session, 0 waiting; writes are served");
            Ended second = trunkline.run("start");
            assertThat(second.exit()).isEqualTo(1);
            assertThat(second.err()).contains("running already with process id " + pid);

            assertThat(trunkline.run("stop", "-m", "fast"))
                    .returns(0, Ended::exit)
                    .returns("", Ended::err);

            assertThatThrownBy(() -> one(idle, "SELECT 1"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            cut -> assertThat(cut.getSQLState()).isEqualTo(ADMIN_SHUTDOWN));
        }
        assertThat(trunkline.pidFile()).doesNotExist();
        assertThat(trunkline.controlSocket()).doesNotExist();
        assertThat(trunkline.run("status").exit()).isEqualTo(3);
        assertThat(trunkline.run("stop"))
                .returns(1, Ended::exit)
                .satisfies(ended -> assertThat(ended.err()).contains("no server is running"));
    }

    @Test
    void reloadSwapsTheCertificateAndKeepsTheOldOneWhereTheNewOneIsBad() throws Exception {
        TestAuthority authority = TestAuthority.named("ca");
        Issued first = authority.issue("CN=first", "localhost");
        Issued second = authority.issue("CN=second", "localhost");
        Path certificate = first.writeCertificate(directory.resolve("server.crt"));
        Path key = first.writeKey(directory.resolve("server.key"));
        trunkline.configure("ssl = on", "ssl_cert = 'server.crt'", "ssl_key = 'server.key'");
        assertThat(trunkline.run("start")).returns(0, Ended::exit);

        try (Connection running = trunkline.connect("sslmode=require")) {
            assertThat(shownCertificate()).isEqualTo(first.certificate());

            second.writeCertificate(certificate);
            Ended mismatch = trunkline.run("reload");
            assertThat(mismatch.exit()).isEqualTo(1);
            assertThat(mismatch.err()).contains("ssl_key", key.toString(), "is not that of the certificate");
            assertThat(trunkline.run("check").err()).contains("is not that of the certificate");
            assertThat(shownCertificate()).isEqualTo(first.certificate());

            second.writeKey(key);
            assertThat(trunkline.run("reload")).returns(0, Ended::exit);
            assertThat(shownCertificate()).isEqualTo(second.certificate());
            assertThat(one(running, "SELECT 41 + 1")).isEqualTo("42");
        }
        assertThat(trunkline.run("stop", "-m", "fast")).returns(0, Ended::exit);
    }

    /** The certificate that a new client is shown. */
    private Certificate shownCertificate() throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        try (SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), trunkline.port())) {
            SSLParameters direct = socket.getSSLParameters();
            direct.setApplicationProtocols(new String[] {"postgresql"});
            socket.setSSLParameters(direct);
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void reloadTakesEverythingOrNothing() throws Exception {
        trunkline.configure("client_idle_limit = 10", "sr_check_password = 'old secret'");
        assertThat(trunkline.run("start").exit()).isZero();

        trunkline.configure("client_idle_limit = 20", "log_connections = maybe");
        Ended refused = trunkline.run("reload");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err())
                .contains(
                        trunkline.placeOf(2) + ": error: parameter \"log_connections\": \"maybe\"",
                        "goes on with the one it has");
        assertThat(trunkline.log()).content().contains("nothing is changed");

        trunkline.configure("client_idle_limit = 30", "max_pool = 7", "sr_check_password = 'new secret'");
        Ended accepted = trunkline.run("reload");
        assertThat(accepted).returns(0, Ended::exit).returns("", Ended::err);
        assertThat(accepted.out().lines())
                .anyMatch(line -> line.contains("client_idle_limit: 10") && line.contains("-> 30"))
                .anyMatch(line -> line.contains("max_pool: 4 -> 7") && line.contains("restart"))
                .anyMatch(line -> line.contains("sr_check_password: ***** -> *****"));
        assertThat(trunkline.log()).content().doesNotContain("secret");
        assertThat(trunkline.run("stop", "-m", "i").exit()).isZero();
    }

    @Test
    void aTerminatedServerWaitsForItsSessionsAndASecondSignalCutsThem() throws Exception {
        Process server = startInForeground();
        try (Connection session = trunkline.connect()) {
            assertThat(one(session, "SELECT 1")).isEqualTo("1");

            new OsProcess(server.pid()).signal("TERM");
            awaitLog("waiting for 1 session to end");
            assertThatThrownBy(trunkline::connect).isInstanceOf(SQLException.class);
            assertThat(one(session, "SELECT 2")).isEqualTo("2");
            assertThat(trunkline.run("status", "--json").out()).contains("\"state\":\"stopping\"");

            new OsProcess(server.pid()).signal("TERM");
            assertThat(server.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> one(session, "SELECT 3"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            cut -> assertThat(cut.getSQLState()).isEqualTo(ADMIN_SHUTDOWN));
        }
        assertThat(server.exitValue()).isZero();
        assertThat(Installation.read(trunkline.foregroundLog())).endsWith("LOG:  Trunkline is shut down\n");
        assertThat(trunkline.pidFile()).doesNotExist();
    }

    @Test
    void stopWithoutAModeReturnsWhenTheLastClientHasLeft() throws Exception {
        Process server = startInForeground();
        Connection session = trunkline.connect();
        Process stop = new ProcessBuilder(
                        Path.of("..", "target", "trunkline", "bin", "trunkline").toString(),
                        "stop",
                        "-f",
                        trunkline.pgpoolConf().toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("stop.out").toFile())
                .start();
        awaitLog("waiting for 1 session to end");
        assertThat(one(session, "SELECT 1")).isEqualTo("1");
        assertThat(stop.isAlive()).isTrue();

        session.close();

        assertThat(stop.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(stop.exitValue()).isZero();
        assertThat(server.waitFor()).isZero();
        assertThat(Installation.read(directory.resolve("stop.out"))).contains("Trunkline has stopped");
    }

    @Test
    void interruptStopsFastAndHangupReloads() throws Exception {
        Process server = startInForeground();
        trunkline.configure("log_connections = on");
        new OsProcess(server.pid()).signal("HUP");
        awaitLog("parameter log_connections: off -> on");
        try (Connection session = trunkline.connect()) {
            awaitLog("new connection received");

            new OsProcess(server.pid()).signal("INT");

            assertThat(server.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> one(session, "SELECT 1"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            cut -> assertThat(cut.getSQLState()).isEqualTo(ADMIN_SHUTDOWN));
        }
        assertThat(server.exitValue()).isZero();
    }

    @Test
    void aPortThatIsTakenIsTheReasonOfAStartThatFails() throws Exception {
        try (ServerSocket taken = new ServerSocket(trunkline.port(), 1, InetAddress.getByName("127.0.0.1"))) {
            assertThat(taken.isBound()).isTrue();
            Ended background = trunkline.run("start");
            assertThat(background.exit()).isEqualTo(1);
            assertThat(background.err())
                    .startsWith("trunkline: cannot listen on \"127.0.0.1\", port " + trunkline.port()
                            + ": Address already in use");

            Ended foreground = trunkline.run("start", "-n");
            assertThat(foreground.exit()).isEqualTo(1);
            assertThat(foreground.err()).contains("FATAL:  cannot listen on");
        }
        assertThat(trunkline.pidFile()).doesNotExist();
        assertThat(trunkline.controlSocket()).doesNotExist();
    }

    @Test
    void aKilledServerLeavesNothingThatHindersTheNextStart() throws Exception {
        Process server = startInForeground();
        server.destroyForcibly().waitFor();
        assertThat(trunkline.pidFile()).exists();
        assertThat(trunkline.controlSocket()).exists();
        assertThat(trunkline.run("status").exit()).isEqualTo(3);

        assertThat(trunkline.run("start").exit()).isZero();

        assertThat(trunkline.run("stop", "-m", "immediate").exit()).isZero();
    }

    @Test
    void allErrorsOfTheConfigurationAreShownByStartAndByCheck() throws Exception {
        trunkline.configure("num_init_children = many", "no_such_parameter = 1", "load_balance_mode = perhaps");
        String[] errors = {
            trunkline.placeOf(1) + ": error: parameter \"num_init_children\": \"many\"",
            trunkline.placeOf(3) + ": error: parameter \"load_balance_mode\": \"perhaps\""
        };

        Ended start = trunkline.run("start");
        assertThat(start.exit()).isEqualTo(1);
        assertThat(start.err()).contains(errors);
        Ended check = trunkline.run("check");
        assertThat(check.exit()).isEqualTo(1);
        assertThat(check.out()).isEmpty();
        assertThat(check.err())
                .contains(errors)
                .contains(trunkline.placeOf(2) + ": warning: parameter \"no_such_parameter\"", "2 errors, 1 warning");

        trunkline.configure("no_such_parameter = 1");
        Ended valid = trunkline.run("check");
        assertThat(valid.exit()).isZero();
        assertThat(valid.err()).endsWith(" is valid: 0 errors, 1 warning\n");
    }

    @Test
    void metricsAreServedWhereTheyAreConfigured() throws Exception {
        int metricsPort = FreePorts.find(1).get(0);
        trunkline.configure("metrics_port = " + metricsPort);
        Process server = startInForeground();
        try (Connection session = trunkline.connect()) {
            assertThat(one(session, "SELECT 1")).isEqualTo("1");
            String metrics = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + metricsPort + "/metrics"))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            assertThat(metrics.lines())
                    .contains(
                            "trunkline_sessions{state=\"active\"} 1.0",
                            "trunkline_sessions_started_total 1.0",
                            "trunkline_node_up{node=\"0\"} 1.0",
                            "trunkline_node_backends{node=\"0\",state=\"lent\"} 1.0");
        }
        new OsProcess(server.pid()).signal("TERM");
        assertThat(server.waitFor()).isZero();
    }

    private Process startInForeground() throws IOException {
        Process server = trunkline.runInForeground();
        awaitLog("successfully started");
        return server;
    }

    /** Waits until the server in the foreground has logged something. */
    private void awaitLog(String text) throws IOException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!Installation.read(trunkline.foregroundLog()).contains(text)) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(
                        "\"" + text + "\" is not in the log:\n" + Installation.read(trunkline.foregroundLog()));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private static String one(Connection session, String sql) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }
}
