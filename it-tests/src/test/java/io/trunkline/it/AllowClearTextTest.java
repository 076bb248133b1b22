package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * allow_clear_text_frontend_auth without rules and without stored passwords: Trunkline asks for the password in clear,
 * and the servers judge it, each time anew.
 */
class AllowClearTextTest {
    private static final String SCRAM = "clear_scram";
    private static final String MD5 = "clear_md5";
    private static final String PASSWORD = "clear_password";

    @BeforeAll
    static void start() {
        Cluster.shared()
                .node(Cluster.PRIMARY)
                .query(role(SCRAM, "scram-sha-256", Cluster.SCRAM_ROLES)
                        + role(MD5, "md5", Cluster.MD5_ROLES)
                        + role(PASSWORD, "scram-sha-256", Cluster.PASSWORD_ROLES));
        Cluster.awaitStandbys();
    }

    private static String role(String name, String encryption, String group) {
        return "SET password_encryption = '" + encryption + "'; CREATE ROLE " + name + " LOGIN PASSWORD '"
                + password(name) + "' IN ROLE " + group + "; ";
    }

    @AfterAll
    static void stop() {
        Cluster.shared().node(Cluster.PRIMARY).query("DROP ROLE " + String.join(", ", SCRAM, MD5, PASSWORD));
    }

    private static String password(String user) {
        return "secret of " + user;
    }

    private static TestProxy proxy() {
        return TestProxy.start(
                Cluster.shared(),
                List.of("allow_clear_text_frontend_auth = on", "enable_pool_hba = off", "worker_threads = 1"),
                List.of());
    }

    /** A backend of this user waits in the pool. */
    private static void warm(TestProxy proxy, String user) throws IOException {
        ClearText.admitted(proxy, user, password(user));
        proxy.awaitNoneBusy(Cluster.PRIMARY);
        assertThat(proxy.idle(Cluster.PRIMARY)).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {SCRAM, MD5, PASSWORD})
    void theRightPasswordLogsInToAllServers(String user) throws IOException {
        try (TestProxy proxy = proxy();
                RawClient client = ClearText.session(proxy, user, password(user))) {
            Eventually.holds(
                    () -> assertThat(client.ask("SELECT port FROM here")).isEqualTo(Cluster.port(TestProxy.READ_NODE)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {SCRAM, MD5, PASSWORD})
    void aWrongOrEmptyPasswordIsRefused(String user) throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.wrong(proxy, user, "wrong");
            ClearText.empty(proxy, user);
            assertThat(proxy.server().pool().open(Cluster.PRIMARY)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {SCRAM, MD5, PASSWORD})
    void aWarmPoolLetsNeitherAWrongPasswordNorAnotherUserIn(String user) throws IOException {
        String other = user.equals(SCRAM) ? MD5 : SCRAM;
        try (TestProxy proxy = proxy()) {
            warm(proxy, user);

            ClearText.wrong(proxy, user, "wrong");
            ClearText.wrong(proxy, user, password(other));
            ClearText.empty(proxy, user);
            ClearText.wrong(proxy, other, password(user));

            ClearText.admitted(proxy, user, password(user));
            ClearText.admitted(proxy, other, password(other));
        }
    }

    @Test
    void aSessionBesideOneThatIsOpenNeedsThePasswordToo() throws IOException {
        try (TestProxy proxy = proxy();
                RawClient open = ClearText.session(proxy, SCRAM, password(SCRAM))) {
            ClearText.wrong(proxy, SCRAM, "wrong");
            assertThat(open.ask("SELECT current_user, txid_current()")).isEqualTo(SCRAM);
        }
    }

    @Test
    void whoHasProvedItIsPooled() throws IOException {
        try (TestProxy proxy = proxy()) {
            String pid;
            try (RawClient first = ClearText.session(proxy, SCRAM, password(SCRAM))) {
                pid = backend(first);
                first.terminate().send();
                first.awaitClose();
            }
            proxy.awaitNoneBusy(Cluster.PRIMARY);
            assertThat(Cluster.backends(Cluster.PRIMARY, "pid = " + pid)).isEqualTo(1);
        }
    }

    private static String backend(RawClient client) throws IOException {
        return client.ask("SELECT pg_backend_pid(), txid_current()");
    }

    @Test
    void whomTheServersTrustIsNotAsked() throws IOException {
        try (TestProxy proxy = proxy()) {
            warm(proxy, SCRAM);
            try (RawClient client = proxy.raw()) {
                assertThat(client.ask("SELECT current_user, txid_current()")).isEqualTo(Cluster.USER);
            }
        }
    }
}
