package io.trunkline.config.hba;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.Severity;
import io.trunkline.config.hba.HbaAddress.Network;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

class HbaPropertyTest {
    private Path file = Path.of("");

    @BeforeTry
    void makeFile() throws IOException {
        file = Files.createTempFile("trunkline-hba", ".conf");
    }

    @AfterTry
    void removeFile() throws IOException {
        Files.delete(file);
    }

    private PoolHba.Reading read(String text) throws IOException {
        Files.writeString(file, text);
        return PoolHba.read(file);
    }

    @Property(tries = 500)
    void anyTextIsReadWithoutAnException(@ForAll String text) throws IOException {
        PoolHba.Reading reading = read(text);
        assertThat(reading.rules().rules().size() + reading.diagnostics().size())
                .isPositive();
        assertThat(IdentMaps.read(file).diagnostics().size()).isLessThanOrEqualTo(text.split("\n", -1).length);
    }

    @Property(tries = 1000)
    void everyLineIsARuleOrAnErrorOrBlank(@ForAll("lines") @Size(max = 8) List<String> lines) throws IOException {
        PoolHba.Reading reading = read(String.join("\n", lines));
        Set<Integer> rules =
                reading.rules().rules().stream().map(rule -> rule.at().line()).collect(Collectors.toSet());
        Set<Integer> errors = reading.diagnostics().stream()
                .filter(d -> d.severity() == Severity.ERROR)
                .map(d -> d.location().line())
                .collect(Collectors.toSet());
        for (int number = 1; number <= lines.size(); number++) {
            String line = lines.get(number - 1);
            boolean blank = line.isBlank() || line.startsWith("#");
            // a file without any rule is an error of its first line
            int outcomes = (blank && !errors.contains(number) ? 1 : 0)
                    + (rules.contains(number) ? 1 : 0)
                    + (errors.contains(number) ? 1 : 0);
            assertThat(outcomes).as("line %d, %s", number, line).isEqualTo(1);
        }
    }

    @Property(tries = 500)
    void aRuleReadsBackFromWhatItPrints(
            @ForAll("names") String database,
            @ForAll("names") String user,
            @ForAll("addresses") String address,
            @ForAll("forms") String form)
            throws IOException {
        String line = String.format(form, database, user, address);
        PoolHba.Reading reading = read(line);
        Assume.that(!reading.hasErrors());
        HbaRule rule = reading.rules().rules().get(0);
        assertThat(read(rule.toString()).rules().rules()).containsExactly(rule);
    }

    @Property(tries = 2000)
    void aNetworkContainsWhatHasItsPrefix(
            @ForAll("bytes") byte[] network, @ForAll("bytes") byte[] client, @ForAll @IntRange(max = 128) int length) {
        int prefix = Math.min(length, 8 * network.length);
        // half of the clients share the first bytes
        byte[] near = network.clone();
        System.arraycopy(client, 0, near, near.length / 2, Math.min(client.length, near.length - near.length / 2));
        for (byte[] address : List.of(client, near)) {
            int rest = 8 * network.length - prefix;
            boolean expected = address.length == network.length
                    && new BigInteger(1, address).shiftRight(rest).equals(new BigInteger(1, network).shiftRight(rest));
            assertThat(new Network(network, NumericAddress.mask(prefix, network.length)).contains(address))
                    .isEqualTo(expected);
        }
    }

    @Property(tries = 1000)
    void addressesAreReadAsJavaReadsThem(@ForAll("bytes") byte[] address) throws Exception {
        String text = InetAddress.getByAddress(address).getHostAddress();
        Assume.that(text.indexOf(':') >= 0 == (address.length == 16));
        assertThat(NumericAddress.parse(text)).isEqualTo(address);
        assertThat(NumericAddress.print(address)).isEqualTo(text);
        // the first run of zeros may be left out
        String gap = text.replaceFirst("(^|:)0(:0)+(:|$)", "::");
        assertThat(NumericAddress.parse(gap)).isEqualTo(address);
    }

    @Property(tries = 1000)
    void whatJavaDoesNotTakeAsIpv6IsNoAddress(@ForAll("almostAddresses") String text) {
        byte[] expected;
        try {
            // a literal with a colon is never looked up
            expected = InetAddress.getByName(text).getAddress();
        } catch (java.net.UnknownHostException e) {
            assertThat(NumericAddress.parse(text)).isNull();
            return;
        }
        if (expected.length == 16) {
            assertThat(NumericAddress.parse(text)).isEqualTo(expected);
        }
    }

    @Provide
    Arbitrary<List<String>> lines() {
        Arbitrary<String> words = Arbitraries.of(
                "local",
                "host",
                "hostssl",
                "all",
                "\"all\"",
                "anna,bert",
                "+staff",
                "/^a",
                "/(",
                "10.1.2.3/24",
                "10.1.2.3",
                "255.255.0.0",
                "::1/64",
                "samenet",
                ".host.org",
                "trust",
                "md5",
                "cert",
                "peer",
                "ldap",
                "gss",
                "clientcert=1",
                "map=m",
                "ldapserver=a",
                "ldapprefix=b",
                "ldapbasedn=c",
                "@none",
                "include",
                "#",
                "\"\"");
        return words.list().ofMaxSize(7).map(parts -> String.join(" ", parts)).list();
    }

    @Provide
    Arbitrary<String> names() {
        Arbitrary<String> plain =
                Arbitraries.strings().withChars("ab1_-$é").ofMinLength(1).ofMaxLength(5);
        Arbitrary<String> quoted = Arbitraries.strings()
                .withChars("ab ,#\"@+/.=\t")
                .ofMaxLength(6)
                .map(text -> "\"" + text.replace("\"", "\"\"") + "\"");
        Arbitrary<String> keywords =
                Arbitraries.of("all", "sameuser", "samerole", "replication", "+staff", "/^a.*b$", "a,b");
        return Arbitraries.oneOf(plain, quoted, keywords);
    }

    @Provide
    Arbitrary<String> addresses() {
        Arbitrary<String> masked = bytes().flatMap(bytes -> Arbitraries.integers()
                .between(0, 8 * bytes.length)
                .map(prefix -> NumericAddress.print(bytes) + "/" + prefix));
        return Arbitraries.oneOf(masked, Arbitraries.of("all", "samehost", "samenet", "\"all\"", "a.org", ".a.org"));
    }

    @Provide
    Arbitrary<String> forms() {
        return Arbitraries.of(
                "local %s %s trust",
                "local %s %s peer",
                "host %s %s %s md5",
                "hostnossl %s %s %s reject",
                "hostssl %s %s %s scram-sha-256",
                "hostnogssenc %s %s %s password");
    }

    @Provide
    Arbitrary<byte[]> bytes() {
        Arbitrary<Byte> some = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(1, Arbitraries.of((byte) 0, (byte) -1)),
                net.jqwik.api.Tuple.of(1, Arbitraries.bytes()));
        return Arbitraries.of(4, 16).flatMap(length -> some.array(byte[].class).ofSize(length));
    }

    @Provide
    Arbitrary<String> almostAddresses() {
        return Arbitraries.of("0", "1", "abcd", "12345", "g", ":", ":", "::", "1.2.3.4", "256.1.1.1", "", "ffff")
                .list()
                .ofMaxSize(10)
                .map(parts -> ":" + String.join(":", parts));
    }
}
