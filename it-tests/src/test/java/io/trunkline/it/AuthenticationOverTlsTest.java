package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.it.AuthenticationCell.Client;
import io.trunkline.it.AuthenticationCell.Front;
import io.trunkline.it.AuthenticationCell.Server;
import io.trunkline.it.AuthenticationCell.Stored;
import io.trunkline.localcluster.LocalCluster;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
 * What {@link AuthenticationTableTest} has, with TLS: each method of the clients with each of the servers, and what
 * Trunkline has stored in turn. Besides, rules for clients with TLS, and for those without.
 */
class AuthenticationOverTlsTest {
    private static final TlsFixture TLS = new TlsFixture();

    /** Who encrypts. */
    enum Encrypted {
        CLIENT(true, false),
        SERVER(false, true),
        BOTH(true, true);

        final boolean client;
        final boolean server;

        Encrypted(boolean client, boolean server) {
            this.client = client;
            this.server = server;
        }
    }

    /** One proxy for each kind of configuration. */
    private record Kind(Encrypted encrypted, boolean rules, boolean query) {
        static Kind of(Encrypted encrypted, AuthenticationCell cell) {
            return new Kind(encrypted, !cell.isWithoutRules(), cell.stored() == Stored.QUERY);
        }

        TestProxy start(List<String> passwords) {
            List<String> settings = new ArrayList<>();
            if (encrypted.client) {
                settings.addAll(List.of(TLS.settings()));
            }
            settings.add("backend_sslmode = " + (encrypted.server ? "require" : "disable"));
            settings.add("enable_pool_hba = " + (rules ? "on" : "off"));
            if (query) {
                settings.add("auth_query_user = '" + cluster.superuser() + "'");
            }
            List<String> lines = new ArrayList<>();
            lines.add((encrypted.client ? "hostnossl" : "hostssl") + " all all all reject");
            lines.addAll(AuthenticationCell.rules(encrypted.client ? "hostssl" : "hostnossl"));
            return TestProxy.start(cluster, settings, passwords, lines);
        }
    }

    private static final Map<Kind, TestProxy> PROXIES = new HashMap<>();

    private static LocalCluster cluster;

    static Stream<Arguments> cells() {
        List<Arguments> cells = new ArrayList<>();
        for (Encrypted encrypted : Encrypted.values()) {
            cells(encrypted).forEach(cell -> cells.add(Arguments.of(encrypted, cell)));
        }
        return cells.stream();
    }

    private static List<AuthenticationCell> cells(Encrypted encrypted) {
        Stored[] stored = Stored.values();
        List<AuthenticationCell> cells = new ArrayList<>();
        for (Front front : Front.ON_TCP) {
            for (Server server : Server.values()) {
                int turn = front.ordinal() + server.ordinal() + 2 * encrypted.ordinal();
                cells.add(new AuthenticationCell(front, stored[turn % stored.length], server));
            }
        }
        return cells;
    }

    @BeforeAll
    static void start() {
        cluster = Cluster.start(builder -> builder.nodes(1)
                .clientAuthentication("host all +" + Cluster.SCRAM_ROLES + " 127.0.0.1/32 scram-sha-256")
                .clientAuthentication("host all +" + Cluster.MD5_ROLES + " 127.0.0.1/32 md5")
                .clientAuthentication("host all +" + Cluster.PASSWORD_ROLES + " 127.0.0.1/32 password"));
        TLS.serve(cluster.node(0));
        List<AuthenticationCell> all = Stream.of(Encrypted.values())
                .flatMap(encrypted -> cells(encrypted).stream())
                .distinct()
                .toList();
        StringBuilder roles = new StringBuilder();
        for (String group : List.of(Cluster.SCRAM_ROLES, Cluster.MD5_ROLES, Cluster.PASSWORD_ROLES)) {
            roles.append("CREATE ROLE ").append(group).append(';');
        }
        all.forEach(cell -> roles.append(cell.createRoles()));
        cluster.node(0).query(roles.toString());
        List<String> passwords = all.stream()
                .flatMap(cell -> cell.entries(cluster.node(0)).stream())
                .toList();
        for (Encrypted encrypted : Encrypted.values()) {
            for (AuthenticationCell cell : cells(encrypted)) {
                PROXIES.computeIfAbsent(Kind.of(encrypted, cell), kind -> kind.start(passwords));
            }
        }
    }

    @AfterAll
    static void stop() {
        PROXIES.values().forEach(TestProxy::close);
        PROXIES.clear();
        if (cluster != null) {
            cluster.close();
        }
    }

