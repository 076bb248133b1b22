package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolPasswd;
import io.trunkline.config.TlsFiles;
import io.trunkline.config.certificates.Issued;
import io.trunkline.config.certificates.TestAuthority;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramVerifier;
import io.trunkline.protocol.tls.TlsProvider;
import io.trunkline.proxy.passwords.VerifierComparison;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that encrypt: a server of its own, with a certificate for localhost and not for its address. */
class TlsBackendTest {
    private static final TlsFixture TLS = new TlsFixture();
    private static final String CERT_USER = "cert_user";
    private static final String ENCRYPTION = "SELECT version || ' ' || coalesce(client_dn, '') FROM pg_stat_ssl"
            + " WHERE pid = pg_backend_pid() AND ssl AND txid_current() > 0";

    private static LocalCluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start(builder -> builder.nodes(1)
                .clientAuthentication("hostssl all " + Cluster.SCRAM_USER + " 127.0.0.1/32 scram-sha-256")
                .clientAuthentication("host all " + Cluster.SCRAM_USER + " 127.0.0.1/32 reject")
                .clientAuthentication("hostssl all " + CERT_USER + " 127.0.0.1/32 cert")
                .clientAuthentication("host all " + CERT_USER + " 127.0.0.1/32 reject"));
        LocalNode node = cluster.node(0);
        node.query("SET password_encryption = 'scram-sha-256'; CREATE ROLE " + Cluster.SCRAM_USER + " LOGIN PASSWORD '"
                + Cluster.PASSWORD + "'; CREATE ROLE " + CERT_USER + " LOGIN");
        TLS.serve(node);
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static TestProxy proxy(String... settings) {
        return TestProxy.start(cluster, List.of(settings), List.of(Cluster.SCRAM_USER + ":TEXT" + Cluster.PASSWORD));
    }

    private static String trust() {
        return "backend_ssl_ca_cert = '" + TLS.path("ca.crt") + "'";
    }

