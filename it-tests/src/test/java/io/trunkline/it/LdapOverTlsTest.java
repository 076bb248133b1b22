package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.listener.interceptor.InMemoryInterceptedSimpleBindRequest;
import com.unboundid.ldap.listener.interceptor.InMemoryOperationInterceptor;
import com.unboundid.ldap.sdk.LDAPException;
import io.trunkline.config.certificates.Issued;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A rule {@code ldap} with a directory that is reached by TLS, with a certificate of the test's own authority; with psql. */
class LdapOverTlsTest {
    private static final TlsFixture TLS = new TlsFixture();
    private static final String PEOPLE = "ou=people,dc=example,dc=net";

    /** In the directory, and on the servers with the same password, which they ask for by SCRAM. */
    private static final String ANN = "ldaps_ann";

    private static final String PASSWORD = "secret of ldaps_ann";

    /** The DNs as which somebody has tried to log in to the directory. */
    private static final List<String> BINDS = new CopyOnWriteArrayList<>();

    private static InMemoryDirectoryServer directory;
    private static SSLContext javas;

    /** How TLS comes about. */
    enum Way {
        LDAPS("ldapscheme=ldaps"),
        START_TLS("ldaptls=1");

        final String option;

        Way(String option) {
            this.option = option;
        }

        int port() {
            return directory.getListenPort(name());
        }
    }

    @BeforeAll
    static void start() throws Exception {
        // not for the address
        Issued certificate = TLS.authority.issue("CN=localhost", "localhost");
        SSLContext own = TLS.context(certificate);
        InetAddress loopback = InetAddress.getLoopbackAddress();
        InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=example,dc=net");
        config.setSchema(null);
        config.setListenerConfigs(
                InMemoryListenerConfig.createLDAPSConfig(
                        Way.LDAPS.name(), loopback, 0, own.getServerSocketFactory(), own.getSocketFactory()),
                InMemoryListenerConfig.createLDAPConfig(Way.START_TLS.name(), loopback, 0, own.getSocketFactory()));
        config.addInMemoryOperationInterceptor(new InMemoryOperationInterceptor() {
            @Override
            public void processSimpleBindRequest(InMemoryInterceptedSimpleBindRequest request) throws LDAPException {
                BINDS.add(request.getRequest().getBindDN());
            }
        });
        directory = new InMemoryDirectoryServer(config);
        directory.add("dn: dc=example,dc=net", "objectClass: domain", "dc: example");
        directory.add("dn: " + PEOPLE, "objectClass: organizationalUnit", "ou: people");
        directory.add(
                "dn: " + dn(),
                "objectClass: inetOrgPerson",
                "uid: " + ANN,
                "cn: x",
                "sn: x",
                "userPassword: " + PASSWORD);
        directory.startListening();
        Cluster.shared()
                .node(Cluster.PRIMARY)
                .query("SET password_encryption = 'scram-sha-256'; CREATE ROLE " + ANN + " LOGIN PASSWORD '" + PASSWORD
                        + "' IN ROLE " + Cluster.SCRAM_ROLES);
        Cluster.awaitStandbys();
        javas = SSLContext.getDefault();
    }

    @AfterAll
    static void stop() {
        directory.shutDown(true);
        Cluster.shared().node(Cluster.PRIMARY).query("DROP ROLE " + ANN);
    }

    @BeforeEach
    void trustTheAuthority() {
        BINDS.clear();
        SSLContext.setDefault(TLS.context(null));
    }

    @AfterEach
    void trustWhatJavaTrusts() {
        SSLContext.setDefault(javas);
    }

    private static String dn() {
        return "uid=" + ANN + "," + PEOPLE;
    }

    private static TestProxy proxy(String host, int port, String option) {
        return TestProxy.start(
                Cluster.shared(),
                List.of("enable_pool_hba = on"),
                List.of(),
                List.of("host all all 127.0.0.1/32 ldap ldapserver=" + host + " ldapport=" + port
                        + " ldapprefix=\"uid=\" ldapsuffix=\"," + PEOPLE + "\" backend_use_passwd=1 " + option));
    }

