package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.certificates.Issued;
import io.trunkline.config.certificates.TestAuthority;
import io.trunkline.protocol.tls.TlsProvider;
import io.trunkline.proxy.metrics.LoopMetrics;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** Clients that encrypt. */
class TlsClientTest {
    private static final TlsFixture TLS = new TlsFixture();
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start(TLS.settings());
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    // ---- who connects how

    private static External.Ended psql(TestProxy to, Map<String, String> environment, String host) {
        return External.run(
                environment,
                "",
                List.of(
                        External.postgresProgram("psql"),
                        "-X",
                        "-q",
                        "-h",
                        host,
                        "-p",
                        Integer.toString(to.port()),
                        "-U",
                        Cluster.USER,
                        "-d",
                        Cluster.USER,
                        "-c",
                        "\\conninfo",
                        "-c",
                        "SELECT 6 * 7 AS answer"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void psqlVerifiesTheCertificateAndItsName(String version) {
        Map<String, String> environment = Map.of(
                "PGSSLMODE",
                "verify-full",
                "PGSSLROOTCERT",
                TLS.path("ca.crt"),
                "PGSSLMINPROTOCOLVERSION",
                version,
                "PGSSLMAXPROTOCOLVERSION",
                version);

        assertThat(psql(proxy, environment, "localhost").succeeded().out()).contains("protocol: " + version, "42");
    }

    @Test
    void clientMayStillDoWithout() {
        assertThat(psql(proxy, Map.of("PGSSLMODE", "disable"), "127.0.0.1")
                        .succeeded()
                        .out())
                .contains("42")
                .doesNotContain("SSL connection");
    }

    @Test
    void whoInsistsIsRefusedWhereSslIsOff() {
        try (TestProxy off = TestProxy.start()) {
            assertThat(psql(off, Map.of("PGSSLMODE", "require"), "127.0.0.1"))
                    .satisfies(ended -> assertThat(ended.exit()).isEqualTo(2))
                    .satisfies(ended -> assertThat(ended.err()).contains("server does not support SSL"));
        }
    }

    @Test
    void pgjdbcVerifiesTheCertificateAndItsName() throws SQLException {
        String url = "jdbc:postgresql://localhost:" + proxy.port() + "/" + Cluster.USER + "?user=" + Cluster.USER
                + "&sslmode=verify-full&sslrootcert=" + TLS.path("ca.crt");
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 42")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(42);
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2,TLSv1.3", "TLSv1.3,TLSv1.2"})
    void onlyTheConfiguredVersionsAreSpoken(String spoken, String refused) {
        String[] settings = TLS.settings(
                "ssl_min_protocol_version = '" + spoken + "'", "ssl_max_protocol_version = '" + spoken + "'");
        try (TestProxy one = TestProxy.start(settings)) {
            Map<String, String> require = Map.of("PGSSLMODE", "require");
            assertThat(psql(one, require, "localhost").succeeded().out()).contains("protocol: " + spoken);
            Map<String, String> other = Map.of(
                    "PGSSLMODE", "require", "PGSSLMINPROTOCOLVERSION", refused, "PGSSLMAXPROTOCOLVERSION", refused);
            assertThat(psql(one, other, "localhost").err()).contains("SSL error");
        }
    }

    @Test
    void ciphersAreThoseOfTheList() {
        String[] settings = TLS.settings(
                "ssl_ciphers = 'ECDHE+CHACHA20:ECDHE-ECDSA-AES128-GCM-SHA256'", "ssl_prefer_server_ciphers = on");
        try (TestProxy one = TestProxy.start(settings)) {
            Map<String, String> environment = Map.of("PGSSLMODE", "require", "PGSSLMAXPROTOCOLVERSION", "TLSv1.2");
            assertThat(psql(one, environment, "localhost").succeeded().out())
                    .contains("cipher: ECDHE-ECDSA-CHACHA20-POLY1305");
        }
    }

    @ParameterizedTest
    @EnumSource(TlsProvider.class)
    void bothProvidersServeRsaKeysWithAPassphrase(TlsProvider provider) throws IOException {
        Issued rsa = TLS.authority.issue("RSA", "CN=localhost", Instant.now().plus(Duration.ofDays(30)), "localhost");
        Path certificate = rsa.writeCertificate(TLS.directory.resolve("rsa.crt"));
        Path key = rsa.writeTraditionalEncryptedKey(TLS.directory.resolve("rsa.key"), "not told");
        System.setProperty(TlsProvider.PROPERTY, provider.name());
        try (TestProxy other = TestProxy.start(TLS.settings(
                        "ssl_cert = '" + certificate + "'",
                        "ssl_key = '" + key + "'",
                        "ssl_passphrase_command = 'echo not told'"));
                RawClient client = new RawClient(other.port())) {
            client.startUpEncrypted(TLS.context(null));

            assertThat(client.ask("SELECT repeat('x', 100000)")).hasSize(100_000);
        } finally {
            System.clearProperty(TlsProvider.PROPERTY);
        }
    }

    // ---- who is refused

    @Test
    void bytesInClearAfterSslRequestEndTheConnection() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.sslRequest()
                    .startupMessage(RawClient.V3_0, Map.of("user", Cluster.USER))
                    .send();

            List<RawMessage> answers = client.untilClosed();

            assertThat(RawClient.tags(answers)).isEqualTo("E");
            assertThat(RawClient.error(answers).sqlState()).isEqualTo("08P01");
            assertThat(new String(answers.get(0).body(), StandardCharsets.UTF_8))
                    .contains("received unencrypted data");
        }
    }

    @Test
    void bytesInClearInPlaceOfTheHandshakeEndTheConnection() throws IOException {
        long failed = failedHandshakes();
        try (RawClient client = new RawClient(proxy.port())) {
            client.sslRequest().send();
            assertThat(client.receiveByte()).isEqualTo('S');
            client.startupMessage(RawClient.V3_0, Map.of("user", Cluster.USER)).send();

            client.awaitClose();
        }
        assertThat(failedHandshakes()).isEqualTo(failed + 1);
    }

    @Test
    void secondSslRequestInsideTlsIsRefused() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.sslRequest().send();
            assertThat(client.receiveByte()).isEqualTo('S');
            client.encrypt(TLS.context(null)).sslRequest().send();

            assertThat(RawClient.error(client.untilClosed()).sqlState()).isEqualTo("08P01");
        }
    }

