package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

/**
 * Users whose passwords only the servers know: Trunkline has a role for auth_query, and no pool_passwd. The role asks for
 * a password too, and has no more than the right to read pg_authid.
 */
class AuthQueryTest {
    private static final String[] ROLES = {"aq_one", "aq_two", "aq_changed", "aq_expired", "aq_nologin", "aq_none"};

    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        Cluster.shared();
        sql("SET password_encryption = 'scram-sha-256'; CREATE ROLE aq LOGIN PASSWORD 'ask me' IN ROLE "
                + Cluster.SCRAM_ROLES);
        for (String role : ROLES) {
            sql("SET password_encryption = 'scram-sha-256'; CREATE ROLE " + role + " LOGIN PASSWORD '"
                    + Cluster.PASSWORD + "' IN ROLE " + Cluster.SCRAM_ROLES);
        }
        sql("ALTER ROLE aq_expired VALID UNTIL '2001-01-01'");
        sql("ALTER ROLE aq_nologin NOLOGIN");
        sql("ALTER ROLE aq_none PASSWORD NULL");
        sql("GRANT SELECT ON pg_catalog.pg_authid TO aq");
        Cluster.awaitStandbys();
        proxy = start("1s");
    }

    private static TestProxy start(String ttl, String... more) {
        List<String> settings = new ArrayList<>(List.of(
                "auth_query_user = 'aq'",
                "auth_query_password = 'TEXTask me'",
                "auth_query_cache_ttl = '" + ttl + "'",
                "backend_weight0 = 1",
                "backend_weight1 = 1",
                "backend_weight2 = 1"));
        settings.addAll(List.of(more));
        return TestProxy.start(Cluster.shared(), settings, List.of());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        sql("REVOKE ALL ON pg_catalog.pg_authid FROM aq; DROP ROLE aq");
        for (String role : ROLES) {
            sql("DROP ROLE " + role);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"aq_one", "aq_two", Cluster.SCRAM_USER, Cluster.MD5_USER})
    void everyUserOfTheServerLogsInThroughPsql(String user) {
        assertThat(psql(user, Cluster.PASSWORD, "SELECT current_user")
                        .succeeded()
                        .out())
                .isEqualTo(user + "\n");
        assertThat(psql(user, "wrong", "SELECT 1").err())
                .contains("FATAL:  password authentication failed for user \"" + user + "\"");
    }

    @Test
    void readsAreBalancedOverThePrimaryAndItsStandbys() throws SQLException {
        Eventually.holds(() -> {
            List<String> ports = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                try (Connection connection = proxy.connectAs("aq_one", Cluster.PASSWORD)) {
                    ports.add(value(connection, "SELECT port FROM here"));
                }
            }
            assertThat(ports).contains(Cluster.port(0), Cluster.port(1), Cluster.port(2));
        });
    }

    @Test
    void backendsAreSharedByThoseWhoHaveProvedThePassword() throws SQLException {
        int first;
        try (Connection connection = proxy.connectAs("aq_one", Cluster.PASSWORD)) {
            first = Integer.parseInt(value(connection, "SELECT pg_backend_pid(), txid_current()"));
        }
        Eventually.holds(() -> {
            try (Connection connection = proxy.connectAs("aq_one", Cluster.PASSWORD)) {
                assertThat(value(connection, "SELECT pg_backend_pid(), txid_current()"))
                        .isEqualTo(Integer.toString(first));
            }
        });
        refused("aq_one", "wrong");
        refused("aq_two", "wrong");
    }

    @ParameterizedTest
    @ValueSource(strings = {"aq_expired", "aq_nologin", "aq_none", "aq_nobody", "AQ_ONE", "aq_one' OR 'a'='a"})
    void whoMayNotLogInHearsWhatAWrongPasswordHears(String user) {
        PSQLException failure = refused(user, Cluster.PASSWORD);
        assertThat(failure.getServerErrorMessage().getMessage())
                .isEqualTo("password authentication failed for user \"" + user + "\"");
        assertThat(failure.getServerErrorMessage().getDetail()).isNull();
    }

    @Test
    void unknownUserHasASaltThatStays() throws IOException {
        String first = salt("aq_nobody");
        assertThat(salt("aq_nobody")).isEqualTo(first);
        assertThat(salt("aq_somebody")).isNotEqualTo(first);
        assertThat(salt("aq_one")).isEqualTo(salt("aq_one"));
    }

    @Test
    void changedPasswordCountsAtOnceForWhoTriesAgain() throws SQLException {
        try (TestProxy longTtl = start("1h")) {
            longTtl.connectAs("aq_changed", Cluster.PASSWORD).close();
            Eventually.holds(() -> {
                sql("SET password_encryption = 'scram-sha-256'; ALTER ROLE aq_changed PASSWORD 'fresh'");
                longTtl.connectAs("aq_changed", "fresh").close();
            });
            refused(longTtl, "aq_changed", Cluster.PASSWORD);
            try (Connection connection = longTtl.connectAs("aq_changed", "fresh")) {
                assertThat(value(connection, "SELECT current_user")).isEqualTo("aq_changed");
            }
        }
    }

    @Test
    void queryThatFailsIsToldInTheLogAndLetsNobodyIn() {
        try (TestProxy broken =
                start("1s", "auth_query = 'SELECT rolname, nonsense FROM pg_catalog.pg_authid WHERE rolname = $1'")) {
            PSQLException failure = refused(broken, "aq_one", Cluster.PASSWORD);
            assertThat(failure.getSQLState()).isEqualTo("57P03");
        }
    }

    @Test
    void entryOfPoolPasswdComesFirst() throws SQLException {
        try (TestProxy both = TestProxy.start(
                Cluster.shared(),
                List.of("auth_query_user = 'aq'", "auth_query_password = 'ask me'"),
                List.of("aq_one:TEXTother"))) {
            refused(both, "aq_one", Cluster.PASSWORD);
            both.connectAs("aq_two", Cluster.PASSWORD).close();
        }
    }

    @Test
    void rulesForRolesAreForDirectAndIndirectMembersAndNotForSuperusers() throws SQLException {
        sql("CREATE ROLE aq_staff; CREATE ROLE aq_team NOINHERIT IN ROLE aq_staff; CREATE ROLE aq_banned;"
                + " SET password_encryption = 'scram-sha-256';"
                + " CREATE ROLE aq_super SUPERUSER LOGIN PASSWORD '" + Cluster.PASSWORD + "';"
                + " CREATE ROLE aq_same LOGIN PASSWORD '" + Cluster.PASSWORD + "' IN ROLE " + Cluster.USER + ", "
                + Cluster.SCRAM_ROLES + "; GRANT aq_team TO aq_one; GRANT aq_team, aq_banned TO aq_two");
        Cluster.awaitStandbys();
        try (TestProxy ruled = TestProxy.start(
                Cluster.shared(),
                List.of("auth_query_user = 'aq'", "auth_query_password = 'ask me'", "enable_pool_hba = on"),
                List.of(),
                List.of(
                        "host all +aq_banned all reject",
                        "host all +aq_staff all scram-sha-256",
                        "host samerole all all scram-sha-256"))) {
            for (String member : List.of("aq_one", "aq_same")) {
                try (Connection connection = ruled.connectAs(member, Cluster.PASSWORD)) {
                    assertThat(value(connection, "SELECT current_user")).isEqualTo(member);
                }
            }
            assertThatThrownBy(() -> ruled.connectAs("aq_two", Cluster.PASSWORD).close())
                    .hasMessageContaining("pool_hba.conf rejects connection for host");
            assertThatThrownBy(
                            () -> ruled.connectAs("aq_super", Cluster.PASSWORD).close())
                    .hasMessageContaining("no pool_hba.conf entry for host");
            assertThatThrownBy(
                            () -> ruled.connectAs("aq_staff_", Cluster.PASSWORD).close())
                    .hasMessageContaining("no pool_hba.conf entry for host");
        } finally {
            sql("DROP ROLE aq_staff, aq_team, aq_banned, aq_super, aq_same");
        }
    }

    @Test
    void fewConnectionsAnswerForMany() throws SQLException {
        for (int i = 0; i < 30; i++) {
            refused("aq_flood_" + i, "x");
        }
        assertThat(Cluster.backends(Cluster.PRIMARY, "usename = 'aq'")).isBetween(1, 3);
    }

    // ---- how it is asked

    private static External.Ended psql(String user, String password, String sql) {
        return External.run(
                Map.of("PGPASSWORD", password),
                "",
                List.of(
                        External.postgresProgram("psql"),
                        "-X",
                        "-A",
                        "-t",
                        "-h",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(proxy.port()),
                        "-U",
                        user,
                        "-d",
                        Cluster.USER,
                        "-c",
                        sql));
    }

    private static PSQLException refused(String user, String password) {
        return refused(proxy, user, password);
    }

    private static PSQLException refused(TestProxy by, String user, String password) {
        PSQLException[] failure = new PSQLException[1];
        assertThatThrownBy(() -> by.connectAs(user, password).close())
                .isInstanceOfSatisfying(PSQLException.class, thrown -> failure[0] = thrown);
        assertThat(failure[0].getSQLState()).isIn("28P01", "57P03");
        return failure[0];
    }

    /** The salt that a client of this name is sent. */
    private static String salt(String user) throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.startupMessage(RawClient.V3_0, Map.of("user", user, "database", Cluster.USER))
                    .send();
            assertThat(client.receive().tag()).isEqualTo('R');
            byte[] first = "n,,n=,r=rOprNGfwEbeRWgbNEkqO".getBytes(StandardCharsets.US_ASCII);
            byte[] length = {0, 0, 0, (byte) first.length};
            client.message('p', RawClient.cString("SCRAM-SHA-256"), length, first)
                    .send();
            String answer = new String(client.receive().body(), StandardCharsets.US_ASCII);
            Matcher salt = Pattern.compile("s=([^,]+),i=4096").matcher(answer);
            assertThat(salt.find()).as(answer).isTrue();
            return salt.group(1);
        }
    }

    private static String value(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static void sql(String sql) {
        Cluster.shared().node(Cluster.PRIMARY).query(sql);
    }
}
