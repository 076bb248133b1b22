package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.localcluster.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rules that ask who somebody is outside of the database: by certificate and by the operating system; and channel binding. */
class IdentityRulesTest {
    private static final TlsFixture TLS = new TlsFixture();

    private static TestProxy tls(List<String> more, String... rules) {
        List<String> settings =
                new ArrayList<>(Arrays.asList(TLS.settings("ssl_ca_cert = '" + TLS.path("ca.crt") + "'")));
        settings.add("enable_pool_hba = on");
        settings.addAll(more);
        return TestProxy.start(Cluster.shared(), settings, List.of(), List.of(rules));
    }

    @Test
    void certificateAdmitsWhomItNamesAndNobodyElse() {
        try (TestProxy proxy = tls(List.of(), "hostssl all all all cert")) {
            assertThat(psql(proxy, Cluster.USER, true).succeeded().out()).isEqualTo(Cluster.USER + "\n");
            assertThat(psql(proxy, Cluster.SCRAM_USER, true).err())
                    .contains("certificate authentication failed for user \"" + Cluster.SCRAM_USER + "\"");
            assertThat(psql(proxy, Cluster.USER, false).err())
                    .contains("connection requires a valid client certificate");
        }
    }

    @Test
    void certificateMayBeAskedForBesideAPassword() {
        try (TestProxy proxy = tls(
                List.of("auth_query_user = '" + Cluster.shared().superuser() + "'"),
                "hostssl all all all scram-sha-256 clientcert=verify-ca")) {
            assertThat(psql(proxy, Cluster.SCRAM_USER, true).succeeded().out()).isEqualTo(Cluster.SCRAM_USER + "\n");
            assertThat(psql(proxy, Cluster.SCRAM_USER, false).err())
                    .contains("connection requires a valid client certificate");
        }
    }

    @Test
    void withoutTlsARuleForTlsIsNone() {
        try (TestProxy proxy = tls(List.of(), "hostssl all all all trust")) {
            assertThatThrownBy(() -> proxy.connect("sslmode=disable").close())
                    .hasMessageContaining("no pool_hba.conf entry for host \"127.0.0.1\", user \"" + Cluster.USER
                            + "\", database \"" + Cluster.USER + "\", no encryption");
        }
    }

    @Test
    void rejectNamesTheConnection() {
        try (TestProxy proxy = tls(List.of(), "host all " + Cluster.USER + " all reject", "host all all all trust")) {
            assertThatThrownBy(() -> proxy.connect("sslmode=disable").close())
                    .hasMessageContaining(
                            "pool_hba.conf rejects connection for host \"127.0.0.1\", user \"" + Cluster.USER + "\"");
        }
    }

    @Test
    void scramOfAUserThatAuthQueryKnowsBindsToTheChannel() throws SQLException {
        try (TestProxy proxy = tls(
                List.of("auth_query_user = '" + Cluster.shared().superuser() + "'"),
                "hostssl all all all scram-sha-256")) {
            String url = "jdbc:postgresql://localhost:" + proxy.port() + "/" + Cluster.USER
                    + "?sslmode=verify-full&channelBinding=require&sslrootcert=" + TLS.path("ca.crt");
            try (Connection connection = DriverManager.getConnection(url, Cluster.SCRAM_USER, Cluster.PASSWORD);
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT current_user, txid_current()")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).isEqualTo(Cluster.SCRAM_USER);
            }
            assertThatThrownBy(() -> DriverManager.getConnection(url, Cluster.SCRAM_USER, "wrong")
                            .close())
                    .hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void peerIsTheUserOfTheSystem() throws IOException {
        String me = System.getProperty("user.name");
        Cluster.shared()
                .node(Cluster.PRIMARY)
                .query("DROP ROLE IF EXISTS \"" + me + "\"; CREATE ROLE \"" + me + "\" LOGIN");
        Path directory = Files.createTempDirectory("trunkline-it");
        try (TestProxy proxy = TestProxy.start(
                Cluster.shared(),
                List.of("unix_socket_directories = '" + directory + "'", "enable_pool_hba = on"),
                List.of(),
                List.of("local all all peer"))) {
            assertThat(psqlLocally(proxy, directory, me).succeeded().out()).isEqualTo(me + "\n");
            assertThat(psqlLocally(proxy, directory, Cluster.USER).err())
                    .contains("Peer authentication failed for user \"" + Cluster.USER + "\"");
        } finally {
            FileTree.delete(directory);
            Cluster.shared().node(Cluster.PRIMARY).query("DROP ROLE \"" + me + "\"");
        }
    }

    private static External.Ended psqlLocally(TestProxy proxy, Path directory, String user) {
        return psql(Map.of(), directory.toString(), proxy.port(), user);
    }

    private static External.Ended psql(TestProxy proxy, String user, boolean withCertificate) {
        Map<String, String> environment = withCertificate
                ? Map.of(
                        "PGSSLMODE",
                        "require",
                        "PGPASSWORD",
                        Cluster.PASSWORD,
                        "PGSSLCERT",
                        TLS.path("client.crt"),
                        "PGSSLKEY",
                        TLS.path("client.key"))
                : Map.of("PGSSLMODE", "require", "PGPASSWORD", Cluster.PASSWORD);
        return psql(environment, "localhost", proxy.port(), user);
    }

    private static External.Ended psql(Map<String, String> environment, String host, int port, String user) {
        return External.run(
                environment,
                "",
                List.of(
                        External.postgresProgram("psql"),
                        "-X",
                        "-A",
                        "-t",
                        "-h",
                        host,
                        "-p",
                        Integer.toString(port),
                        "-U",
                        user,
                        "-d",
                        Cluster.USER,
                        "-c",
                        "SELECT current_user"));
    }
}
