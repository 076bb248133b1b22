package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.hba.IdentMaps;
import io.trunkline.config.hba.PoolHba;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HbaDeciderTest {
    @TempDir
    Path directory;

    private final Deque<Runnable> blocking = new ArrayDeque<>();
    private final Deque<Runnable> onLoop = new ArrayDeque<>();
    private final List<String> lookedUp = new ArrayList<>();
    private final List<HbaDecision> decisions = new ArrayList<>();
    private String hostName = "db.example.org";
    private RoleMembership roles = RoleMembership.NOT_KNOWN;
    private HbaDecider decider = decider(AccessRules.none());

    @BeforeEach
    void noRules() {
        decider = decider(AccessRules.none());
    }

    private HbaDecider decider(AccessRules access) {
        Executor later = blocking::add;
        return new HbaDecider(
                access,
                user -> roles.find(user),
                new HostNames(
                        later,
                        address -> {
                            lookedUp.add(address.getHostAddress());
                            return Optional.of(hostName).filter(name -> !name.isEmpty());
                        },
                        () -> 0),
                new LocalNetworks(
                        later,
                        () -> {
                            lookedUp.add("networks");
                            return List.of(
                                    new LocalNetworks.Own(new byte[] {127, 0, 0, 1}, 8),
                                    new LocalNetworks.Own(new byte[] {10, 1, (byte) 200, 7}, 19),
                                    new LocalNetworks.Own(new byte[] {10, 9, 9, 9}, 0));
                        },
                        () -> 0));
    }

    private AccessRules access(String rules, String maps) throws IOException {
        PoolHba.Reading hba = PoolHba.read(Files.writeString(directory.resolve("pool_hba.conf"), rules));
        IdentMaps.Reading ident = IdentMaps.read(Files.writeString(directory.resolve("pool_ident.conf"), maps));
        assertThat(hba.hasErrors()).as("%s", hba.diagnostics()).isFalse();
        assertThat(ident.diagnostics()).isEmpty();
        return new AccessRules(hba.rules(), ident.maps());
    }

    private void rules(String rules) throws IOException {
        decider.reload(access(rules, ""));
    }

    private static HbaQuestion tcp(String address, String database, String user) throws IOException {
        return HbaQuestion.tcp(InetAddress.getByName(address), false, database, user);
    }

    private HbaDecision decide(HbaQuestion question) {
        int before = decisions.size();
        decider.decide(question, onLoop::add, decisions::add);
        while (!blocking.isEmpty() || !onLoop.isEmpty()) {
            Runnable next = blocking.isEmpty() ? onLoop.remove() : blocking.remove();
            next.run();
        }
        assertThat(decisions).hasSize(before + 1);
        return decisions.get(before);
    }

    private static CompletableFuture<Optional<Set<String>>> told(Set<String> roles) {
        return CompletableFuture.completedFuture(Optional.of(roles));
    }

    /** The number of the line that decides, negative if it rejects; 0 for none. */
    private int line(HbaQuestion question) {
        HbaDecision decision = decide(question);
        if (decision instanceof HbaDecision.Matched matched) {
            return matched.rule().at().line();
        }
        return decision instanceof HbaDecision.Rejected rejected
                ? -rejected.rule().at().line()
                : 0;
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    local, false, , app, anna, 1
                    local, false, , other, anna, 0
                    tcp, false, 10.1.2.3, app, anna, 3
                    tcp, true, 10.1.2.3, app, anna, 2
                    tcp, false, 10.2.2.3, app, anna, -4
                    tcp, true, 10.2.2.3, app, anna, 0
                    tcp, false, ::1, anna, anna, 5
                    tcp, false, ::1, bert, anna, 0
                    tcp, false, ::2, app_1, carla, 6
                    tcp, false, ::2, my_app, carla, 0
                    tcp, false, ::2, app_1, Carla, 0
                    tcp, false, 192.168.0.1, sameuser, all, 7
                    tcp, false, 192.168.0.1, replication, all, 0
                    """)
    void theFirstRuleForAConnectionDecides(
            String kind, boolean tls, String address, String database, String user, int line) throws Exception {
        rules("""
                local app all trust
                hostssl app all 10.1.0.0/16 md5
                hostnossl app all 10.1.0.0/16 md5
                hostnossl app all 10.0.0.0/8 reject
                host sameuser all ::1/128 md5
                host /^app_ carla ::/0 md5
                host "sameuser",replication "all" 192.168.0.0/16 md5
                """);
        HbaQuestion question = kind.equals("local")
                ? HbaQuestion.local(database, user)
                : HbaQuestion.tcp(InetAddress.getByName(address), tls, database, user);
        assertThat(line(question)).isEqualTo(line);
        assertThat(lookedUp).isEmpty();
    }

    @Test
    void theTextsOfRefusalsArePostgresqls() throws Exception {
        assertThat(decide(HbaQuestion.local("d", "u")))
                .isEqualTo(new HbaDecision.NoMatch(
                        "no pool_hba.conf entry for host \"[local]\", user \"u\", database \"d\", no encryption", ""));
        assertThat(decide(HbaQuestion.tcp(InetAddress.getByName("::1"), true, "d", "u")))
                .isEqualTo(new HbaDecision.NoMatch(
                        "no pool_hba.conf entry for host \"::1\", user \"u\", database \"d\", SSL encryption", ""));
        rules("host all all all reject");
        assertThat(decide(tcp("1.2.3.4", "d", "u"))).isInstanceOfSatisfying(HbaDecision.Rejected.class, rejected -> {
            assertThat(rejected.text())
                    .isEqualTo("pool_hba.conf rejects connection for host \"1.2.3.4\", user \"u\", database \"d\","
                            + " no encryption");
        });
    }

    @Test
    void anIpv4AddressInTheFormOfIpv6IsAnIpv4Address() throws Exception {
        rules("host all all 10.0.0.0/8 trust");
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 1, 2, 3};
        InetAddress address = java.net.Inet6Address.getByAddress(null, mapped, -1);
        assertThat(line(HbaQuestion.tcp(address, false, "d", "u"))).isEqualTo(1);
    }

    @Test
    void aDecisionWithoutALookUpIsMadeAtOnce() throws Exception {
        rules("host all anna all trust\nhost all all db.example.org trust\n");
        decider.decide(tcp("1.2.3.4", "d", "anna"), onLoop::add, decisions::add);
        assertThat(decisions).hasSize(1);
        assertThat(blocking).isEmpty();
        assertThat(onLoop).isEmpty();
    }

    @Test
    void aHostNameIsLookedUpElsewhereAndTheDecisionComesBackToTheLoop() throws Exception {
        rules("host all all other.org reject\nhost all all DB.example.org trust\n");
        decider.decide(tcp("1.2.3.4", "d", "u"), onLoop::add, decisions::add);
        assertThat(blocking).hasSize(1);
        blocking.remove().run();
        assertThat(decisions).isEmpty();
        onLoop.remove().run();
        assertThat(decisions).singleElement().isInstanceOf(HbaDecision.Matched.class);
        assertThat(line(tcp("1.2.3.4", "d", "u"))).isEqualTo(2);
        assertThat(lookedUp).containsExactly("1.2.3.4");
    }

    @ParameterizedTest
    @CsvSource({
        "db.example.org, 1",
        "DB.Example.ORG, 1",
        "x.example.org, 2",
        "a.b.example.org, 2",
        "example.org, 3",
        "xexample.org, 3",
        "'', 3",
        "db.example.org.evil, 3"
    })
    void hostNamesAreComparedWithoutCaseAndSuffixesBeginWithADot(String name, int line) throws Exception {
        hostName = name;
        rules("host all all db.example.org md5\nhost all all .example.org md5\nhost all all all md5\n");
        assertThat(line(tcp("1.2.3.4", "d", "u"))).isEqualTo(line);
    }

    @Test
    void aNameWithLettersThatFoldToAsciiIsNobodys() throws Exception {
        hostName = "ban\u212A.org";
        rules("host all all bank.org md5\n");
        assertThat(line(tcp("1.2.3.4", "d", "u"))).isZero();
    }

    @Test
    void namesAreComparedBeforeAHostNameIsLookedUp() throws Exception {
        rules("host all anna db.example.org md5\nhost all bert all md5\n");
        assertThat(line(tcp("1.2.3.4", "d", "bert"))).isEqualTo(2);
        assertThat(lookedUp).isEmpty();
    }

    @Test
    void theLogSaysWhatTheHostNameWasIfNoRuleHasMatched() throws Exception {
        rules("host all all other.org md5\n");
        assertThat(decide(tcp("1.2.3.4", "d", "u")))
                .extracting("logDetail")
                .isEqualTo("the client's host name is \"db.example.org\"");
        hostName = "";
        assertThat(decide(tcp("1.2.3.5", "d", "u")))
                .extracting("logDetail")
                .isEqualTo("the client's address has no host name that resolves to it");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 1",
        "127.0.0.2, 2",
        "10.1.200.7, 1",
        "10.1.192.1, 2",
        "10.1.223.255, 2",
        "10.1.224.0, 0",
        "10.1.191.255, 0",
        "10.9.9.9, 1",
        "10.9.9.8, 0",
        "::1, 0"
    })
    void samehostAndSamenetAreThisMachinesAddressesAndNetworks(String address, int line) throws Exception {
        rules("host all all samehost md5\nhost all all samenet md5\n");
        assertThat(line(tcp(address, "d", "u"))).isEqualTo(line);
        assertThat(lookedUp).containsExactly("networks");
    }

    @Test
    void membersOfARoleAreAskedFor() throws Exception {
        roles = user -> told(user.equals("anna") ? Set.of("staff") : Set.of());
        rules("local all +staff md5\nlocal samerole all peer\nlocal all +bert trust\n");
        assertThat(line(HbaQuestion.local("d", "anna"))).isEqualTo(1);
        assertThat(line(HbaQuestion.local("d", "staff"))).isEqualTo(1);
        assertThat(line(HbaQuestion.local("carl", "carl"))).isEqualTo(2);
        assertThat(line(HbaQuestion.local("d", "bert"))).isEqualTo(3);
        assertThat(line(HbaQuestion.local("d", "carl"))).isZero();
    }

    @Test
    void aRoleWhoseMembersAreNotKnownIsForNobodyUnlessTheRuleRejects() throws Exception {
        rules("local all +staff trust\nlocal all +banned reject\nlocal all all md5\n");
        assertThat(line(HbaQuestion.local("d", "anna"))).isEqualTo(-2);
        rules("local all +staff trust\nlocal all all md5\n");
        assertThat(line(HbaQuestion.local("d", "anna"))).isEqualTo(2);
    }

    @Test
    void rolesAreAskedForOnceAndTheDecisionComesBackToTheLoop() throws Exception {
        CompletableFuture<Optional<Set<String>>> answer = new CompletableFuture<>();
        roles = user -> {
            lookedUp.add("roles of " + user);
            return answer;
        };
        rules("local all +banned reject\nlocal samegroup all md5\nlocal all +staff md5\n");
        decider.decide(HbaQuestion.local("d", "anna"), onLoop::add, decisions::add);
        assertThat(decisions).isEmpty();
        answer.complete(Optional.of(Set.of("staff")));
        assertThat(decisions).isEmpty();
        onLoop.remove().run();
        assertThat(decisions)
                .singleElement()
                .isInstanceOfSatisfying(
                        HbaDecision.Matched.class,
                        matched -> assertThat(matched.rule().at().line()).isEqualTo(3));
        assertThat(lookedUp).containsExactly("roles of anna");
    }

    @Test
    void rolesAreAskedForOnlyIfARuleUpToTheMatchNeedsThem() throws Exception {
        roles = user -> {
            throw new AssertionError("asked for the roles of " + user);
        };
        rules("""
                host all +staff 10.0.0.0/8 reject
                host other +staff all reject
                host all anna all md5
                host all +staff all md5
                """);
        assertThat(line(tcp("1.2.3.4", "d", "anna"))).isEqualTo(3);
        assertThat(line(tcp("1.2.3.4", "d", "staff"))).isEqualTo(4);
    }

    @Test
    void aReloadIsForTheQuestionsAfterIt() throws Exception {
        rules("host all all db.example.org md5\n");
        decider.decide(tcp("1.2.3.4", "d", "u"), onLoop::add, decisions::add);
        rules("host all all all reject\n");
        decider.decide(tcp("1.2.3.4", "d", "u"), onLoop::add, decisions::add);
        blocking.remove().run();
        onLoop.remove().run();
        assertThat(decisions)
                .extracting(HbaDecision::getClass)
                .map(Class::getSimpleName)
                .containsExactly("Rejected", "Matched");
    }

    @ParameterizedTest
    @CsvSource({
        "m, anna, anna, false",
        "m, root, postgres, true",
        "m, root, anna, false",
        "m, carl@example.org, carl, true",
        "m, carl@example.org.evil, carl, false",
        "m, all@example.org, all, true",
        "m, all@example.org, anna, false",
        "m, boss, anybody, true",
        "m, worker, app_7, true",
        "m, worker, web_7, false",
        "m, member, anna, true",
        "m, member, bert, false",
        "other, root, postgres, false",
        "other, root, root, false",
    })
    void aMapSaysAsWhomSomebodyMayConnect(String map, String system, String database, boolean allowed)
            throws Exception {
        roles = user -> told(user.equals("anna") ? Set.of("staff") : Set.of());
        AccessRules access = access("local all all peer map=" + map, """
                m root postgres
                m /^(.*)@example\\.org$ \\1
                m boss all
                m worker /^app_
                m member +staff
                """);
        decider.reload(access);
        assertThat(decide(HbaQuestion.local("d", database)))
                .isInstanceOfSatisfying(
                        HbaDecision.Matched.class,
                        matched -> assertThat(decider.mayBe(matched, system, database))
                                .isEqualTo(allowed));
    }

    @Test
    void withoutAMapTheNamesHaveToBeEqual() throws Exception {
        AccessRules access = access("local all all peer", "m a b\n");
        decider.reload(access);
        HbaDecision.Matched matched =
                new HbaDecision.Matched(access.hba().rules().get(0), Optional.empty());
        assertThat(decider.mayBe(matched, "a", "a")).isTrue();
        assertThat(decider.mayBe(matched, "a", "b")).isFalse();
        assertThat(decider.mayBe(matched, "a", "A")).isFalse();
    }
}
