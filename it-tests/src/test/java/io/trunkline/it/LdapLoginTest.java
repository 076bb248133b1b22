package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.listener.interceptor.InMemoryInterceptedSimpleBindRequest;
import com.unboundid.ldap.listener.interceptor.InMemoryOperationInterceptor;
import com.unboundid.ldap.sdk.LDAPException;
import io.trunkline.localcluster.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A rule {@code ldap}: a directory in memory says who gets in, and real servers serve who does. */
class LdapLoginTest {
    private static final String PEOPLE = "ou=people,dc=example,dc=net";

    /** In the directory, and on the servers with the same password, which they ask for by SCRAM. */
    private static final String ANN = "ldap_ann";

    /** In the directory; the servers trust the role, which has no password. */
    private static final String BOB = "ldap_bob";

    /** In the directory only. */
    private static final String CID = "ldap_cid";

    /** On the servers only, with a password. */
    private static final String DAN = "ldap_dan";

    /** In the directory and on the servers, with another password there. */
    private static final String EVE = "ldap_eve";

    private static final String OTHER_SECRET = "another secret";

    /** The DNs as which somebody has tried to log in to the directory. */
    private static final List<String> BINDS = new CopyOnWriteArrayList<>();

    private static InMemoryDirectoryServer directory;

    @BeforeAll
    static void start() throws Exception {
        InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=example,dc=net");
        config.setSchema(null);
        config.setListenerConfigs(
                InMemoryListenerConfig.createLDAPConfig("ldap", InetAddress.getLoopbackAddress(), 0, null));
        config.addInMemoryOperationInterceptor(new InMemoryOperationInterceptor() {
            @Override
            public void processSimpleBindRequest(InMemoryInterceptedSimpleBindRequest request) throws LDAPException {
                BINDS.add(request.getRequest().getBindDN());
            }
        });
        directory = new InMemoryDirectoryServer(config);
        directory.add("dn: dc=example,dc=net", "objectClass: domain", "dc: example");
        directory.add("dn: " + PEOPLE, "objectClass: organizationalUnit", "ou: people");
        for (String user : List.of(ANN, BOB, CID, EVE)) {
            directory.add(
                    "dn: " + dn(user),
                    "objectClass: inetOrgPerson",
                    "uid: " + user,
                    "cn: " + user,
                    "sn: " + user,
                    "userPassword: " + password(user));
        }
        directory.startListening();
        Cluster.shared()
                .node(Cluster.PRIMARY)
                .query("SET password_encryption = 'scram-sha-256'; " + role(ANN, password(ANN))
                        + role(DAN, password(DAN)) + role(EVE, OTHER_SECRET) + "CREATE ROLE " + BOB + " LOGIN");
        Cluster.awaitStandbys();
    }

    private static String role(String name, String password) {
        return "CREATE ROLE " + name + " LOGIN PASSWORD '" + password + "' IN ROLE " + Cluster.SCRAM_ROLES + "; ";
    }

    @AfterAll
    static void stop() {
        directory.shutDown(true);
        Cluster.shared().node(Cluster.PRIMARY).query("DROP ROLE " + String.join(", ", ANN, BOB, DAN, EVE));
    }

    @BeforeEach
    void forget() {
        BINDS.clear();
    }

    private static String dn(String user) {
        return "uid=" + user + "," + PEOPLE;
    }

    private static String password(String user) {
        return "secret of " + user;
    }

    private static TestProxy proxy(int port, String option, String... passwords) {
        return TestProxy.start(
                Cluster.shared(),
                List.of("enable_pool_hba = on", "worker_threads = 1"),
                List.of(passwords),
                List.of("host all all 127.0.0.1/32 ldap ldapserver=127.0.0.1 ldapport=" + port
                        + " ldapprefix=\"uid=\" ldapsuffix=\"," + PEOPLE + "\" " + option));
    }

    /** The servers get the password that the directory has found right. */
    private static TestProxy passingOn() {
        return proxy(directory.getListenPort(), "backend_use_passwd=1");
    }

    @Test
    void theRightPasswordLogsInToTheDirectoryAndToAllServers() throws IOException {
        try (TestProxy proxy = passingOn();
                RawClient client = ClearText.session(proxy, ANN, password(ANN))) {
            assertThat(BINDS).containsExactly(dn(ANN));
            Eventually.holds(
                    () -> assertThat(client.ask("SELECT port FROM here")).isEqualTo(Cluster.port(TestProxy.READ_NODE)));
        }
    }

