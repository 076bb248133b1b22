package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code trunkline passwd} against a server, and clients that come in with nothing but what it has written. */
class PasswdTest {
    @TempDir
    Path directory;

    private Path file = Path.of("");

    @BeforeEach
    void configure() throws IOException {
        trunkline().configure();
        file = trunkline().passwords();
    }

    @Test
    void fetchedEntriesLetClientsInAndTrunklineInToTheNodes() throws Exception {
        External.Ended result = run(Map.of(), "", "--from", superuser(), Cluster.SCRAM_USER, Cluster.MD5_USER);
        assertThat(result).isEqualTo(new External.Ended(0, file + ": 2 added, 0 replaced, 0 unchanged\n", ""));
        assertThat(Files.readAllLines(file))
                .containsExactlyInAnyOrder(
                        Cluster.SCRAM_USER + ":" + Cluster.storedPassword(Cluster.SCRAM_USER),
                        Cluster.MD5_USER + ":" + Cluster.storedPassword(Cluster.MD5_USER));
        assertThat(run(Map.of(), "", "--from", superuser(), Cluster.SCRAM_USER).out())
                .isEqualTo(file + ": 0 added, 0 replaced, 1 unchanged\n");
        assertClientsComeIn();
    }

    @Test
    void typedPasswordsGiveTheEntriesThatTheServerHas() throws Exception {
        External.Ended result =
                run(Map.of(), Cluster.PASSWORD + "\n" + Cluster.PASSWORD + "\n", Cluster.SCRAM_USER, Cluster.MD5_USER);
        assertThat(result).isEqualTo(new External.Ended(0, file + ": 2 added, 0 replaced, 0 unchanged\n", ""));
        assertThat(Files.readAllLines(file))
                .containsExactly(
                        Cluster.SCRAM_USER + ":" + Cluster.storedPassword(Cluster.SCRAM_USER),
                        Cluster.MD5_USER + ":" + Cluster.storedPassword(Cluster.MD5_USER));
        assertClientsComeIn();
    }

    @ParameterizedTest
    @ValueSource(strings = {Cluster.SCRAM_USER, Cluster.MD5_USER})
    void wrongPasswordIsToldAndNotWritten(String user) throws Exception {
        External.Ended result = run(Map.of(), "geheim\n", user);
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .contains("user \"" + user + "\" is not written")
                .contains("password authentication failed")
                .doesNotContain("geheim");
        assertThat(file).doesNotExist();
    }

    @Test
    void allRolesThatCanLogInWithAPasswordAreFetched() throws Exception {
        LocalNode primary = Cluster.shared().node(Cluster.PRIMARY);
        primary.query("CREATE ROLE passwd_expired LOGIN PASSWORD 'x' VALID UNTIL '2001-01-01';"
                + " CREATE ROLE passwd_group PASSWORD 'x'; CREATE ROLE \"passwd:'odd\\\" LOGIN PASSWORD 'x'");
        try {
            External.Ended all = run(Map.of(), "", "--from", superuser(), "--all", "--stdout");
            assertThat(all.exit()).isZero();
            assertThat(all.out().lines().map(line -> line.replaceAll(":(md5|SCRAM).*", ":")))
                    .contains(Cluster.SCRAM_USER + ":", Cluster.MD5_USER + ":", "passwd\\:'odd\\\\:")
                    .doesNotContain("passwd_expired:", "passwd_group:", Cluster.USER + ":");
            assertThat(file).doesNotExist();

            External.Ended named = run(
                    Map.of(), "", "--from", superuser(), "passwd_expired", "passwd_group", "nobody", Cluster.MD5_USER);
            assertThat(named.exit()).isEqualTo(1);
            assertThat(named.err().lines())
                    .containsExactlyInAnyOrder(
                            "user \"passwd_expired\" is not written: it has an expired password",
                            "user \"passwd_group\" is not written: it cannot log in",
                            "user \"nobody\" is not written: the server does not know it");
            assertThat(Files.readString(file))
                    .startsWith(Cluster.MD5_USER + ":md5")
                    .hasLineCount(1);
        } finally {
            primary.query("DROP ROLE passwd_expired, passwd_group, \"passwd:'odd\\\"");
        }
    }

    @Test
    void serverIsLoggedInToWithAPasswordOfTheEnvironmentOrOfStandardInput() throws Exception {
        String from =
                "host=127.0.0.1 dbname=postgres user=" + Cluster.SCRAM_USER + " port=" + Cluster.port(Cluster.PRIMARY);
        for (External.Ended refused : List.of(
                run(Map.of("PGPASSWORD", Cluster.PASSWORD), "", "--from", from, "--all"),
                run(Map.of(), Cluster.PASSWORD + "\n", "--from", from, "--all"))) {
            assertThat(refused.exit()).isEqualTo(1);
            assertThat(refused.err()).contains("permission denied for table pg_authid");
        }
        assertThat(run(Map.of("PGPASSWORD", "geheim"), "", "--from", from, "--all")
                        .err())
                .contains("password authentication failed")
                .doesNotContain("geheim");
    }

    @Test
    void userWhoseSaltNobodyTellsGetsANewOne() throws Exception {
        External.Ended trusted = run(Map.of(), "x\n", "--stdout", Cluster.USER);
        assertThat(trusted.exit()).isZero();
        assertThat(trusted.out()).matches(Cluster.USER + ":SCRAM-SHA-256\\$4096:[^$]+\\$[^:]+:\\S+\n");
        assertThat(trusted.err()).contains("does not tell").contains("gets a verifier with a new salt");

        External.Ended alone = run(Map.of(), Cluster.PASSWORD + "\n", "--no-server", Cluster.SCRAM_USER);
        assertThat(alone.exit()).isZero();
        assertThat(Files.readString(file)).doesNotContain(Cluster.storedPassword(Cluster.SCRAM_USER));
        try (TestProxy proxy = TestProxy.start(Cluster.shared(), List.of(), Files.readAllLines(file))) {
            assertThatThrownBy(() -> proxy.connectAs(Cluster.SCRAM_USER, Cluster.PASSWORD))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("not the one that the server has");
        }
    }

    @Test
    void serverThatIsNotThereIsNamed() throws Exception {
        int port = FreePorts.find(1).get(0);
        External.Ended result = run(Map.of(), "", "--from", "host=127.0.0.1 user=x port=" + port, "--all");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).startsWith("trunkline: could not connect to 127.0.0.1:" + port);
    }

    private void assertClientsComeIn() throws Exception {
        try (TestProxy proxy = TestProxy.start(Cluster.shared(), List.of(), Files.readAllLines(file))) {
            for (String user : List.of(Cluster.SCRAM_USER, Cluster.MD5_USER)) {
                try (Connection connection = proxy.connectAs(user, Cluster.PASSWORD);
                        Statement statement = connection.createStatement();
                        var rows = statement.executeQuery("SELECT current_user")) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getString(1)).isEqualTo(user);
                }
                assertThatThrownBy(() -> proxy.connectAs(user, "wrong")).isInstanceOf(SQLException.class);
            }
        }
    }

    private static String superuser() {
        return "host=127.0.0.1 dbname=postgres port=" + Cluster.port(Cluster.PRIMARY) + " user="
                + Cluster.shared().superuser();
    }

    private TrunklineCommand trunkline() {
        return new TrunklineCommand(directory);
    }

    private External.Ended run(Map<String, String> environment, String input, String... arguments) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("PGPASSFILE", directory.resolve("none").toString());
        return trunkline().run("passwd", all, input, arguments);
    }
}
