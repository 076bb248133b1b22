package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which pool_mode holds for a session, and how that is shown. */
class PoolModesTest {
    private static final String COLUMNS = "pool_mode pool_mode_source pinned_by";

    @SuppressWarnings("NullAway.Init") // by each test
    private TestProxy proxy;

    @AfterEach
    void stop() {
        proxy.close();
    }

    private void start(String... settings) {
        proxy = TestProxy.start(settings);
    }

    /** What SHOW POOL_SESSIONS says of the session that asks. */
    private static String shown(Connection session) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet sessions = statement.executeQuery("SHOW POOL_SESSIONS")) {
            List<String> found = new ArrayList<>();
            while (sessions.next()) {
                if (sessions.getString("application_name").equals("asks")) {
                    for (String column : COLUMNS.split(" ")) {
                        found.add(sessions.getString(column));
                    }
                }
            }
            return String.join("|", found);
        }
    }

    private Connection connect() throws SQLException {
        return proxy.connect("ApplicationName=asks");
    }

    @ParameterizedTest
    @CsvSource({
        "session    , ''                        , ''                             , session    , pool_mode",
        "transaction, ''                        , ''                             , transaction, pool_mode",
        "session    , 'other:session,a.*:transaction', ''                        , transaction, database_pool_mode_list",
        "transaction, 'app:session'             , ''                             , session    , database_pool_mode_list",
        "session    , 'app:transaction'         , 'app:session'                  , session    , user_pool_mode_list",
        "session    , 'app:session'             , 'nobody:session,ap+:transaction', transaction, user_pool_mode_list",
        "transaction, 'app:session'             , 'nobody:transaction'           , session    , database_pool_mode_list"
    })
    void theListByUserComesBeforeThatByDatabaseAndBothBeforeTheGeneralMode(
            String general, String byDatabase, String byUser, String mode, String source) throws SQLException {
        start(
                "pool_mode = " + general,
                "database_pool_mode_list = '" + byDatabase + "'",
                "user_pool_mode_list = '" + byUser + "'");
        try (Connection session = connect()) {
            assertThat(shown(session)).isEqualTo(mode + "|" + source + "|");
        }
    }

    @Test
    void aReloadChangesTheModeOfNewSessionsOnly() throws SQLException, IOException {
        start("pool_mode = session");
        try (Connection before = connect()) {
            proxy.reload(List.of("pool_mode = session", "user_pool_mode_list = 'app:transaction'"));
            try (Connection after = connect()) {
                assertThat(shown(after))
                        .contains("transaction|user_pool_mode_list|")
                        .contains("session|pool_mode|");
            }
            Eventually.holds(() -> assertThat(shown(before)).isEqualTo("session|pool_mode|"));
        }
    }

    @Test
    void aSessionWhoseLoginWasRelayedKeepsItsBackendWhateverTheSettingsSay() throws SQLException {
        start("pool_mode = transaction");
        String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + Cluster.USER + "?ApplicationName=asks";
        try (Connection session = DriverManager.getConnection(url, Cluster.MD5_USER, Cluster.PASSWORD)) {
            assertThat(shown(session)).isEqualTo("session|its login was relayed to one backend|");
        }
    }

    @Test
    void whatKeepsABackendIsShownUntilItEnds() throws SQLException {
        start("pool_mode = transaction");
        try (Connection session = connect();
                Statement statement = session.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(4712)");
            assertThat(shown(session)).isEqualTo("transaction|pool_mode|advisory locks");
            statement.execute("SELECT pg_advisory_unlock(4712)");
            Eventually.holds(() -> assertThat(shown(session)).isEqualTo("transaction|pool_mode|"));
            session.setAutoCommit(false);
            statement.execute("SELECT txid_current()");
            assertThat(shown(session)).isEqualTo("transaction|pool_mode|an open transaction");
            session.commit();
            session.setAutoCommit(true);
            assertThat(shown(session)).isEqualTo("transaction|pool_mode|");
        }
    }
}
