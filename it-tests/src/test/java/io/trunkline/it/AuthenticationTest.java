package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

/** Who gets in, and on whose backend. */
class AuthenticationTest {

    @ParameterizedTest
    @ValueSource(strings = {Cluster.SCRAM_USER, Cluster.MD5_USER})
    void userWithoutAnEntryProvesItToTheServer(String user) throws SQLException {
        try (TestProxy proxy = TestProxy.start()) {
            try (Connection connection = proxy.connectAs(user, Cluster.PASSWORD)) {
                assertThat(whoAmI(connection)).isEqualTo(user);
            }
            assertRefused(proxy, user, "wrong");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Cluster.SCRAM_USER, Cluster.MD5_USER})
    void plainEntryWorksForServersOfBothKinds(String user) throws SQLException {
        try (TestProxy proxy =
                TestProxy.start(Cluster.shared(), List.of(), List.of(user + ":TEXT" + Cluster.PASSWORD))) {
            try (Connection connection = proxy.connectAs(user, Cluster.PASSWORD)) {
                assertThat(whoAmI(connection)).isEqualTo(user);
                Eventually.holds(() -> assertThat(readNode(connection)).isEqualTo(Cluster.port(TestProxy.READ_NODE)));
            }
            assertRefused(proxy, user, "wrong");
        }
    }

    @Test
    void md5EntryWorksForAnMd5Server() throws Exception {
        String entry = Cluster.MD5_USER + ":" + md5(Cluster.PASSWORD + Cluster.MD5_USER);
        try (TestProxy proxy = TestProxy.start(Cluster.shared(), List.of(), List.of(entry))) {
            try (Connection connection = proxy.connectAs(Cluster.MD5_USER, Cluster.PASSWORD)) {
                Eventually.holds(() -> assertThat(readNode(connection)).isEqualTo(Cluster.port(TestProxy.READ_NODE)));
            }
            assertRefused(proxy, Cluster.MD5_USER, "wrong");
        }
    }

