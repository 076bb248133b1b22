package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeStatus;
import io.trunkline.localcluster.LocalCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What looks like a lost primary, and is none. */
class FalseAlarmTest {
    private static final int CONNECTIONS = 30;

    @RegisterExtension
    final FailoverRigs rigs = new FailoverRigs();

    private FailoverRig start(String... settings) {
        return rigs.add(FailoverRig.start(FalseAlarmTest::small, settings));
    }

    private static LocalCluster.Builder small(LocalCluster.Builder builder) {
        return builder.nodes(2)
                .configure("log_connections = on")
                .configure("max_connections = " + CONNECTIONS)
                .clientAuthentication("host all checker 127.0.0.1/32 scram-sha-256");
    }

    @Test
    void backendsThatAnAdministratorEnds() throws IOException {
        FailoverRig rig = start();
        try (RawClient client = rig.proxy().raw();
                RawClient inTransaction = rig.proxy().raw()) {
            for (int i = 0; i < 5; i++) {
                // asked before its end was seen, it is not known what the old backend did
                Eventually.holds(() -> assertThat(rig.writesOn(client)).isZero());
                inTransaction.run("BEGIN");
                assertThat(rig.writesOn(inTransaction)).isZero();
                rig.node(0).query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'");
                assertThat(RawClient.error(inTransaction.run("SELECT txid_current()"))
                                .sqlState())
                        .isIn("40001", "57P01");
                assertThat(RawClient.tags(inTransaction.run("ROLLBACK"))).isEqualTo("CZ");
            }
            Eventually.holds(() -> assertThat(rig.writesOn(client)).isZero());
            awaitChecks(rig);
        }
        assertThat(rig.primary()).isZero();
        bothAreUp(rig);
    }

    @Test
    void serverThatIsFullOrRefusesThePassword() throws Exception {
        FailoverRig rig = start("health_check_user = 'checker'", "health_check_password = 'no longer right'");
        rig.node(0).query("CREATE ROLE checker LOGIN PASSWORD 'right'");
        try (RawClient client = rig.proxy().raw()) {
            assertThat(rig.writesOn(client)).isZero();
            awaitChecks(rig);
            List<Connection> all = new ArrayList<>();
            try {
                fill(rig, all);
                rig.node(0).query("ALTER ROLE checker PASSWORD 'no longer right'");
                awaitChecks(rig);
                assertThat(rig.writesOn(client)).isZero();
                assertThat(rig.primary()).isZero();
                bothAreUp(rig);
            } finally {
                for (Connection connection : all) {
                    connection.close();
                }
            }
        }
    }

    /** Takes every connection that there is for ordinary users. */
    private static void fill(FailoverRig rig, List<Connection> all) {
        SQLException full = null;
        while (full == null) {
            try {
                all.add(DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + rig.node(0).port() + "/app", "app", ""));
            } catch (SQLException refused) {
                full = refused;
            }
        }
        assertThat(Objects.requireNonNull(full).getSQLState()).isEqualTo("53300");
    }

    private static void bothAreUp(FailoverRig rig) {
        assertThat(rig.view().nodes())
                .allSatisfy(node -> assertThat(node.status()).isEqualTo(NodeStatus.UP));
    }

    /** Waits until the primary has been checked several more times: nobody else connects to it meanwhile. */
    private static void awaitChecks(FailoverRig rig) {
        long goal = connections(rig) + 3;
        Eventually.isTrue("three more connections", () -> connections(rig) >= goal);
    }

    private static long connections(FailoverRig rig) {
        try (Stream<String> lines = Files.lines(rig.node(0).log())) {
            return lines.filter(line -> line.contains("connection received")).count();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