    private static String encryption(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(ENCRYPTION)) {
            return rows.next() ? rows.getString(1) : "none";
        }
    }

    @Test
    void connectionsAreInClearUnlessAskedFor() throws SQLException {
        try (TestProxy proxy = proxy();
                Connection connection = proxy.connect()) {
            assertThat(encryption(connection)).isEqualTo("none");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"prefer", "require", "verify-ca"})
    void connectionsAreEncrypted(String mode) throws SQLException {
        try (TestProxy proxy = proxy("backend_sslmode = '" + mode + "'", trust());
                Connection connection = proxy.connect()) {
            assertThat(encryption(connection)).startsWith("TLSv1.3");
        }
    }

    @Test
    void verifiersAreComparedOverTheSameEncryption(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("pool_passwd");
        Files.writeString(
                file,
                Cluster.SCRAM_USER + ":"
                        + ScramVerifier.of(Password.of(Cluster.PASSWORD), 4096).format());
        VerifierComparison comparison =
                new VerifierComparison(PoolPasswd.read(file).passwords());

        VerifierComparison.Result encrypted = compare(comparison, "backend_sslmode = verify-ca", trust());
        assertThat(encrypted.misfits())
                .singleElement()
                .asString()
                .startsWith(
                        file + ":1: warning: user \"" + Cluster.SCRAM_USER + "\": the SCRAM verifier is not that of");
        assertThat(encrypted.notCompared()).isEmpty();

        VerifierComparison.Result inClear = compare(comparison, "backend_sslmode = disable");
        assertThat(inClear.misfits()).isEmpty();
        assertThat(inClear.notCompared())
                .singleElement()
                .asString()
                .startsWith("1 SCRAM verifier was not compared: node 0 (127.0.0.1:")
                .contains("says: pg_hba.conf rejects connection");
    }

    private static VerifierComparison.Result compare(VerifierComparison comparison, String... settings) {
        PgpoolConfig config = TestProxy.config(TestProxy.configText(cluster, 9999, List.of(settings)));
        return comparison.run(
                config, TlsFiles.read(Path.of("pgpool.conf"), config).files());
    }

    @Test
    void sslOnPrefersEncryptionOfNodesToo() throws SQLException {
        try (TestProxy proxy = proxy(
                        "ssl = on",
                        "ssl_cert = '" + TLS.path("server.crt") + "'",
                        "ssl_key = '" + TLS.path("server.key") + "'");
                Connection connection = proxy.connect()) {
            assertThat(encryption(connection)).startsWith("TLSv1.3");
        }
    }

    @ParameterizedTest
    @EnumSource(TlsProvider.class)
    void nameOfTheServerIsVerified(TlsProvider provider) throws SQLException {
        System.setProperty(TlsProvider.PROPERTY, provider.name());
        try {
            String[] settings = {"backend_sslmode0 = 'verify-full'", trust(), "backend_hostname0 = 'localhost'"};
            try (TestProxy proxy = proxy(settings);
                    Connection connection = proxy.connect()) {
                assertThat(encryption(connection)).startsWith("TLSv1.3");
            }
            settings[2] = "backend_hostname0 = '127.0.0.1'";
            try (TestProxy proxy = proxy(settings)) {
                assertThatThrownBy(() -> proxy.connect().close())
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("TLS handshake failed");
            }
        } finally {
            System.clearProperty(TlsProvider.PROPERTY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify-ca", "require", "prefer"})
    void serverOfAnotherAuthorityIsRefused(String mode) {
        Path other = TestAuthority.named("Test authority").own().writeCertificate(TLS.directory.resolve("other.crt"));
        try (TestProxy proxy = proxy("backend_sslmode = '" + mode + "'", "backend_ssl_ca_cert = '" + other + "'")) {
            assertThatThrownBy(() -> proxy.connect().close()).hasMessageContaining("TLS handshake failed");
        }
    }

    @Test
    void revokedServerIsRefused() throws Exception {
        Issued server;
        try (var in = Files.newInputStream(cluster.node(0).dataDirectory().resolve("server.crt"))) {
            server = new Issued(
                    (java.security.cert.X509Certificate) java.security.cert.CertificateFactory.getInstance("X.509")
                            .generateCertificate(in),
                    TLS.server.keys());
        }
        Path revoked = TLS.authority.revoke(TLS.directory.resolve("server.crl"), server);
        try (TestProxy proxy =
                proxy("backend_sslmode = 'verify-ca'", trust(), "backend_ssl_crl_file = '" + revoked + "'")) {
            assertThatThrownBy(() -> proxy.connect().close()).hasMessageContaining("has been revoked");
        }
    }

    @Test
    void certificateOfOursLogsIn() throws SQLException {
        Issued own = TLS.authority.issue("CN=" + CERT_USER + ",O=Example");
        Path certificate = own.writeCertificate(TLS.directory.resolve("own.crt"));
        Path key = own.writeKey(TLS.directory.resolve("own.key"));
        try (TestProxy proxy = proxy(
                        "backend_sslmode = 'require'",
                        "backend_ssl_cert = '" + certificate + "'",
                        "backend_ssl_key = '" + key + "'");
                Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + Cluster.USER, CERT_USER, "")) {
            assertThat(encryption(connection)).contains("CN=" + CERT_USER);
        }
    }

    @ParameterizedTest
    @EnumSource(TlsProvider.class)
    void scramIsBoundToTheCertificateOfTheServer(TlsProvider provider) throws SQLException {
        System.setProperty(TlsProvider.PROPERTY, provider.name());
        try (TestProxy proxy = proxy("backend_sslmode = 'require'");
                Connection connection = proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD)) {
            // a client that could bind and did not would be refused by the server: it takes a wrong binding for an
            // attack
            assertThat(encryption(connection)).startsWith("TLSv1.3");
        } finally {
            System.clearProperty(TlsProvider.PROPERTY);
        }
    }

    @Test
    void scramIsRelayedOverAnEncryptedConnection() throws SQLException {
        try (TestProxy proxy = TestProxy.start(cluster, List.of("backend_sslmode = 'require'"), List.of());
                Connection connection = proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD)) {
            assertThat(encryption(connection)).startsWith("TLSv1.3");
        }
    }

    @Test
    void scramCannotBeRelayedFromOneEncryptedConnectionToAnother() {
        try (TestProxy proxy =
                TestProxy.start(cluster, List.of(TLS.settings("backend_sslmode = 'require'")), List.of())) {
            String url = "jdbc:postgresql://localhost:" + proxy.port() + "/" + Cluster.USER + "?sslmode=require";

            assertThatThrownBy(() -> DriverManager.getConnection(url, Cluster.SCRAM_USER, Cluster.PASSWORD)
                            .close())
                    .hasMessageContaining("cannot be relayed where both the client and the server use TLS");
        }
    }

    @Test
    void statementsAreCancelledOverEncryptedConnections() throws SQLException {
        try (TestProxy proxy = proxy("backend_sslmode = 'require'");
                Connection connection = proxy.connect();
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertThatThrownBy(() -> statement.execute("SELECT pg_sleep(60), txid_current()"))
                    .hasMessageContaining("canceling statement due to user request");
        }
    }

    @Test
    void serverWithoutTlsIsSpokenToInClearOnlyIfThatIsAllowed() throws SQLException {
        TlsFixture.switchTls(cluster.node(0), false);
        try {
            try (TestProxy proxy = proxy("backend_sslmode = 'prefer'");
                    Connection connection = proxy.connect()) {
                assertThat(encryption(connection)).isEqualTo("none");
            }
            try (TestProxy proxy = proxy("backend_sslmode = 'require'")) {
                assertThatThrownBy(() -> proxy.connect().close())
                        .hasMessageContaining("the server does not offer TLS, and backend_sslmode requires it");
            }
        } finally {
            TlsFixture.switchTls(cluster.node(0), true);
        }
    }
}