    @Test
    void verifierOfTheServerWorksForAScramServer() throws SQLException {
        String verifier = Cluster.storedPassword(Cluster.SCRAM_USER);
        try (TestProxy proxy =
                TestProxy.start(Cluster.shared(), List.of(), List.of(Cluster.SCRAM_USER + ":" + verifier))) {
            try (Connection connection = proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD)) {
                Eventually.holds(() -> assertThat(readNode(connection)).isEqualTo(Cluster.port(TestProxy.READ_NODE)));
            }
            assertRefused(proxy, Cluster.SCRAM_USER, "wrong");
        }
    }

    @Test
    void verifiedSessionsShareBackends() throws SQLException {
        try (TestProxy proxy = TestProxy.start(
                Cluster.shared(),
                List.of("worker_threads = 1"),
                List.of(Cluster.SCRAM_USER + ":TEXT" + Cluster.PASSWORD))) {
            int first;
            try (Connection connection = proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD)) {
                first = backendPid(connection);
            }
            proxy.awaitNoneBusy(Cluster.PRIMARY);
            try (Connection connection = proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD)) {
                assertThat(backendPid(connection)).isEqualTo(first);
            }
        }
    }

    @Test
    void relayedSessionsDoNotShareBackends() throws SQLException {
        try (TestProxy proxy = TestProxy.start()) {
            int first;
            try (Connection connection = proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD)) {
                first = backendPid(connection);
            }
            Eventually.holds(() -> assertThat(Cluster.backends(Cluster.PRIMARY, "pid = " + first))
                    .isZero());
            try (Connection connection = proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD)) {
                assertThat(backendPid(connection)).isNotEqualTo(first);
            }
        }
    }

    @Test
    void cachedBackendOfAPasswordUserIsNotForWhoHasNoProof() throws IOException, SQLException {
        try (TestProxy proxy = TestProxy.start(
                Cluster.shared(), List.of(), List.of(Cluster.SCRAM_USER + ":TEXT" + Cluster.PASSWORD))) {
            try (Connection connection = proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD)) {
                backendPid(connection);
            }
            proxy.awaitNoneBusy(Cluster.PRIMARY);
            assertThat(proxy.idle(Cluster.PRIMARY)).isPositive();
            try (RawClient client = new RawClient(proxy.port())) {
                client.startupMessage(RawClient.V3_0, Map.of("user", Cluster.SCRAM_USER, "database", Cluster.USER))
                        .send();
                assertThat(client.receive().tag()).isEqualTo('R');
                client.message('p', new byte[] {0}).send();
                List<RawMessage> answers = client.untilClosed();

                assertThat(RawClient.tags(answers)).isEqualTo("E");
            }
        }
    }

    @Test
    void trustForOneUserIsNoTrustForAnother() throws SQLException {
        try (TestProxy proxy = TestProxy.start()) {
            try (Connection connection = proxy.connect()) {
                assertThat(whoAmI(connection)).isEqualTo(Cluster.USER);
            }
            assertRefused(proxy, Cluster.SCRAM_USER, "");
        }
    }

    @Test
    void unknownUserGetsTheServersError() {
        try (TestProxy proxy = TestProxy.start()) {
            assertThatThrownBy(() -> proxy.connectAs("nobody_at_all", "x").close())
                    .isInstanceOfSatisfying(
                            PSQLException.class,
                            failure -> assertThat(failure.getSQLState()).isEqualTo("28000"))
                    .hasMessageContaining("role \"nobody_at_all\" does not exist");
        }
    }

    @Test
    void unknownUserInPoolPasswdIsToldNoMoreThanAWrongPassword() throws SQLException {
        try (TestProxy proxy = TestProxy.start(Cluster.shared(), List.of(), List.of("ghost:TEXT" + Cluster.PASSWORD))) {
            assertRefused(proxy, "ghost", "wrong");
            assertThatThrownBy(() -> proxy.connectAs("ghost", Cluster.PASSWORD).close())
                    .isInstanceOf(PSQLException.class)
                    .hasMessageContaining("ghost");
        }
    }

    @Test
    void entryThatDiffersFromTheServersPasswordFailsAtTheServer() {
        try (TestProxy proxy =
                TestProxy.start(Cluster.shared(), List.of(), List.of(Cluster.SCRAM_USER + ":TEXTold password"))) {
            assertThatThrownBy(() -> {
                        try (Connection connection = proxy.connectAs(Cluster.SCRAM_USER, "old password")) {
                            whoAmI(connection);
                        }
                    })
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void likeAnOlderPgpoolOnlyWhomTheServersAskIsAsked() throws SQLException {
        List<String> entries = List.of(Cluster.USER + ":TEXTsecret", Cluster.SCRAM_USER + ":TEXT" + Cluster.PASSWORD);
        try (TestProxy proxy = TestProxy.start(Cluster.shared(), List.of("pgpool_compat_version = 4.3"), entries)) {
            for (int i = 0; i < 2; i++) {
                try (Connection connection = proxy.connectAs(Cluster.USER, "")) {
                    assertThat(whoAmI(connection)).isEqualTo(Cluster.USER);
                    Eventually.holds(
                            () -> assertThat(readNode(connection)).isEqualTo(Cluster.port(TestProxy.READ_NODE)));
                }
                assertRefused(proxy, Cluster.SCRAM_USER, "wrong");
                try (Connection connection = proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD)) {
                    assertThat(whoAmI(connection)).isEqualTo(Cluster.SCRAM_USER);
                }
            }
        }
    }

    @Test
    void whoHasAnEntryIsAskedEvenWhereTheServersTrust() throws SQLException {
        try (TestProxy proxy =
                TestProxy.start(Cluster.shared(), List.of(), List.of(Cluster.USER + ":TEXT" + Cluster.PASSWORD))) {
            assertRefused(proxy, Cluster.USER, "wrong");
            try (Connection connection = proxy.connectAs(Cluster.USER, Cluster.PASSWORD)) {
                assertThat(whoAmI(connection)).isEqualTo(Cluster.USER);
            }
            assertRefused(proxy, Cluster.USER, "wrong");
        }
    }

    @Test
    void cancelKeysOfRelayedSessionsAreOurOwn() throws Exception {
        try (TestProxy proxy = TestProxy.start();
                Connection connection = proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD);
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertThatThrownBy(() -> statement.execute("SELECT pg_sleep(60)"))
                    .hasMessageContaining("canceling statement due to user request");
        }
    }

    private static void assertRefused(TestProxy proxy, String user, String password) {
        assertThatThrownBy(() -> proxy.connectAs(user, password).close())
                .isInstanceOf(PSQLException.class)
                .satisfies(failure ->
                        assertThat(((PSQLException) failure).getSQLState()).isIn("28P01", "08004"));
    }

    private static String whoAmI(Connection connection) throws SQLException {
        return value(connection, "SELECT current_user, txid_current()");
    }

    private static String readNode(Connection connection) throws SQLException {
        return value(connection, "SELECT port FROM here");
    }

    private static int backendPid(Connection connection) throws SQLException {
        return Integer.parseInt(value(connection, "SELECT pg_backend_pid(), txid_current()"));
    }

    private static String value(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static String md5(String text) throws NoSuchAlgorithmException {
        byte[] digest = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
        return "md5" + HexFormat.of().formatHex(digest);
    }
}
