package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.NetUtil;
import io.trunkline.config.Severity;
import io.trunkline.config.hba.HbaAddress;
import io.trunkline.config.hba.HbaOptions;
import io.trunkline.config.hba.HbaOptions.ClientCertificate;
import io.trunkline.config.hba.HbaRule;
import io.trunkline.config.hba.IdentMaps;
import io.trunkline.config.hba.LdapOptions;
import io.trunkline.config.hba.NamePattern;
import io.trunkline.config.hba.PoolHba;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.proxy.auth.AccessRules;
import io.trunkline.proxy.auth.HbaDecider;
import io.trunkline.proxy.auth.HbaDecision;
import io.trunkline.proxy.auth.HbaQuestion;
import io.trunkline.proxy.auth.HostNames;
import io.trunkline.proxy.auth.LocalNetworks;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rules for access are read, and decide, as a real server reads them and decides by them. */
class HbaLikeServerTest {
    private static final String WAY_IN = "host all postgres 127.0.0.1/32 trust\n";

    private static LocalCluster cluster;
    private static LocalNode server;
    private static Path directory;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(builder -> builder.nodes(1));
        server = cluster.node(Cluster.PRIMARY);
        directory = server.dataDirectory();
        server.query(
                "CREATE ROLE anna LOGIN; CREATE ROLE bert LOGIN; CREATE ROLE carl LOGIN SUPERUSER; CREATE ROLE staff;"
                        + " CREATE ROLE bosses; GRANT bosses TO anna; GRANT staff TO bosses");
        for (String database : List.of("anna", "bosses", "other")) {
            server.query("CREATE DATABASE " + database);
        }
    }

    @BeforeEach
    void files() throws IOException {
        Files.writeString(directory.resolve("users.list"), "anna, bert # two\n\"carl\"\n\n@more.list\n");
        Files.writeString(directory.resolve("more.list"), "+staff\n");
        Files.writeString(directory.resolve("blank list"), "all sameuser\n");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    /** Without those forms that only later servers know. */
    private static final String LINES = """
            # a comment \\
            that goes on
            local all all trust
            local all all ident
            local all all peer map=m
            local sameuser,samerole,replication,all @users.list md5
            local @"blank list" +staff,"+staff","all" reject   # comment
            local "sameuser", other, "a ""b""\" "a,b",c d trust
            local a,b c,d md5,trust
            local a , b trust
            host all all 127.0.0.1/32 scram-sha-256
            host all all 10.1.2.3/8 password
            host all all 10.0.0.0 255.0.255.0 md5
            host all all 0.0.0.0/0 md5
            host all all ::/0 md5
            host all all 2001:db8::1/33 md5
            host all all ::1 ffff:ffff:: md5
            host all all all reject
            host all all samehost reject
            host all all samenet reject#
            host all all "all" reject
            host all all db.example.org reject
            host all all .example.org reject
            hostssl all all all cert clientname=DN map="a b"
            hostssl all all all cert clientcert=verify-full
            hostssl all all all cert clientcert=verify-ca
            hostssl all all all md5 clientcert=verify-ca
            hostssl all all all md5 clientcert=verify-full
            hostssl all all all md5 clientcert=perhaps
            hostssl all all all md5 clientname=cn
            hostnossl all all all md5
            hostnossl all all all md5 clientcert=verify-ca
            hostnossl all all all md5 clientname=CN
            hostnogssenc all all all md5
            host all all all peer
            host all all all cert
            local all all cert
            local all all md5 map=m
            local all all md5 nonsense=1
            local all all md5 nonsense
            host all all all pam pamservice=x
            host all all all pam "pamservice=x y"
            host all all all md5 pamservice=x
            host all all all pam ldapserver=x
            host all all all ldap ldapserver=ldap.example.net ldapprefix="cn=" ldapsuffix=", dc=example, dc=net"
            host all all all ldap ldapserver="a b" ldapbasedn="dc=example, dc=net" ldapsearchattribute=uid
            host all all all ldap ldapserver=a ldapbasedn=dc=a,dc=b
            host all all all ldap ldapserver=a ldapport=1389 ldaptls=1 ldapprefix=x
            host all all all ldap ldapserver=a ldapport=zero ldaptls=1 ldapprefix=x
            host all all all ldap ldapserver=a ldapbasedn=b ldapbinddn=c ldapbindpasswd="d e" ldapsearchfilter="(uid=$username)"
            host all all all ldap ldapserver=a ldapbasedn=b ldapsearchattribute=c ldapsearchfilter=d
            host all all all ldap ldapserver=a ldapbasedn=b ldapprefix=c
            host all all all ldap ldapserver=a ldapbindpasswd=b ldapsuffix=c
            host all all all ldap ldapserver=a
            host all all all ldap ldapurl="ldap://ldap.example.net:1389/dc=example,dc=net?mail?sub"
            host all all all ldap ldapurl="ldaps://a/dc=b??one?(uid=$username)" ldapbinddn=c ldapbindpasswd=d
            host all all all ldap ldapurl=http://a/b
            hosts all all all md5
            local,host all all all md5
            host
            local all
            local all all
            host all all
            host all all all
            host all all md5
            host all all 127.0.0.1
            host all all 127.0.0.1 md5
            host all all 127.0.0.1 ffff:: md5
            host all all ::1 255.0.0.0 md5
            host all all 127.0.0.1/33 md5
            host all all ::1/129 md5
            host all all 127.0.0.1/-1 md5
            host all all 127.0.0.1/ md5
            host all all 127.0.0.1/8x md5
            host all all example.org/8 md5
            host all all 10.0.0.1,10.0.0.2 255.255.255.255 md5
            local all all scram
            local all all TRUST
            Local all all trust
            local all @none.list trust
            local all "@none.list" trust
            local al\\
            l al\\
            l trust
            local "a\\
            b" all trust
            local "open all all trust
            host all all 10.0.0.1	255.255.255.255	trust
            """;

    @Test
    void everyLineIsReadAsTheServerReadsIt() throws Exception {
        assertReadAlike(LINES);
    }

    @Test
    void linesOfRandomPiecesAreReadAsTheServerReadsThem() throws Exception {
        List<String> pieces = List.of(
                "local",
                "host",
                "hostssl",
                "hostnossl",
                "all",
                "\"all\"",
                "all",
                "sameuser",
                "samerole",
                "anna",
                "\"an na\"",
                "a\"b \"\"c\"",
                "+staff",
                "@users.list",
                "@\"blank list\"",
                "10.1.2.3/24",
                "10.1.2.3",
                "255.255.0.0",
                "::1/64",
                "fe80::",
                "ffff::",
                "samehost",
                "host.org",
                ".host.org",
                "trust",
                "md5",
                "reject",
                "cert",
                "peer",
                "ldap",
                "pam",
                "clientcert=verify-full",
                "map=m",
                "pamservice=s",
                "ldapserver=a",
                "ldapprefix=\"b c\"",
                "ldapbasedn=d",
                "#",
                "\"",
                "");
        List<String> gaps = List.of(" ", " ", " ", "\t", "  ", ",", ", ", " ,", "\\\n", "\r ");
        Random random = new Random(4);
        StringBuilder text = new StringBuilder();
        for (int line = 0; line < 4_000; line++) {
            // mostly what begins well, so that it does not fail at once
            text.append(
                    random.nextInt(8) == 0
                            ? ""
                            : List.of("local a b ", "host a b all ", "host a b ", "hostssl a all all ")
                                    .get(random.nextInt(4)));
            for (int piece = random.nextInt(7); piece >= 0; piece--) {
                text.append(pieces.get(random.nextInt(pieces.size()))).append(gaps.get(random.nextInt(gaps.size())));
            }
            text.append(random.nextBoolean() ? "\n" : "\r\n");
        }
        assertReadAlike(text.toString());
    }

    private static void assertReadAlike(String text) throws IOException {
        Path ours = directory.resolve("pool_hba.conf");
        Files.writeString(ours, text);
        Files.writeString(directory.resolve("pg_hba.conf"), text);
        Map<Integer, List<String>> expected = new TreeMap<>();
        for (List<@Nullable String> row : server.query(
                "SELECT line_number, type, array_to_string(database, '|'), array_to_string(user_name, '|'),"
                        + " address, netmask, auth_method, array_to_string(options, '|') FROM pg_hba_file_rules")) {
            // there is an error text also for rules that are in order, but never used as ssl is off
            boolean wrong = row.get(1) == null;
            expected.put(
                    Integer.valueOf(String.valueOf(row.get(0))),
                    wrong
                            ? List.of("error")
                            : List.of(
                                    text(row.get(1)),
                                    text(row.get(2)),
                                    text(row.get(3)),
                                    address(row.get(4)),
                                    address(row.get(5)),
                                    text(row.get(6)),
                                    options(Arrays.asList(text(row.get(7)).split("\\|")))));
        }
        PoolHba.Reading reading = PoolHba.read(ours);
        Map<Integer, List<String>> actual = new TreeMap<>();
        reading.rules().rules().forEach(rule -> actual.put(rule.at().line(), fields(rule)));
        reading.diagnostics().stream()
                .filter(d -> d.severity() == Severity.ERROR)
                .forEach(d -> actual.put(d.location().line(), List.of("error")));
        assertThat(expected).hasSizeGreaterThan(50);
        List<String> lines = text.lines().toList();
        for (int line : union(expected, actual)) {
            assertThat(actual.get(line))
                    .as(
                            "line %d: %s; diagnostics: %s",
                            line,
                            lines.get(line - 1),
                            reading.diagnostics().stream()
                                    .filter(d -> d.location().line() == line)
                                    .toList())
                    .isEqualTo(expected.get(line));
        }
    }

    private static TreeSet<Integer> union(Map<Integer, ?> one, Map<Integer, ?> other) {
        TreeSet<Integer> keys = new TreeSet<>(one.keySet());
        keys.addAll(other.keySet());
        return keys;
    }

    private static List<String> fields(HbaRule rule) {
        HbaAddress from = rule.address().orElse(null);
        String address = from instanceof HbaAddress.Network network
                ? network.address()
                : from instanceof HbaAddress.HostName name ? name.name() : from == null ? "" : from.toString();
        return List.of(
                rule.type().toString(),
                names(rule.databases()),
                names(rule.users()),
                address(address),
                address(from instanceof HbaAddress.Network network ? network.mask() : ""),
                rule.method().toString(),
                options(rule.options()));
    }

    private static String names(List<NamePattern> patterns) {
        return patterns.stream()
                .map(pattern -> switch (pattern.kind()) {
                    case NAME -> pattern.text();
                    case MEMBER_OF -> "+" + pattern.text();
                    default -> pattern.toString();
                })
                .collect(Collectors.joining("|"));
    }

    private static String text(@Nullable String column) {
        return column == null ? "" : column;
    }

    /** The same text for an address in whatever form. */
    private static String address(@Nullable String text) {
        byte[] bytes = text == null ? null : NetUtil.createByteArrayFromIpAddressString(text);
        return bytes == null ? text(text) : Arrays.toString(bytes);
    }

    private static String options(List<String> options) {
        // the scope without a URL and what is the default are not always shown
        return options.stream()
                .filter(option -> !option.isEmpty()
                        && !option.startsWith("ldapscope=")
                        && !option.equals("ldapscheme=ldap")
                        && !option.equals("ldapport=636")
                        && !option.equals("ldapsearchattribute=uid"))
                .sorted()
                .toList()
                .toString();
    }

    /** As the server's view has them; it does not show clientname. */
    private static String options(HbaOptions options) {
        List<String> all = new ArrayList<>();
        options.map().ifPresent(map -> all.add("map=" + map));
        if (options.clientCertificate() != ClientCertificate.NONE) {
            all.add("clientcert="
                    + (options.clientCertificate() == ClientCertificate.VERIFY_CA ? "verify-ca" : "verify-full"));
        }
        if (!options.pamService().equals("pgpool")) {
            all.add("pamservice=" + options.pamService());
        }
        options.ldap().ifPresent(ldap -> add(ldap, all));
        return options(all);
    }

    private static void add(LdapOptions ldap, List<String> all) {
        Map<String, String> values = new TreeMap<>();
        values.put("ldapserver", String.join(" ", ldap.servers()));
        values.put(
                "ldapport",
                ldap.port().isEmpty() ? "" : Integer.toString(ldap.port().getAsInt()));
        values.put("ldapscheme", ldap.ldaps() ? "ldaps" : "ldap");
        values.put("ldaptls", ldap.startTls() ? "true" : "");
        values.put("ldapprefix", ldap.prefix());
        values.put("ldapsuffix", ldap.suffix());
        values.put("ldapbasedn", ldap.baseDn().orElse(""));
        values.put("ldapbinddn", ldap.bindDn().orElse(""));
        values.put("ldapbindpasswd", ldap.bindPassword().orElse(""));
        values.put("ldapsearchattribute", ldap.searchAttribute());
        values.put("ldapsearchfilter", ldap.searchFilter().orElse(""));
        values.forEach((name, value) -> {
            if (!value.isEmpty()) {
                all.add(name + "=" + value);
            }
        });
    }

    /** Rules of servers before version 16 have no expressions, but their operator takes the same. */
    @Test
    void expressionsForNamesFindWhatTheServerFinds() throws Exception {
        List<String> names =
                List.of("app", "app_1", "my app", "APP", "app\n", "a\nb", "a\bb", "a\\b", "aé", "aaa", "]a", "a.b");
        for (String expression : List.of(
                "app",
                "^app$",
                "^app_\\d+$",
                "(?i)^app",
                "^a.b$",
                "\\yapp\\y",
                "\\Aapp\\Z",
                "a\\bb",
                "a\\Bb",
                "^[[:alpha:]]+$",
                "^\\w+$",
                "^[^[:space:]]+$",
                "^a{2,3}$",
                "^[]a]+$",
                "^(a|app)(_1|p)?$",
                "^a\\.b$",
                "^.?$",
                "a\\x2eb",
                "\\s",
                "")) {
            Files.writeString(directory.resolve("pool_hba.conf"), "local \"/" + expression + "\" all trust\n");
            PoolHba.Reading reading = PoolHba.read(directory.resolve("pool_hba.conf"));
            assertThat(reading.diagnostics()).isEmpty();
            NamePattern pattern = reading.rules().rules().get(0).databases().get(0);
            for (String name : names) {
                String answer =
                        Cluster.ask(server, "SELECT (" + literal(name) + " COLLATE \"C\") ~ " + literal(expression));
                assertThat(pattern.isFoundIn(name))
                        .as("%s in %s", expression, name)
                        .isEqualTo(answer.equals("t"));
            }
        }
    }

    private static String literal(String text) {
        return "E'" + text.replace("\\", "\\\\").replace("\n", "\\n").replace("\b", "\\b") + "'";
    }

    // ---- decisions

    private static final String RULES = WAY_IN + """
            host all carl localhost reject
            host other anna 127.0.0.2/32 trust
            host other @pair.list 127.0.0.0/31 reject
            host sameuser all 127.0.0.1/32 trust
            host samerole all 127.0.0.1/32 trust
            host other +staff samehost trust
            host "all" all all trust
            hostssl all all all trust
            host other "all",bert 127.0.0.4 255.255.255.254 trust
            host replication all all trust
            host other carl samenet trust
            """;

    @Test
    void connectionsAreAdmittedAndRefusedAsByTheServer() throws Exception {
        Files.writeString(directory.resolve("pair.list"), "bert\n");
        Files.writeString(directory.resolve("pg_hba.conf"), RULES);
        Files.writeString(directory.resolve("pool_hba.conf"), RULES);
        assertThat(server.query("SELECT pg_reload_conf()")).isNotEmpty();
        PoolHba.Reading reading = PoolHba.read(directory.resolve("pool_hba.conf"));
        assertThat(reading.diagnostics()).isEmpty();
        HbaDecider decider = new HbaDecider(
                new AccessRules(reading.rules(), IdentMaps.empty()),
                user -> CompletableFuture.completedFuture(Optional.of(rolesOf(user))),
                new HostNames(Runnable::run),
                new LocalNetworks(Runnable::run));
        Eventually.isTrue(
                "the new rules", () -> connect("127.0.0.1", "other", "bert").contains("rejects"));
        TreeSet<String> seen = new TreeSet<>();
        for (String address : List.of("127.0.0.1", "127.0.0.2", "127.0.0.4", "127.0.0.5", "127.0.0.6")) {
            for (String database : List.of("anna", "bosses", "other", "postgres")) {
                for (String user : List.of("anna", "bert", "carl")) {
                    HbaQuestion question = HbaQuestion.tcp(InetAddress.getByName(address), false, database, user);
                    List<HbaDecision> decisions = new ArrayList<>();
                    decider.decide(question, Runnable::run, decisions::add);
                    String ours = text(decisions.get(0));
                    assertThat(ours).as("%s", question).isEqualTo(connect(address, database, user));
                    seen.add(ours.split(" ", 2)[0]);
                }
            }
        }
        assertThat(seen).containsExactly("admitted", "no", "pg_hba.conf");
    }

    private static Set<String> rolesOf(String user) {
        return server
                .query("SELECT r.rolname FROM pg_roles u, pg_roles r WHERE u.rolname = '" + user
                        + "' AND pg_has_role(u.oid, r.oid, 'MEMBER') AND NOT u.rolsuper")
                .stream()
                .map(row -> text(row.get(0)))
                .collect(Collectors.toSet());
    }

    private static String text(HbaDecision decision) {
        if (decision instanceof HbaDecision.Matched) {
            return "admitted";
        }
        String text = decision instanceof HbaDecision.Rejected rejected
                ? rejected.text()
                : ((HbaDecision.NoMatch) decision).text();
        return text.replace("pool_hba.conf", "pg_hba.conf");
    }

    private static String connect(String from, String database, String user) {
        Properties properties = new Properties();
        properties.put("user", user);
        properties.put("localSocketAddress", from);
        properties.put("sslmode", "disable");
        properties.put("gssEncMode", "disable");
        String url = "jdbc:postgresql://127.0.0.1:" + server.port() + "/" + database;
        try (Connection connection = DriverManager.getConnection(url, properties)) {
            assertThat(connection.isClosed()).isFalse();
            return "admitted";
        } catch (SQLException refused) {
            return String.valueOf(refused.getMessage()).replace("FATAL: ", "");
        }
    }
}
