package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramVerifier;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code trunkline check --connect}: whether the SCRAM verifiers of pool_passwd are those of the nodes. */
class CheckConnectTest {
    @TempDir
    Path directory;

    /** What all nodes are called together. */
    private static String nodes() {
        List<String> nodes = new ArrayList<>();
        for (int node = 0; node < 3; node++) {
            nodes.add("node " + node + " (127.0.0.1:" + Cluster.port(node) + ")");
        }
        return String.join(", ", nodes);
    }

    private TrunklineCommand trunkline() {
        return new TrunklineCommand(directory);
    }

    /** Of the right password, with a salt of its own. */
    private static String another() {
        return ScramVerifier.of(Password.of(Cluster.PASSWORD), 4096).format();
    }

    private void write(List<String> passwords, String... settings) throws IOException {
        trunkline().configure(settings);
        Files.write(trunkline().passwords(), passwords);
        Files.setPosixFilePermissions(trunkline().passwords(), PosixFilePermissions.fromString("rw-------"));
    }

    /** The lines about pool_passwd and the last one; the command has to end with 0. */
    private List<String> check(String... options) {
        External.Ended ended = trunkline().run("check", Map.of(), "", options).succeeded();
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).doesNotContain("SCRAM-SHA-256$");
        return ended.err().lines().toList();
    }

    private String valid(int warnings) {
        return trunkline().conf() + " is valid: 0 errors, " + warnings + (warnings == 1 ? " warning" : " warnings");
    }

    @Test
    void verifiersOfTheServersAreFine() throws IOException {
        write(List.of(Cluster.SCRAM_USER + ":" + Cluster.storedPassword(Cluster.SCRAM_USER)));
        assertThat(check("--connect")).containsExactly(valid(0));
        assertThat(check())
                .containsExactly(
                        "pool_passwd has 1 SCRAM verifier; whether the nodes have the same is told by:"
                                + " trunkline check --connect",
                        valid(0));
    }

    @Test
    void theServerLogsNoFailedLogin() throws IOException {
        write(List.of(Cluster.SCRAM_USER + ":" + another()));
        LocalNode node = Cluster.shared().node(Cluster.PRIMARY);
        long before = Files.size(node.log());
        assertThat(check("--connect")).hasSize(2).last().isEqualTo(valid(1));

        // one that is logged comes after, so that there is something to wait for
        String url = "jdbc:postgresql://127.0.0.1:" + node.port() + "/" + Cluster.USER;
        assertThatThrownBy(() -> DriverManager.getConnection(url, Cluster.SCRAM_USER, "wrong")
                        .close())
                .isInstanceOf(SQLException.class);
        Eventually.holds(() -> assertThat(linesAfter(before, node))
                .filteredOn(line -> line.contains(Cluster.SCRAM_USER + "@") && !line.contains("DETAIL:"))
                .singleElement()
                .asString()
                .contains("FATAL:  password authentication failed"));
    }

    private static List<String> linesAfter(long before, LocalNode node) throws IOException {
        try (InputStream log = Files.newInputStream(node.log())) {
            log.skipNBytes(before);
            return new String(log.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }

    @Test
    void verifierWithAnotherSaltIsToldWithItsLine() throws IOException {
        write(List.of(
                "# users",
                Cluster.MD5_USER + ":" + Cluster.storedPassword(Cluster.MD5_USER),
                Cluster.SCRAM_USER + ":" + another(),
                "nobody_here:" + Cluster.storedPassword(Cluster.SCRAM_USER),
                // whom the servers trust
                Cluster.USER + ":" + another()));
        Cluster.shared().node(Cluster.PRIMARY).query("CREATE ROLE nobody_here LOGIN IN ROLE " + Cluster.SCRAM_ROLES);
        Cluster.awaitStandbys();
        try {
            assertThat(check("--connect"))
                    .containsExactly(warning(3, Cluster.SCRAM_USER), warning(4, "nobody_here"), valid(2));
        } finally {
            Cluster.shared().node(Cluster.PRIMARY).query("DROP ROLE nobody_here");
        }
    }

    private String warning(int line, String user) {
        return trunkline().passwords() + ":" + line + ": warning: user \"" + user
                + "\": the SCRAM verifier is not that of " + nodes()
                + " (another salt or iteration count, or the role does not exist there, has no password or has expired):"
                + " the entry lets clients in, and does not log in to the node";
    }

    @Test
    void verifierForAServerThatAsksForAnMd5HashIsTold() throws IOException {
        write(List.of(Cluster.MD5_USER + ":" + another()));
        assertThat(check("--connect"))
                .containsExactly(
                        trunkline().passwords() + ":1: warning: user \"" + Cluster.MD5_USER + "\": " + nodes()
                                + " asks for an md5 hash: the entry lets clients in, and does not log in to the node",
                        valid(1));
    }

    @Test
    void nothingIsSaidWhereThereIsNothingToCompare() throws IOException {
        write(List.of(Cluster.MD5_USER + ":" + Cluster.storedPassword(Cluster.MD5_USER)));
        assertThat(check()).containsExactly(valid(0));
        assertThat(check("--connect")).containsExactly(valid(0));
    }

    @Test
    void serversThatDoNotAnswerAreNotedAndNoError() throws IOException {
        List<Integer> down = FreePorts.find(2);
        try (ServerSocket mute = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            write(
                    List.of(
                            Cluster.SCRAM_USER + ":" + Cluster.storedPassword(Cluster.SCRAM_USER),
                            Cluster.MD5_USER + ":" + another()),
                    "backend_port0 = " + down.get(0),
                    "backend_port1 = " + mute.getLocalPort(),
                    "backend_port2 = " + down.get(1));
            assertThat(check("--connect"))
                    .containsExactly(
                            refused(0, down.get(0)),
                            "2 SCRAM verifiers were not compared: node 1 (127.0.0.1:" + mute.getLocalPort()
                                    + "): no answer within 5 s",
                            refused(2, down.get(1)),
                            valid(0));
        }
    }

    private static String refused(int node, int port) {
        return "2 SCRAM verifiers were not compared: could not connect to node " + node + " (127.0.0.1:" + port
                + "): Connection refused: 127.0.0.1/127.0.0.1:" + port;
    }
}
