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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A rule {@code ldap}: a directory in memory says who gets in, and real servers serve who does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LdapLoginTest extends PasswordsJudgedElsewhere {
    private static final String PEOPLE = "ou=people,dc=example,dc=net";

    /** In the directory; the servers trust the role, which has no password. */
    private static final String BOB = "ldap_bob";

    /** The DNs as which somebody has tried to log in to the directory. */
    private final List<String> binds = new CopyOnWriteArrayList<>();

    private final InMemoryDirectoryServer directory;

    LdapLoginTest() throws Exception {
        super("ldap_");
        InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=example,dc=net");
        config.setSchema(null);
        config.setListenerConfigs(
                InMemoryListenerConfig.createLDAPConfig("ldap", InetAddress.getLoopbackAddress(), 0, null));
        config.addInMemoryOperationInterceptor(new InMemoryOperationInterceptor() {
            @Override
            public void processSimpleBindRequest(InMemoryInterceptedSimpleBindRequest request) throws LDAPException {
                binds.add(request.getRequest().getBindDN());
            }
        });
        directory = new InMemoryDirectoryServer(config);
    }

    @BeforeAll
    void start() throws Exception {
        directory.add("dn: dc=example,dc=net", "objectClass: domain", "dc: example");
        directory.add("dn: " + PEOPLE, "objectClass: organizationalUnit", "ou: people");
        for (String user : List.of(ann, BOB, cid, eve)) {
            directory.add(
                    "dn: " + dn(user),
                    "objectClass: inetOrgPerson",
                    "uid: " + user,
                    "cn: " + user,
                    "sn: " + user,
                    "userPassword: " + password(user));
        }
        directory.startListening();
        Cluster.shared().node(Cluster.PRIMARY).query("CREATE ROLE " + BOB + " LOGIN");
        createRoles();
    }

    @AfterAll
    void stop() {
        directory.shutDown(true);
        dropRoles();
        Cluster.shared().node(Cluster.PRIMARY).query("DROP ROLE IF EXISTS " + BOB);
    }

    @BeforeEach
    void forget() {
        binds.clear();
    }

    private static String dn(String user) {
        return "uid=" + user + "," + PEOPLE;
    }

    @Override
    List<String> asked() {
        return binds;
    }

    private static TestProxy at(int port, String option, String... passwords) {
        return TestProxy.start(
                Cluster.shared(),
                List.of("enable_pool_hba = on", "worker_threads = 1"),
                List.of(passwords),
                List.of("host all all 127.0.0.1/32 ldap ldapserver=127.0.0.1 ldapport=" + port
                        + " ldapprefix=\"uid=\" ldapsuffix=\"," + PEOPLE + "\" " + option));
    }

    @Override
    TestProxy proxy(String... passwords) {
        return at(directory.getListenPort(), "backend_use_passwd=1", passwords);
    }

    /** The servers get what is stored, and nothing otherwise. */
    private TestProxy notPassingOn(String... passwords) {
        return at(directory.getListenPort(), "", passwords);
    }

    @Test
    void theDirectoryIsAskedAsTheUser() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.admitted(proxy, ann, password(ann));
            assertThat(binds).containsExactly(dn(ann));
        }
    }

    /** To a directory a bind without a password is one of nobody, which it may grant. */
    @Test
    void anEmptyPasswordIsRefusedAlsoWhereTheServersTrustTheRole() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.empty(proxy, BOB);
            assertThat(binds).isEmpty();
        }
    }

    @Test
    void withoutPassingThePasswordOnTheServersHaveToTrustTheRole() throws IOException {
        try (TestProxy proxy = notPassingOn()) {
            ClearText.admitted(proxy, BOB, password(BOB));
            ClearText.wrong(proxy, BOB, password(ann));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TEXT", "AES"})
    void withoutPassingThePasswordOnAStoredOneLogsInToTheServers(String form) throws IOException {
        try (TestProxy proxy = notPassingOn(storedAs(form))) {
            logsInWithWhatIsStored(proxy);
        }
    }

    @Test
    void withoutPassingThePasswordOnAnMd5HashDoesNotLogInEither() throws IOException {
        try (TestProxy proxy = notPassingOn(md5Hash())) {
            isRefusedForTheHash(proxy);
        }
    }

    @Test
    void aVerifierGivesWayToThePasswordThatTheDirectoryHasFoundRight() throws IOException {
        try (TestProxy proxy = proxy(ann + ":" + Cluster.storedPassword(ann))) {
            ClearText.admitted(proxy, ann, password(ann));
        }
    }

    @Test
    void aDirectoryThatDoesNotAnswerLetsNobodyIn() throws IOException {
        try (TestProxy proxy = at(FreePorts.find(1).get(0), "backend_use_passwd=1")) {
            ClearText.refused(proxy, ann, password(ann), "57P03", "passwords cannot be checked at the moment");
        }
    }
}