    @Test
    void encryptionByGssapiIsDeclinedAndTlsMayFollow() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.packet(java.nio.ByteBuffer.allocate(4).putInt(80_877_104).array())
                    .send();
            assertThat(client.receiveByte()).isEqualTo('N');
            client.startUpEncrypted(TLS.context(null));

            assertThat(client.ask("SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void directTlsNeedsThePostgresqlProtocol() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.encrypt(TLS.context(null), "postgresql").startUp(Cluster.USER, Cluster.USER);
            assertThat(client.ask("SELECT 1")).isEqualTo("1");
        }
        try (RawClient client = new RawClient(proxy.port())) {
            assertThatThrownBy(() -> client.encrypt(TLS.context(null)).startUp(Cluster.USER, Cluster.USER))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void handshakeThatDoesNotEndIsCutOff() throws IOException {
        try (TestProxy hasty = TestProxy.start(TLS.settings("authentication_timeout = 1"));
                RawClient client = new RawClient(hasty.port())) {
            client.sslRequest().send();
            assertThat(client.receiveByte()).isEqualTo('S');

            client.awaitClose();
        }
    }

    // ---- client certificates

    @Test
    void certificateOfAClientIsAskedForAndVerified() throws IOException {
        Path revoked = TLS.authority.revoke(
                TLS.directory.resolve("revoked.crl"), TLS.authority.issue("CN=nobody of interest"));
        String[] settings =
                TLS.settings("ssl_ca_cert = '" + TLS.path("ca.crt") + "'", "ssl_crl_file = '" + revoked + "'");
        try (TestProxy verifying = TestProxy.start(settings)) {
            for (Issued shown : new Issued[] {TLS.client, null}) {
                try (RawClient client = new RawClient(verifying.port())) {
                    client.startUpEncrypted(TLS.context(shown));
                    assertThat(client.ask("SELECT 1")).isEqualTo("1");
                }
            }
            assertNotAccepted(
                    verifying, TLS.context(TestAuthority.named("Test authority").issue("CN=app")));
        }
    }

    @ParameterizedTest
    @EnumSource(TlsProvider.class)
    void revokedCertificateOfAClientIsRefused(TlsProvider provider) throws IOException {
        Path revoked = TLS.authority.revoke(TLS.directory.resolve("revoked-" + provider + ".crl"), TLS.client);
        System.setProperty(TlsProvider.PROPERTY, provider.name());
        try (TestProxy verifying = TestProxy.start(
                TLS.settings("ssl_ca_cert = '" + TLS.path("ca.crt") + "'", "ssl_crl_file = '" + revoked + "'"))) {
            assertNotAccepted(verifying, TLS.context(TLS.client));
        } finally {
            System.clearProperty(TlsProvider.PROPERTY);
        }
    }

    private static void assertNotAccepted(TestProxy verifying, SSLContext context) throws IOException {
        try (RawClient client = new RawClient(verifying.port())) {
            assertThatThrownBy(() -> client.startUpEncrypted(context)).isInstanceOf(IOException.class);
        }
        assertThat(total(verifying, LoopMetrics.Counter.TLS_HANDSHAKES_FAILED)).isPositive();
    }

    // ---- SCRAM-SHA-256-PLUS

    @Test
    void clientsBindTheirProofToOurCertificate() throws SQLException {
        try (TestProxy own = TestProxy.start(
                Cluster.shared(), List.of(TLS.settings()), List.of(Cluster.SCRAM_USER + ":TEXT" + Cluster.PASSWORD))) {
            String url = "jdbc:postgresql://localhost:" + own.port() + "/" + Cluster.USER
                    + "?sslmode=require&channelBinding=require";
            try (Connection connection = DriverManager.getConnection(url, Cluster.SCRAM_USER, Cluster.PASSWORD);
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT current_user")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).isEqualTo(Cluster.SCRAM_USER);
            }
            Map<String, String> environment = Map.of(
                    "PGSSLMODE",
                    "require",
                    "PGCHANNELBINDING",
                    "require",
                    "PGUSER",
                    Cluster.SCRAM_USER,
                    "PGPASSWORD",
                    Cluster.PASSWORD);
            List<String> command = List.of(
                    External.postgresProgram("psql"),
                    "-X",
                    "-At",
                    "-h",
                    "localhost",
                    "-p",
                    Integer.toString(own.port()),
                    "-d",
                    Cluster.USER,
                    "-c",
                    "SELECT current_user");
            assertThat(External.run(environment, "", command).succeeded().out().strip())
                    .isEqualTo(Cluster.SCRAM_USER);
        }
    }

    // ---- traffic

    @Test
    void requestsArePipelinedAndCancelled() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.startUpEncrypted(TLS.context(null));
            for (int i = 0; i < 500; i++) {
                client.extended("SELECT $1::text", "value " + i);
            }
            client.sync().send();
            List<String> values = new ArrayList<>();
            for (RawMessage message : client.untilReady()) {
                if (message.tag() == 'D') {
                    values.add(new String(message.body(), StandardCharsets.UTF_8).substring(6));
                }
            }
            assertThat(values).hasSize(500).startsWith("value 0").endsWith("value 499");

            client.query("SELECT pg_sleep(60), txid_current() /* encrypted sleeper */")
                    .send();
            Eventually.holds(() -> assertThat(Cluster.backends(
                            Cluster.PRIMARY, "query LIKE '%/* encrypted sleeper */' AND state = 'active'"))
                    .isEqualTo(1));
            client.cancel();
            assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("57014");
        }
    }

