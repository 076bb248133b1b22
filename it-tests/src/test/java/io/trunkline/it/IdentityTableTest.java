package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.certificates.Issued;
import io.trunkline.it.AuthenticationCell.Client;
import io.trunkline.it.AuthenticationCell.Front;
import io.trunkline.it.AuthenticationCell.Stored;
import io.trunkline.localcluster.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@link AuthenticationTableTest} has, for clients whom a certificate or the operating system names: with all that
 * Trunkline can have stored, and all that the servers can ask. The password that the client brings counts only where the
 * server asks the client itself for it. With psql.
 */
class IdentityTableTest {
    private static final TlsFixture TLS = new TlsFixture();

    /** One proxy without auth_query and one with it. */
    private static final Map<Boolean, TestProxy> PROXIES = new HashMap<>();

    private static Path sockets = Path.of("");

    static Stream<Arguments> cells() {
        return AuthenticationCell.all(Front.BY_IDENTITY).stream().map(Arguments::of);
    }

    @BeforeAll
    static void start() throws IOException {
        List<AuthenticationCell> cells = AuthenticationCell.all(Front.BY_IDENTITY);
        StringBuilder roles = new StringBuilder();
        cells.forEach(cell -> roles.append(cell.createRoles()));
        Cluster.shared().node(Cluster.PRIMARY).query(roles.toString());
        Cluster.awaitStandbys();
        List<String> passwords = new ArrayList<>();
        for (AuthenticationCell cell : cells) {
            passwords.addAll(cell.entries(Cluster.shared().node(Cluster.PRIMARY)));
            if (cell.front() == Front.CERT) {
                issue(cell.user());
                issue(cell.expiredUser());
            }
        }
        issue("t_cert_ghost");
        sockets = Files.createTempDirectory("trunkline-it");
        for (boolean query : List.of(false, true)) {
            List<String> settings = new ArrayList<>(List.of(TLS.settings(
                    "ssl_ca_cert = '" + TLS.path("ca.crt") + "'",
                    "unix_socket_directories = '" + sockets + "'",
                    "enable_pool_hba = on")));
            if (query) {
                settings.add("auth_query_user = '" + Cluster.shared().superuser() + "'");
            }
            PROXIES.put(
                    query,
                    TestProxy.start(
                            Cluster.shared(),
                            settings,
                            passwords,
                            List.of("hostssl all all all cert", "local all all peer map=account"),
                            List.of("account " + System.getProperty("user.name") + " /^t_peer_")));
        }
    }

    private static void issue(String user) {
        Issued issued = TLS.authority.issue("CN=" + user);
        issued.writeCertificate(TLS.directory.resolve(user + ".crt"));
        issued.writeKey(TLS.directory.resolve(user + ".key"));
    }

    @AfterAll
    static void stop() throws IOException {
        PROXIES.values().forEach(TestProxy::close);
        PROXIES.clear();
        FileTree.delete(sockets);
        StringBuilder roles = new StringBuilder();
        AuthenticationCell.all(Front.BY_IDENTITY).forEach(cell -> roles.append(cell.dropRoles()));
        Cluster.shared().node(Cluster.PRIMARY).query(roles.toString());
    }

    private static TestProxy proxy(boolean query) {
        return Objects.requireNonNull(PROXIES.get(query));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cells")
    void combination(AuthenticationCell cell) {
        comes(cell, Client.RIGHT, cell.user(), AuthenticationCell.password(cell.user()));
        comes(cell, Client.WRONG, cell.user(), AuthenticationCell.password("somebody else"));
        comes(cell, Client.RIGHT, cell.user(), AuthenticationCell.password(cell.user()));
        comes(cell, Client.EXPIRED, cell.expiredUser(), AuthenticationCell.password(cell.expiredUser()));
        if (cell.front() == Front.CERT) {
            String right = AuthenticationCell.password(cell.user());
            assertThat(psql(cell, cell.user(), cell.expiredUser(), right).err())
                    .as("with the certificate of another user")
                    .contains("certificate authentication failed for user \"" + cell.user() + "\"");
        }
    }

    private static void comes(AuthenticationCell cell, Client client, String user, String password) {
        Optional<String> wanted = cell.expected(client);
        External.Ended ended = psql(cell, user, user, password);
        if (wanted.isEmpty()) {
            assertThat(ended.succeeded().out()).as("%s: %s", cell, client).isEqualTo(user + "\n");
        } else {
            assertThat(ended.err()).as("%s: %s", cell, client).contains(wanted.get());
            assertThat(ended.out()).as("%s: %s", cell, client).isEmpty();
        }
    }

    @Test
    void whoDoesNotExistIsToldSoByTheServerOnceTheIdentityIsRight() {
        for (boolean query : List.of(false, true)) {
            assertThat(overTls(proxy(query), "t_cert_ghost", "t_cert_ghost", "anything")
                            .err())
                    .contains("role \"t_cert_ghost\" does not exist");
            assertThat(overTheSocket(proxy(query), "t_peer_ghost", "anything").err())
                    .contains("role \"t_peer_ghost\" does not exist");
        }
    }

    @Test
    void whomTheMapDoesNotNameIsRefused() {
        for (boolean query : List.of(false, true)) {
            assertThat(overTheSocket(proxy(query), Cluster.USER, "anything").err())
                    .contains("Peer authentication failed for user \"" + Cluster.USER + "\"");
        }
    }

    private static External.Ended psql(AuthenticationCell cell, String user, String certificate, String password) {
        TestProxy proxy = proxy(cell.stored() == Stored.QUERY);
        return cell.front() == Front.CERT
                ? overTls(proxy, user, certificate, password)
                : overTheSocket(proxy, user, password);
    }

    private static External.Ended overTls(TestProxy proxy, String user, String certificate, String password) {
        return psql(
                Map.of(
                        "PGPASSWORD",
                        password,
                        "PGSSLMODE",
                        "require",
                        "PGSSLCERT",
                        TLS.path(certificate + ".crt"),
                        "PGSSLKEY",
                        TLS.path(certificate + ".key")),
                "localhost",
                proxy,
                user);
    }

    private static External.Ended overTheSocket(TestProxy proxy, String user, String password) {
        return psql(Map.of("PGPASSWORD", password), sockets.toString(), proxy, user);
    }

    private static External.Ended psql(Map<String, String> environment, String host, TestProxy proxy, String user) {
        return External.run(
                environment,
                "SELECT current_user FROM txid_current();",
                List.of(
                        External.postgresProgram("psql"),
                        "-XqAtw",
                        "-v",
                        "ON_ERROR_STOP=1",
                        "-h",
                        host,
                        "-p",
                        Integer.toString(proxy.port()),
                        "-U",
                        user,
                        "-d",
                        Cluster.USER));
    }
}