    @Test
    void aWrongPasswordIsRefusedOnAWarmPoolToo() throws IOException {
        try (TestProxy proxy = passingOn()) {
            ClearText.wrong(proxy, ANN, password(BOB));
            ClearText.admitted(proxy, ANN, password(ANN));
            proxy.awaitNoneBusy(Cluster.PRIMARY);
            assertThat(proxy.idle(Cluster.PRIMARY)).isPositive();

            ClearText.wrong(proxy, ANN, password(BOB));
            ClearText.admitted(proxy, ANN, password(ANN));
            assertThat(BINDS).containsOnly(dn(ANN)).hasSize(4);
        }
    }

    @Test
    void whoIsNotInTheDirectoryIsRefusedWithThePasswordOfTheServersToo() throws IOException {
        try (TestProxy proxy = passingOn()) {
            ClearText.wrong(proxy, DAN, password(DAN));
            ClearText.wrong(proxy, "ldap_nobody", "anything");
            assertThat(proxy.server().pool().open(Cluster.PRIMARY)).isZero();
        }
    }

    @Test
    void whoIsInTheDirectoryOnlyIsRefusedByTheServers() throws IOException {
        try (TestProxy proxy = passingOn()) {
            ClearText.refused(proxy, CID, password(CID), "28000", "role \"" + CID + "\" does not exist");
        }
    }

    @Test
    void aPasswordThatOnlyTheDirectoryTakesIsRefusedByTheServers() throws IOException {
        try (TestProxy proxy = passingOn()) {
            ClearText.wrong(proxy, EVE, password(EVE));
            assertThat(BINDS).containsExactly(dn(EVE));
        }
    }

    /** To a directory a bind without a password is one of nobody, which it may grant. */
    @Test
    void anEmptyPasswordIsRefusedBeforeTheDirectoryIsAsked() throws IOException {
        try (TestProxy proxy = passingOn()) {
            ClearText.empty(proxy, ANN);
            ClearText.empty(proxy, BOB);
            assertThat(BINDS).isEmpty();
        }
    }

    @Test
    void withoutPassingThePasswordOnTheServersHaveToTrustTheRole() throws IOException {
        try (TestProxy proxy = proxy(directory.getListenPort(), "")) {
            ClearText.admitted(proxy, BOB, password(BOB));
            ClearText.wrong(proxy, BOB, password(ANN));
        }
    }

    /** The directory judges what the client sends, and the servers what is stored. */
    @ParameterizedTest
    @CsvSource({"TEXT, ''", "TEXT, backend_use_passwd=1", "AES, ''", "AES, backend_use_passwd=1"})
    void aStoredPasswordLogsInToTheServers(String form, String option) throws IOException {
        String entry = form.equals("AES") ? TestProxy.encrypted(OTHER_SECRET) : form + OTHER_SECRET;
        try (TestProxy proxy = proxy(directory.getListenPort(), option, EVE + ":" + entry)) {
            ClearText.wrong(proxy, EVE, OTHER_SECRET);
            ClearText.admitted(proxy, EVE, password(EVE));
            proxy.awaitNoneBusy(Cluster.PRIMARY);
            assertThat(proxy.idle(Cluster.PRIMARY)).isPositive();
            ClearText.wrong(proxy, EVE, OTHER_SECRET);
            assertThat(BINDS).containsOnly(dn(EVE)).hasSize(3);
        }
    }

    @Test
    void aVerifierGivesWayToThePasswordThatTheDirectoryHasFoundRight() throws IOException {
        String entry = ANN + ":"
                + Cluster.ask(Cluster.PRIMARY, "SELECT rolpassword FROM pg_authid WHERE rolname = '" + ANN + "'");
        try (TestProxy proxy = proxy(directory.getListenPort(), "backend_use_passwd=1", entry)) {
            ClearText.admitted(proxy, ANN, password(ANN));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "backend_use_passwd=1"})
    void anMd5HashDoesNotLogInToServersThatAskForScram(String option) throws IOException {
        String entry = ANN + ":md5" + "0".repeat(32);
        try (TestProxy proxy = proxy(directory.getListenPort(), option, entry)) {
            ClearText.refused(
                    proxy,
                    ANN,
                    password(ANN),
                    "28000",
                    "Trunkline cannot log in as user \"" + ANN
                            + "\": the server asks for SCRAM-SHA-256, and only an md5 hash is stored");
        }
    }

    @Test
    void aDirectoryThatDoesNotAnswerLetsNobodyIn() throws IOException {
        try (TestProxy proxy = proxy(FreePorts.find(1).get(0), "backend_use_passwd=1")) {
            ClearText.refused(proxy, ANN, password(ANN), "57P03", "passwords cannot be checked at the moment");
        }
    }
}
