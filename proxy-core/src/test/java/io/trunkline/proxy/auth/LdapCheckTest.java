package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.listener.interceptor.InMemoryInterceptedSimpleBindRequest;
import com.unboundid.ldap.listener.interceptor.InMemoryOperationInterceptor;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.util.ssl.SSLUtil;
import com.unboundid.util.ssl.TrustAllTrustManager;
import com.unboundid.util.ssl.cert.ManageCertificates;
import io.trunkline.config.hba.LdapOptions;
import io.trunkline.config.hba.LdapOptions.Scope;
import io.trunkline.proxy.auth.PasswordCheck.Claim;
import io.trunkline.proxy.auth.PasswordCheck.Verdict;
import io.trunkline.proxy.auth.PasswordCheck.Verdict.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a directory in memory, over its real port. */
class LdapCheckTest {
    private static final String BASE = "dc=example,dc=net";
    private static final String SEARCHER = "cn=searcher," + BASE;
    private static final char[] STORE_PASSWORD = "changeit".toCharArray();

    @TempDir
    private static Path directory;

    private static InMemoryDirectoryServer server;
    private static SSLContext javas;
    private static SSLContext trusting;

    /** The DNs as which somebody has tried to log in. */
    private static final List<String> BINDS = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void startDirectory() throws Exception {
        Path store = directory.resolve("store");
        String[] arguments = {
            "generate-self-signed-certificate",
            "--keystore",
            store.toString(),
            "--keystore-password",
            new String(STORE_PASSWORD),
            "--keystore-type",
            "PKCS12",
            "--alias",
            "directory",
            "--subject-dn",
            "CN=localhost",
            "--subject-alternative-name-dns",
            "localhost"
        };
        ManageCertificates.main((InputStream) null, null, null, arguments);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, STORE_PASSWORD);
        }
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, STORE_PASSWORD);
        SSLUtil tls = new SSLUtil(own.getKeyManagers(), new javax.net.ssl.TrustManager[] {new TrustAllTrustManager()});
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("directory", keys.getCertificate("directory"));
        trust.init(trusted);
        trusting = SSLContext.getInstance("TLS");
        trusting.init(null, trust.getTrustManagers(), null);
        javas = SSLContext.getDefault();

        InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig(BASE);
        config.setSchema(null);
        InetAddress loopback = InetAddress.getLoopbackAddress();
        config.setListenerConfigs(
                InMemoryListenerConfig.createLDAPConfig("ldap", loopback, 0, tls.createSSLSocketFactory()),
                InMemoryListenerConfig.createLDAPSConfig(
                        "ldaps", loopback, 0, tls.createSSLServerSocketFactory(), tls.createSSLSocketFactory()));
        config.addInMemoryOperationInterceptor(new InMemoryOperationInterceptor() {
            @Override
            public void processSimpleBindRequest(InMemoryInterceptedSimpleBindRequest request) throws LDAPException {
                BINDS.add(request.getRequest().getBindDN());
            }
        });
        server = new InMemoryDirectoryServer(config);
        server.add("dn: " + BASE, "objectClass: domain", "dc: example");
        server.add("dn: ou=people," + BASE, "objectClass: organizationalUnit", "ou: people");
        server.add("dn: " + SEARCHER, "objectClass: person", "cn: searcher", "userPassword: find");
        person("uid=alice,ou=people," + BASE, "alice", "alice's secret");
        person("uid=grün,ou=people," + BASE, "grün", "pässword");
        person("uid=odd\\, \\+\\\"name\\\"\\\\x,ou=people," + BASE, "odd", "odd secret");
        person("uid=twin,ou=people," + BASE, "twin", "one");
        person("cn=twin,ou=people," + BASE, "twin", "two");
        server.startListening();
    }

    private static void person(String dn, String mail, String password) throws Exception {
        String uid = dn.startsWith("uid=")
                ? new com.unboundid.ldap.sdk.DN(dn).getRDN().getAttributeValues()[0]
                : mail;
        server.add(
                "dn: " + dn,
                "objectClass: inetOrgPerson",
                "uid: " + uid,
                "cn: " + mail,
                "mail: " + mail + "@example.net",
                "userPassword: " + password);
    }

    @AfterAll
    static void stopDirectory() {
        server.shutDown(true);
    }

    @BeforeEach
    void forget() {
        BINDS.clear();
    }

    @AfterEach
    void trustAsBefore() {
        SSLContext.setDefault(javas);
    }

    /** The options of a rule, to be varied. */
    private record Rule(LdapOptions options) {
        static Rule simple() {
            return new Rule(new LdapOptions(
                    List.of("localhost"),
                    OptionalInt.of(server.getListenPort("ldap")),
                    false,
                    false,
                    "uid=",
                    ",ou=people," + BASE,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    "uid",
                    Optional.empty(),
                    Scope.SUBTREE));
        }

        static Rule search() {
            return simple().with("", "", Optional.of(BASE), Optional.of(SEARCHER), Optional.of("find"));
        }

        Rule with(
                String prefix,
                String suffix,
                Optional<String> base,
                Optional<String> bindDn,
                Optional<String> bindPassword) {
            return new Rule(new LdapOptions(
                    options.servers(),
                    options.port(),
                    options.ldaps(),
                    options.startTls(),
                    prefix,
                    suffix,
                    base,
                    bindDn,
                    bindPassword,
                    options.searchAttribute(),
                    options.searchFilter(),
                    options.scope()));
        }

        Rule searching(String attribute, Optional<String> filter, Scope scope) {
            return new Rule(new LdapOptions(
                    options.servers(),
                    options.port(),
                    options.ldaps(),
                    options.startTls(),
                    options.prefix(),
                    options.suffix(),
                    options.baseDn(),
                    options.bindDn(),
                    options.bindPassword(),
                    attribute,
                    filter,
                    scope));
        }

        Rule at(List<String> servers, int port, boolean ldaps, boolean startTls) {
            return new Rule(new LdapOptions(
                    servers,
                    OptionalInt.of(port),
                    ldaps,
                    startTls,
                    options.prefix(),
                    options.suffix(),
                    options.baseDn(),
                    options.bindDn(),
                    options.bindPassword(),
                    options.searchAttribute(),
                    options.searchFilter(),
                    options.scope()));
        }

        Verdict check(String user, String password) {
            return new LdapCheck(options).check(new Claim(user, password, Optional.empty(), () -> true));
        }
    }

    private static void assertRight(Verdict verdict) {
        assertThat(verdict).isEqualTo(Verdict.right());
    }

    private static void assertWrong(Verdict verdict, String... detail) {
        assertThat(verdict.kind()).as(verdict.detail()).isEqualTo(Kind.WRONG);
        assertThat(List.of(detail))
                .allSatisfy(part -> assertThat(verdict.detail()).contains(part));
    }

    private static void assertUnavailable(Verdict verdict, String... detail) {
        assertThat(verdict.kind()).as(verdict.detail()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(List.of(detail))
                .allSatisfy(part -> assertThat(verdict.detail()).contains(part));
    }

    // ---- simple bind

    @Test
    void theRightPasswordBinds() {
        assertRight(Rule.simple().check("alice", "alice's secret"));
        assertThat(BINDS).containsExactly("uid=alice,ou=people," + BASE);
    }

    @Test
    void namesAndPasswordsBeyondAsciiBind() {
        assertRight(Rule.simple().check("grün", "pässword"));
        assertRight(Rule.search().check("grün", "pässword"));
    }

    @Test
    void aWrongPasswordAndAnUnknownUserAreWrongWithoutTheServersNeedToTellWhich() {
        assertWrong(
                Rule.simple().check("alice", "secret"),
                "uid=alice,ou=people," + BASE,
                "ldap://localhost:",
                "error code 49");
        assertWrong(Rule.simple().check("nobody", "secret"), "error code 49");
        assertThat(Rule.simple().check("alice", "topsecret").detail()).doesNotContain("topsecret");
    }

    @Test
    void aUserNameIsOneValueOfTheDnWhateverItContains() {
        assertRight(Rule.simple().check("odd, +\"name\"\\x", "odd secret"));

        String injected = "alice,ou=people," + BASE + "+x=";
        assertWrong(Rule.simple().check(injected, "alice's secret"));
        assertThat(BINDS)
                .last()
                .isEqualTo("uid=alice\\,ou\\=people\\,dc\\=example\\,dc\\=net\\+x\\=,ou=people," + BASE);
    }

    @Test
    void whatIsNoDnIsNotEscaped() {
        Rule activeDirectory =
                Rule.simple().with("", "@example.net", Optional.empty(), Optional.empty(), Optional.empty());
        assertThat(activeDirectory.check("a+b", "x").detail()).contains("login as \"a+b@example.net\"");
    }

    // ---- search, then bind

    @Test
    void theUserThatTheSearchFindsBinds() {
        assertRight(Rule.search().check("alice", "alice's secret"));
        assertThat(BINDS).containsExactly(SEARCHER, "uid=alice,ou=people," + BASE);
        assertWrong(Rule.search().check("alice", "wrong"), "error code 49");
    }

    @Test
    void anAnonymousSearchDoes() {
        Rule anonymous = Rule.simple().with("", "", Optional.of(BASE), Optional.empty(), Optional.empty());
        assertRight(anonymous.check("alice", "alice's secret"));
        assertThat(BINDS).containsExactly("uid=alice,ou=people," + BASE);
    }

    @Test
    void aDnWithSpecialCharactersThatTheSearchFindsBinds() {
        assertRight(
                Rule.search().searching("cn", Optional.empty(), Scope.SUBTREE).check("odd", "odd secret"));
    }

    @Test
    void aFilterTakesThePlaceOfTheAttribute() {
        Rule filtered = Rule.search()
                .searching(
                        "uid",
                        Optional.of("(&(objectClass=inetOrgPerson)(|(uid=$username)(mail=$username)))"),
                        Scope.SUBTREE);
        assertRight(filtered.check("alice", "alice's secret"));
        assertRight(filtered.check("alice@example.net", "alice's secret"));
        assertWrong(filtered.check("searcher", "find"), "does not exist");
    }

    @Test
    void theScopeBoundsTheSearch() {
        assertWrong(Rule.search().searching("uid", Optional.empty(), Scope.BASE).check("alice", "alice's secret"));
        assertWrong(Rule.search()
                .searching("uid", Optional.empty(), Scope.ONE_LEVEL)
                .check("alice", "alice's secret"));
        assertRight(Rule.search()
                .with("", "", Optional.of("ou=people," + BASE), Optional.of(SEARCHER), Optional.of("find"))
                .searching("uid", Optional.empty(), Scope.ONE_LEVEL)
                .check("alice", "alice's secret"));
    }

    @Test
    void anUnknownUserAndOneThatIsNotUniqueAreWrong() {
        assertWrong(Rule.search().check("nobody", "x"), "LDAP user \"nobody\" does not exist", "(uid=nobody)");
        assertWrong(Rule.search().check("twin", "one"), "LDAP user \"twin\" is not unique");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "ali*", "alice)(uid=*", "x)(|(uid=alice", "a\\2a", "a/b", "alice\n", "(", ")"})
    void charactersOfFiltersAreRefusedBeforeAnybodyIsAsked(String user) {
        assertWrong(Rule.search().check(user, "alice's secret"), "character that LDAP searches do not allow");
        assertThat(BINDS).isEmpty();
    }

    @Test
    void aSearcherThatIsRefusedIsNotTheUsersFault() {
        Rule broken = Rule.simple().with("", "", Optional.of(BASE), Optional.of(SEARCHER), Optional.of("hush-hush"));
        Verdict verdict = broken.check("alice", "alice's secret");
        assertUnavailable(verdict, "LDAP login for the search as \"" + SEARCHER + "\"", "error code 49");
        assertThat(verdict.detail()).doesNotContain("hush-hush");
    }

    @Test
    void aFilterOrABaseThatIsNoneIsNotTheUsersFault() {
        assertUnavailable(
                Rule.search()
                        .searching("uid", Optional.of("(uid=$username"), Scope.SUBTREE)
                        .check("alice", "x"),
                "LDAP search for \"(uid=alice\"");
        assertUnavailable(
                Rule.search()
                        .with("", "", Optional.of("dc=elsewhere"), Optional.empty(), Optional.empty())
                        .check("alice", "x"),
                "LDAP search for");
    }

    // ---- servers and TLS

    @Test
    void theNextServerIsAskedWhereOneDoesNotAnswer() throws IOException {
        int port = server.getListenPort("ldap");
        assertRight(Rule.simple()
                .at(List.of("127.0.0.2", "localhost"), port, false, false)
                .check("alice", "alice's secret"));

        int unused;
        try (ServerSocket closed = new ServerSocket(0)) {
            unused = closed.getLocalPort();
        }
        assertUnavailable(
                Rule.simple()
                        .at(List.of("localhost", "127.0.0.1"), unused, false, false)
                        .check("alice", "x"),
                "no LDAP server answers: ldap://localhost:" + unused,
                "ldap://127.0.0.1:" + unused,
                "refused");
    }

    @Test
    void ldapsBindsOverTlsWithAServerThatJavaTrusts() {
        SSLContext.setDefault(trusting);
        Rule ldaps = Rule.simple().at(List.of("localhost"), server.getListenPort("ldaps"), true, false);
        assertRight(ldaps.check("alice", "alice's secret"));
        assertWrong(ldaps.check("alice", "wrong"), "ldaps://localhost:");
        assertRight(Rule.search()
                .at(List.of("localhost"), server.getListenPort("ldaps"), true, false)
                .check("alice", "alice's secret"));
    }

    @Test
    void startTlsBindsOverTlsWithAServerThatJavaTrusts() {
        SSLContext.setDefault(trusting);
        Rule startTls = Rule.simple().at(List.of("localhost"), server.getListenPort("ldap"), false, true);
        assertRight(startTls.check("alice", "alice's secret"));
        assertWrong(startTls.check("alice", "wrong"));
        assertRight(Rule.search()
                .at(List.of("localhost"), server.getListenPort("ldap"), false, true)
                .check("alice", "alice's secret"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aServerThatJavaDoesNotTrustSeesNoPassword(boolean ldaps) {
        Rule rule =
                Rule.simple().at(List.of("localhost"), server.getListenPort(ldaps ? "ldaps" : "ldap"), ldaps, !ldaps);
        assertUnavailable(rule.check("alice", "alice's secret"), "no LDAP server answers", "PKIX");
        assertThat(BINDS).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aServerWithTheCertificateOfAnotherSeesNoPassword(boolean ldaps) {
        SSLContext.setDefault(trusting);
        Rule rule =
                Rule.simple().at(List.of("127.0.0.1"), server.getListenPort(ldaps ? "ldaps" : "ldap"), ldaps, !ldaps);
        assertUnavailable(rule.check("alice", "alice's secret"), "no LDAP server answers");
        assertThat(BINDS).isEmpty();
    }

    // ---- DNS

    @Test
    void theDomainIsThatOfTheBaseDn() throws Exception {
        assertThat(LdapServers.domain("ou=people,dc=example,dc=net")).isEqualTo("example.net");
    }

    @Test
    void serversOfSrvRecordsAreTriedByPriority() throws Exception {
        assertThat(LdapServers.urls(
                        List.of("20 0 389 c.example.net.", "10 5 1389 a.example.net.", "10 5 1389 a.example.net."),
                        false))
                .containsExactly("ldap://a.example.net:1389", "ldap://a.example.net:1389", "ldap://c.example.net:389");
    }
}