    @Test
    void hundredsOfMegabytesPassThroughASmallHeapBothWays() throws Exception {
        try (ProxyProcess small = ProxyProcess.start(
                List.of(TLS.settings()), "-Xmx64m", "-XX:MaxDirectMemorySize=64m", "-XX:TieredStopAtLevel=1")) {
            String url = "jdbc:postgresql://localhost:" + small.port() + "/" + Cluster.USER + "?user=" + Cluster.USER
                    + "&sslmode=require";
            try (Connection connection = DriverManager.getConnection(url);
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("CREATE TABLE encrypted_bulk (line text)");
                var copy = connection.unwrap(PGConnection.class).getCopyAPI();
                assertThat(copy.copyIn("COPY encrypted_bulk FROM STDIN", lines(150_000), 1 << 20))
                        .isEqualTo(150_000);
                statement.setFetchSize(10_000);
                long bytes = 0;
                try (ResultSet rows = statement.executeQuery("SELECT line FROM encrypted_bulk")) {
                    while (rows.next()) {
                        bytes += rows.getString(1).length();
                    }
                }
                assertThat(bytes).isEqualTo(150_000L * 999);
                connection.rollback();
            }
            assertThat(small.isAlive()).isTrue();
        }
    }

    @Test
    void resultThatNobodyReadsStaysAtTheServer() throws IOException {
        try (RawClient slow = new RawClient(proxy.port(), 16 * 1024)) {
            slow.startUpEncrypted(TLS.context(null));
            slow.query("SELECT repeat('x', 1000), txid_current() FROM generate_series(1, 100000) /* slow tls */")
                    .send();
            Eventually.holds(() -> assertThat(Cluster.backends(
                            Cluster.PRIMARY, "query LIKE '%/* slow tls */' AND wait_event = 'ClientWrite'"))
                    .isEqualTo(1));

            int rows = 0;
            while (slow.receive().tag() != 'Z') {
                rows++;
            }
            assertThat(rows).isEqualTo(100_002);
        }
    }

    /** Lines of 1000 bytes. */
    private static InputStream lines(int count) {
        byte[] line = ("y".repeat(999) + "\n").getBytes(StandardCharsets.US_ASCII);
        return new InputStream() {
            private long at;

            @Override
            public int read() {
                return at >= (long) count * line.length ? -1 : line[(int) (at++ % line.length)];
            }
        };
    }

    // ---- counters

    private static long failedHandshakes() {
        return total(proxy, LoopMetrics.Counter.TLS_HANDSHAKES_FAILED);
    }

    private static long total(TestProxy of, LoopMetrics.Counter counter) {
        return of.server().loopMetrics().stream()
                .mapToLong(metrics -> metrics.value(counter))
                .sum();
    }
}