    private static External.Ended psql(TestProxy proxy, String password) {
        return External.run(
                Map.of("PGPASSWORD", password),
                "SELECT current_user FROM txid_current();",
                List.of(
                        External.postgresProgram("psql"),
                        "-XqAtw",
                        "-v",
                        "ON_ERROR_STOP=1",
                        "-h",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(proxy.port()),
                        "-U",
                        ANN,
                        "-d",
                        Cluster.USER));
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void thePasswordIsJudgedAndPassesTheNetworkEncrypted(Way way) throws IOException {
        try (Tap tap = new Tap(way.port());
                TestProxy proxy = proxy("localhost", tap.port(), way.option)) {
            assertThat(psql(proxy, "wrong password").err())
                    .contains("FATAL:  password authentication failed for user \"" + ANN + "\"");
            assertThat(psql(proxy, PASSWORD).succeeded().out()).isEqualTo(ANN + "\n");
            assertThat(psql(proxy, "wrong password").err())
                    .contains("FATAL:  password authentication failed for user \"" + ANN + "\"");
            assertThat(BINDS).containsOnly(dn()).hasSize(3);
            assertThat(tap.seen()).isNotEmpty().doesNotContain(PASSWORD, "wrong password", ANN);
        }
    }

    /** That the tap of the other test sees what there is to be seen. */
    @Test
    void withoutTlsThePasswordCanBeRead() throws IOException {
        try (Tap tap = new Tap(Way.START_TLS.port());
                TestProxy proxy = proxy("localhost", tap.port(), "")) {
            assertThat(psql(proxy, PASSWORD).succeeded().out()).isEqualTo(ANN + "\n");
            assertThat(tap.seen()).contains(PASSWORD);
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aDirectoryWithACertificateForAnotherNameGetsNoPassword(Way way) {
        try (TestProxy proxy = proxy("127.0.0.1", way.port(), way.option)) {
            assertThat(psql(proxy, PASSWORD).err()).contains("FATAL:  passwords cannot be checked at the moment");
            assertThat(BINDS).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aDirectoryWithACertificateOfNobodyThatIsTrustedGetsNoPassword(Way way) {
        SSLContext.setDefault(javas);
        try (TestProxy proxy = proxy("localhost", way.port(), way.option)) {
            assertThat(psql(proxy, PASSWORD).err()).contains("FATAL:  passwords cannot be checked at the moment");
            assertThat(BINDS).isEmpty();
        }
    }

    /** Somebody in between who passes everything on, and notes what goes to the directory. */
    private static final class Tap implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
        private final List<Socket> sockets = new CopyOnWriteArrayList<>();

        Tap(int target) throws IOException {
            start(() -> {
                while (true) {
                    Socket client = listener.accept();
                    Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                    sockets.addAll(List.of(client, server));
                    start(() -> pass(client.getInputStream(), server, true));
                    start(() -> pass(server.getInputStream(), client, false));
                }
            });
        }

        private interface Work {
            void run() throws IOException;
        }

        private static void start(Work work) {
            Thread thread = new Thread(() -> {
                try {
                    work.run();
                } catch (IOException closed) {
                    // the end of the connection, or of the test
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        private void pass(InputStream from, Socket to, boolean noted) throws IOException {
            byte[] buffer = new byte[8192];
            OutputStream out = to.getOutputStream();
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                if (noted) {
                    synchronized (seen) {
                        seen.write(buffer, 0, read);
                    }
                }
                out.write(buffer, 0, read);
                out.flush();
            }
            to.close();
        }

        int port() {
            return listener.getLocalPort();
        }

        String seen() {
            synchronized (seen) {
                return seen.toString(StandardCharsets.ISO_8859_1);
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
