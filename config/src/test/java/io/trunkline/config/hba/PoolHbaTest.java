package io.trunkline.config.hba;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.Diagnostic;
import io.trunkline.config.Severity;
import io.trunkline.config.hba.HbaOptions.ClientCertificate;
import io.trunkline.config.hba.HbaOptions.ClientName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolHbaTest {
    @TempDir
    Path directory;

    private PoolHba.Reading read(String text) throws Exception {
        return PoolHba.read(write("pool_hba.conf", text));
    }

    private Path write(String name, String text) throws Exception {
        return Files.writeString(directory.resolve(name), text);
    }

    private List<HbaRule> rules(String text) throws Exception {
        PoolHba.Reading reading = read(text);
        assertThat(reading.diagnostics()).isEmpty();
        return reading.rules().rules();
    }

    private HbaRule rule(String line) throws Exception {
        List<HbaRule> rules = rules(line + "\n");
        assertThat(rules).hasSize(1);
        return rules.get(0);
    }

    private List<String> messages(String text) throws Exception {
        return read(text).diagnostics().stream()
                .map(Diagnostic::toString)
                .map(message -> message.replace(directory + "/", ""))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    local all all trust                         | local all all trust
                    local all all ident                         | local all all peer
                    host all all 127.0.0.1/32 scram-sha-256     | host all all 127.0.0.1 255.255.255.255 scram-sha-256
                    host all all 10.1.2.3/8 md5                 | host all all 10.1.2.3 255.0.0.0 md5
                    hostnossl all all 10.0.0.0 255.0.255.0 md5  | hostnossl all all 10.0.0.0 255.0.255.0 md5
                    host all all 0.0.0.0/0 password             | host all all 0.0.0.0 0.0.0.0 password
                    host all all 0/0 password                   | host all all 0.0.0.0 0.0.0.0 password
                    host all all ::1/128 ldap ldapserver=x ldapprefix=y | host all all 0:0:0:0:0:0:0:1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ldap
                    host all all fe80::1:2%eth0/65 pam          | host all all fe80:0:0:0:0:0:1:2 ffff:ffff:ffff:ffff:8000:0:0:0 pam
                    host all all ::ffff:10.0.0.0/104 reject     | host all all 0:0:0:0:0:ffff:a00:0 ffff:ffff:ffff:ffff:ffff:ffff:ff00:0 reject
                    host all all all reject                     | host all all all reject
                    host all all samenet reject # comment       | host all all samenet reject
                    host all all samehost reject#comment        | host all all samehost reject
                    host all all "all" reject                   | host all all "all" reject
                    host all all db.example.org pam             | host all all "db.example.org" pam
                    host all all .example.org pam               | host all all ".example.org" pam
                    hostssl "my db",other anna, bob ::/0 cert  | hostssl "my db","other" "anna","bob" 0:0:0:0:0:0:0:0 0:0:0:0:0:0:0:0 cert
                    hostnogssenc sameuser,samerole,samegroup,replication,all all all md5 | hostnogssenc sameuser,samerole,samerole,replication,all all all md5
                    local "sameuser","all" "all","+a" md5       | local "sameuser","all" "all","+a" md5
                    local +a,@ +a,+"b c",sameuser md5           | local "+a","@" +"a",+"b c","sameuser" md5
                    local /^a "/^b{1,2}" md5                    | local "/^a" "/^b{1,2}" md5
                    local a"b c"d ""\"e""\" md5                   | local "ab cd" ""\"e""\" md5
                    local "a b                                  | -
                    """)
    void aLineBecomesARule(String line, String expected) throws Exception {
        if (expected.equals("-")) {
            assertThat(read(line).rules().rules()).isEmpty();
        } else {
            assertThat(rule(line)).hasToString(expected);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    hosts all all 127.0.0.1/32 md5   | "hosts" is no connection type; allowed is one of local, host, hostssl, hostnossl, hostgssenc, hostnogssenc
                    local,host all all md5           | there is more than one connection type; allowed is one a line
                    local                            | there are too few fields; allowed is local database user method [options]
                    local all all                    | there are too few fields; allowed is local database user method [options]
                    host all all md5                 | there are too few fields; allowed is host database user address method [options]
                    host all all 127.0.0.1/33 md5    | "127.0.0.1/33" has no valid prefix length; allowed is 0 to 32
                    host all all ::1/129 md5         | "::1/129" has no valid prefix length; allowed is 0 to 128
                    host all all 127.0.0.1/x md5     | "127.0.0.1/x" has no valid prefix length; allowed is 0 to 32
                    host all all 127.0.0.1/ md5      | "127.0.0.1/" has no valid prefix length; allowed is 0 to 32
                    host all all 127.0.0.1/-1 md5    | "127.0.0.1/-1" has no valid prefix length; allowed is 0 to 32
                    host all all 127.0.0/8 md5       | "127.0.0" is no IP address; allowed is four numbers from 0 to 255 for IPv4, or one of the forms of IPv6
                    host all all 127.0.0.256/8 md5   | "127.0.0.256" is no IP address; allowed is four numbers from 0 to 255 for IPv4, or one of the forms of IPv6
                    host all all 010.0.0.1/8 md5     | "010.0.0.1" is no IP address; allowed is four numbers from 0 to 255 for IPv4, or one of the forms of IPv6
                    host all all 1::2::3/8 md5       | "1::2::3" is no IP address; allowed is four numbers from 0 to 255 for IPv4, or one of the forms of IPv6
                    host all all a.org/8 md5         | "a.org/8" is a host name with a mask; allowed is one of host name and address/length
                    host all all 10.0.0.1,10.0.0.2 255.255.255.255 md5 | there is more than one address; allowed is one a line
                    host all all 10.0.0.1            | the mask of 10.0.0.1 is missing; allowed is address/length, or a mask in a field of its own
                    host all all 10.0.0.1 md5        | "md5" is no mask of 10.0.0.1; allowed is address/length, or a mask of the same kind in a field of its own
                    host all all 10.0.0.1 ffff:: md5 | "ffff::" is no mask of 10.0.0.1; allowed is address/length, or a mask of the same kind in a field of its own
                    host all all ::1 255.0.0.0 md5   | "255.0.0.0" is no mask of ::1; allowed is address/length, or a mask of the same kind in a field of its own
                    local all all scram              | "scram" is no authentication method; allowed is one of trust, reject, password, md5, scram-sha-256, cert, peer, ldap, pam
                    local all all MD5                | "MD5" is no authentication method; allowed is one of trust, reject, password, md5, scram-sha-256, cert, peer, ldap, pam
                    host all all all gss             | authentication method "gss" is not supported; allowed is one of trust, reject, password, md5, scram-sha-256, cert, peer, ldap, pam
                    host all all all ident           | authentication method "ident" is not supported; allowed is one of trust, reject, password, md5, scram-sha-256, cert, peer, ldap, pam
                    host all all all radius          | authentication method "radius" is not supported; allowed is one of trust, reject, password, md5, scram-sha-256, cert, peer, ldap, pam
                    local all all md5,trust          | there is more than one authentication method; allowed is one a line
                    host all all all peer            | the method peer is only for the connection type local
                    host all all all cert            | the method cert is only for the connection type hostssl
                    local all all cert               | the method cert is only for the connection type hostssl
                    local all /( md5                 | "(" is no regular expression that can be used: missing closing )
                    local /(?=a) all md5             | "(?=a)" is no regular expression that can be used: invalid or unsupported Perl syntax
                    local all all md5 scram          | "scram" is no option; allowed is name=value, and a value with a blank or a comma stands in double quotes
                    local all all md5 nonsense=1     | "nonsense" is no option of a rule
                    local all all md5 map=m          | option "map" is only for the methods peer and cert
                    host all all all md5 clientcert=verify-ca     | option "clientcert" is only for the connection type hostssl
                    host all all all md5 clientname=DN            | option "clientname" is only for the connection type hostssl
                    hostssl all all all md5 clientcert=yes        | "yes" is no value of clientcert; allowed is verify-ca or verify-full
                    hostssl all all all cert clientcert=verify-ca | with the method cert, clientcert can only be verify-full
                    hostssl all all all cert clientcert=0         | with the method cert, clientcert can only be verify-full
                    hostssl all all all cert clientname=cn        | "cn" is no value of clientname; allowed is CN or DN
                    host all all all md5 pamservice=x             | option "pamservice" is only for the method pam
                    host all all all pam pam_use_hostname=yes     | "yes" is no value of pam_use_hostname; allowed is 0 or 1
                    host all all all pam ldapserver=x             | option "ldapserver" is only for the method ldap
                    host all all all ldap ldapserver=x            | the method ldap needs ldapbasedn, ldapprefix or ldapsuffix
                    host all all all ldap ldapprefix=x            | the method ldap needs ldapserver, or an ldapbasedn to find one by
                    host all all all ldap ldapserver=x ldapprefix=x ldapbasedn=y | ldapbasedn, ldapbinddn, ldapbindpasswd, ldapsearchattribute, ldapsearchfilter, ldapurl cannot be mixed with ldapprefix and ldapsuffix: the user is either searched for or named
                    host all all all ldap ldapserver=x ldapbasedn=y ldapsearchattribute=a ldapsearchfilter=b | ldapsearchattribute and ldapsearchfilter exclude each other
                    host all all all ldap ldapserver=x ldapsuffix=y ldaptls=yes | "yes" is no value of ldaptls; allowed is 0 or 1
                    host all all all ldap ldapserver=x ldapsuffix=y ldaptls=1 ldapscheme=ldaps | ldaptls = 1 and ldaps exclude each other: the connection is encrypted already
                    host all all all ldap ldapserver=x ldapsuffix=y ldapscheme=tls | "tls" is no value of ldapscheme; allowed is ldap or ldaps
                    host all all all ldap ldapserver=x ldapsuffix=y ldapport=0 | "0" is no port of ldapport; allowed is 1 to 65535
                    host all all all ldap ldapurl=http://x/y      | "http://x/y" is no LDAP URL; allowed is ldap[s]://host[:port]/base[?[attribute][?[scope][?[filter]]]]
                    host all all all ldap ldapurl=ldap://x/y?uid?all | "all" is no scope of an LDAP URL; allowed is base, one or sub
                    host all all all ldap ldapurl=ldap://x/y%z    | in an LDAP URL, % has to be followed by two hexadecimal digits (%25 is the sign itself)
                    host all all all ldap ldapbasedn=dc=a,dc=b    | "dc" is no option of a rule
                    local @missing all md5           | file missing does not exist
                    include missing                  | file missing does not exist
                    include_dir missing              | directory missing cannot be read
                    """)
    void aWrongLineIsAnErrorWithItsNumber(String line, String text) throws Exception {
        assertThat(messages("# first\n" + line + "\n")).containsExactly("pool_hba.conf:2: error: " + text);
    }

    @Test
    void allErrorsOfAFileAreReportedAndTheOtherLinesAreRead() throws Exception {
        PoolHba.Reading reading = read("hosts\n\nlocal all all trust\n  # x\nlocal all all none\nlocal a b c d\n");
        assertThat(reading.diagnostics()).extracting(d -> d.location().line()).containsExactly(1, 5, 6);
        assertThat(reading.hasErrors()).isTrue();
        assertThat(reading.rules().rules()).hasSize(1);
    }

    @Test
    void aFileWithoutRulesOrWithoutAFileIsAnError() throws Exception {
        assertThat(messages("# nothing\n\n"))
                .containsExactly("pool_hba.conf:1: error: there is no rule, so nobody could connect");
        assertThat(PoolHba.read(directory.resolve("none")).diagnostics())
                .singleElement()
                .hasToString(
                        directory.resolve("none") + ":1: error: file " + directory.resolve("none") + " does not exist");
    }

    @Test
    void aBindPasswordIsReadAndNeverShown() throws Exception {
        String ldap = "host all all all ldap ldapserver=x ldapbasedn=y ldapbinddn=z ";
        HbaRule rule = rule(ldap + "\"ldapbindpasswd=ge heim,\"");
        assertThat(rule.options().ldap().orElseThrow().bindPassword()).contains("ge heim,");
        assertThat(rule.toString() + rule.options()).doesNotContain("heim");
        for (String wrong : List.of(
                ldap + "ldapbindpasswd=x geheim",
                ldap + "ldapbindpasswd=x,geheim=geheim",
                ldap + "ldapbindpasswd=geheim ldapport=0",
                "host all all all ldapbindpasswd=geheim",
                "host all all 10.0.0.1 ldapbindpasswd=geheim",
                "host all all ldapbindpasswd=ge/heim ldap",
                "ldapbindpasswd=geheim",
                "host all all all md5 ldapbindpasswd=geheim",
                "host all all all ldap ldapserver=x ldapprefix=y ldapbindpasswd=geheim")) {
            assertThat(messages(wrong))
                    .singleElement()
                    .asString()
                    .contains("error")
                    .doesNotContain("heim");
        }
    }

    @Test
    void optionsOfCertificatesAreRead() throws Exception {
        HbaOptions cert = rule("hostssl all all all cert map=m clientname=DN clientcert=1")
                .options();
        assertThat(cert.clientCertificate()).isEqualTo(ClientCertificate.VERIFY_FULL);
        assertThat(cert.clientName()).isEqualTo(ClientName.DN);
        assertThat(cert.map()).contains("m");
        HbaOptions ca = rule("hostssl all all all md5 clientcert=verify-ca").options();
        assertThat(ca.clientCertificate()).isEqualTo(ClientCertificate.VERIFY_CA);
        assertThat(ca.clientName()).isEqualTo(ClientName.CN);
        assertThat(rule("hostssl all all all md5 clientcert=1").options().clientCertificate())
                .isEqualTo(ClientCertificate.VERIFY_CA);
        assertThat(rule("hostssl all all all md5 clientcert=0").options().clientCertificate())
                .isEqualTo(ClientCertificate.NONE);
        assertThat(rule("hostssl all all all md5 clientcert=verify-full")
                        .options()
                        .clientCertificate())
                .isEqualTo(ClientCertificate.VERIFY_FULL);
    }

    @Test
    void optionsOfPamAreReadAndTheServiceIsPgpoolsOwn() throws Exception {
        HbaOptions options = rule("host all all all pam pamservice=\"x y\" pam_use_hostname=1")
                .options();
        assertThat(options.pamService()).isEqualTo("x y");
        assertThat(options.pamUseHostName()).isTrue();
        assertThat(rule("host all all all pam").options().pamService()).isEqualTo("pgpool");
    }

    @Test
    void anLdapUrlIsTheSameAsItsParts() throws Exception {
        LdapOptions url = rule("host all all all ldap"
                        + " \"ldapurl=ldaps://[::1]:6360/dc=a%2cdc=b?mail,cn?one\" ldapbinddn=x backend_use_passwd=1")
                .options()
                .ldap()
                .orElseThrow();
        assertThat(url.servers()).containsExactly("[::1]");
        assertThat(url.port()).hasValue(6360);
        assertThat(url.ldaps()).isTrue();
        assertThat(url.baseDn()).contains("dc=a,dc=b");
        assertThat(url.searchAttribute()).isEqualTo("mail");
        assertThat(url.scope()).isEqualTo(LdapOptions.Scope.ONE_LEVEL);
        assertThat(url.bindDn()).contains("x");
        LdapOptions parts = rule("host all all all ldap ldapserver=\"a b\" ldapbasedn=\"dc=a, dc=b\" ldaptls=1"
                        + " \"ldapsearchfilter=(|(uid=$username)(mail=$username))\" ldapport=1389")
                .options()
                .ldap()
                .orElseThrow();
        assertThat(parts.servers()).containsExactly("a", "b");
        assertThat(parts.port()).hasValue(1389);
        assertThat(parts.startTls()).isTrue();
        assertThat(parts.baseDn()).contains("dc=a, dc=b");
        assertThat(parts.searchFilter()).contains("(|(uid=$username)(mail=$username))");
        assertThat(parts.scope()).isEqualTo(LdapOptions.Scope.SUBTREE);
        LdapOptions filter = rule("host all all all ldap \"ldapurl=ldap://h/dc=x???(uid=$username)\"")
                .options()
                .ldap()
                .orElseThrow();
        assertThat(filter.searchFilter()).contains("(uid=$username)");
        assertThat(filter.scope()).isEqualTo(LdapOptions.Scope.BASE);
        assertThat(filter.port()).isEmpty();
    }

    @Test
    void aBackslashJoinsLinesAndTheFirstOneHasTheNumber() throws Exception {
        List<HbaRule> rules =
                rules("# comment \\\nlocal all all reject\nlocal al\\\nl \\\r\nall trust\nlocal b b trust \\");
        assertThat(rules)
                .extracting(HbaRule::toString)
                .containsExactly("local all all trust", "local \"b\" \"b\" trust");
        assertThat(rules).extracting(rule -> rule.at().line()).containsExactly(3, 6);
    }

    @Test
    void itemsOfFilesAreTakenInTheirPlace() throws Exception {
        Files.createDirectories(directory.resolve("lists"));
        write("lists/users", "anna, +staff # comment\n\"bob\"\n\n@more\n");
        write("lists/more", "all\n");
        write("my dbs", "/^x\nsameuser\n");
        assertThat(rule("local a,@\"my dbs\",b @lists/users trust"))
                .hasToString("local \"a\",\"/^x\",sameuser,\"b\" \"anna\",+\"staff\",\"bob\",all trust");
        write("empty", "# nobody\n");
        assertThat(messages("local all @empty trust\n"))
                .containsExactly("pool_hba.conf:1: error: file empty names nothing");
        write("lists/more", "@none\n");
        assertThat(messages("local all @lists/users trust\n"))
                .containsExactly(
                        "pool_hba.conf:1: error: file lists/none does not exist (lists/more:1) (lists/users:4)");
    }

    @Test
    void includedFilesAreReadWhereTheyStandWithTheirOwnNamesInMessages() throws Exception {
        Files.createDirectories(directory.resolve("d"));
        write("d/b.conf", "local b b trust\nnonsense\n");
        write("d/a.conf", "include c.inc\n");
        write("d/c.inc", "local c c trust\n");
        write("d/.hidden.conf", "nonsense\n");
        PoolHba.Reading reading =
                read("local 1 1 trust\ninclude_dir d\ninclude_if_exists none\ninclude \"d/c.inc\"\nlocal 2 2 trust\n");
        assertThat(reading.rules().rules())
                .extracting(rule -> rule.users().get(0).text())
                .containsExactly("1", "c", "b", "c", "2");
        assertThat(reading.diagnostics()).singleElement().asString().contains("/d/b.conf:2: error: \"nonsense\"");
    }

    @Test
    void filesInACircleAreAnErrorAndNotForEver() throws Exception {
        assertThat(messages("include pool_hba.conf\ninclude pool_hba.conf\n"))
                .hasSizeLessThan(2_100)
                .contains("pool_hba.conf:1: error: files are nested more than 10 deep (in a circle?)");
        write("self", "@self,@self\n");
        assertThat(messages("local @self all trust\n"))
                .singleElement()
                .asString()
                .startsWith("pool_hba.conf:1: error: files are nested more than 10 deep");
    }

    @Test
    void aRuleThatCanNeverMatchIsAWarning() throws Exception {
        PoolHba.Reading reading = read("hostgssenc all all all trust\n");
        assertThat(reading.hasErrors()).isFalse();
        assertThat(reading.diagnostics()).extracting(Diagnostic::severity).containsExactly(Severity.WARNING);
    }
}