    @ParameterizedTest(name = "encrypted {0}, {1}")
    @MethodSource("cells")
    void combination(Encrypted encrypted, AuthenticationCell cell) {
        comes(encrypted, cell, Client.RIGHT, cell.user(), AuthenticationCell.password(cell.user()));
        comes(encrypted, cell, Client.WRONG, cell.user(), AuthenticationCell.password("somebody else"));
        comes(encrypted, cell, Client.RIGHT, cell.user(), AuthenticationCell.password(cell.user()));
        comes(encrypted, cell, Client.EXPIRED, cell.expiredUser(), AuthenticationCell.password(cell.expiredUser()));
    }

    private static void comes(
            Encrypted encrypted, AuthenticationCell cell, Client client, String user, String password) {
        TestProxy proxy = Objects.requireNonNull(PROXIES.get(Kind.of(encrypted, cell)));
        Optional<String> wanted = expected(encrypted, cell, client);
        Optional<String> error = error(encrypted, proxy, user, password);
        if (wanted.isEmpty()) {
            assertThat(error).as("%s: %s", cell, client).isEmpty();
        } else {
            assertThat(error)
                    .as("%s: %s", cell, client)
                    .hasValueSatisfying(text -> assertThat(text).contains(wanted.get()));
        }
    }

    /** As without TLS, but for clients that are relayed to a server that asks for SCRAM: that would need one channel. */
    private static Optional<String> expected(Encrypted encrypted, AuthenticationCell cell, Client client) {
        boolean asksForScram = cell.server() == Server.SCRAM
                // which a server asks of those who have expired
                || (cell.server() == Server.MD5 && client == Client.EXPIRED);
        return encrypted == Encrypted.BOTH && asksForScram && cell.isRelayed(client)
                ? Optional.of("cannot be relayed where both the client and the server use TLS")
                : cell.expected(client);
    }

    /** What a session on the server fails with, empty if it does not. */
    private static Optional<String> error(Encrypted encrypted, TestProxy proxy, String user, String password) {
        try (Connection connection = connect(proxy, encrypted.client, user, password);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT current_user, ssl, txid_current() FROM pg_stat_ssl"
                        + " WHERE pid = pg_backend_pid()")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getString(1)).isEqualTo(user);
            assertThat(rows.getBoolean(2)).isEqualTo(encrypted.server);
            return Optional.empty();
        } catch (SQLException failure) {
            return Optional.of(String.valueOf(failure.getMessage()));
        }
    }

    private static Connection connect(TestProxy proxy, boolean encrypted, String user, String password)
            throws SQLException {
        String tls = encrypted ? "sslmode=verify-ca&sslrootcert=" + TLS.path("ca.crt") : "sslmode=disable";
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + Cluster.USER + "?" + tls, user, password);
    }

    @Test
    void aRuleForTheOtherKindOfConnectionIsPassedOver() throws SQLException {
        String user = new AuthenticationCell(Front.OFF, Stored.NONE, Server.TRUST).user();
        List<String> settings = new ArrayList<>(List.of(TLS.settings()));
        settings.add("enable_pool_hba = on");
        try (TestProxy proxy = TestProxy.start(
                cluster,
                settings,
                List.of(user + ":TEXTright"),
                List.of("hostnossl all all all trust", "hostssl all all all scram-sha-256"))) {
            connect(proxy, false, user, "wrong").close();
            connect(proxy, true, user, "right").close();
            assertThat(refusal(proxy, true, user)).contains("password authentication failed for user");
        }
        try (TestProxy proxy = TestProxy.start(
                cluster,
                settings,
                List.of(),
                List.of("hostnossl all all all reject", "hostssl all " + user + " all trust"))) {
            connect(proxy, true, user, "anything").close();
            assertThat(refusal(proxy, false, user))
                    .contains("pool_hba.conf rejects connection for host \"127.0.0.1\", user \"" + user + "\"");
            assertThat(refusal(proxy, true, Cluster.USER))
                    .contains("no pool_hba.conf entry for host \"127.0.0.1\", user \"" + Cluster.USER
                            + "\", database \"" + Cluster.USER + "\", SSL encryption");
        }
    }

    private static String refusal(TestProxy proxy, boolean encrypted, String user) {
        try (Connection connection = connect(proxy, encrypted, user, "wrong")) {
            return "let in: " + connection;
        } catch (SQLException failure) {
            return String.valueOf(failure.getMessage());
        }
    }
}
