package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeStatus;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.StopMode;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Servers whose network falls silent: no packet comes back, and none that says so. Only time can tell. */
class SilentNetworkTest {
    private static final double LIMIT_SECONDS = 15;

    @RegisterExtension
    final FailoverRigs rigs = new FailoverRigs();

    private NetworkNamespace network;

    @BeforeEach
    void open() {
        network = NetworkNamespace.open();
    }

    @AfterEach
    void close() {
        rigs.close();
        network.close();
    }

    /** @param far the node whose server is behind that network */
    private FailoverRig start(int far) {
        FailoverRig rig = FailoverRig.start(
                builder -> builder.nodes(2)
                        .configure("listen_addresses = '*'")
                        .clientAuthentication("host all all samenet trust")
                        .clientAuthentication("host replication all samenet trust"),
                cluster -> move(cluster, far),
                "backend_hostname" + far + " = '" + network.there() + "'",
                "connect_timeout = 2000");
        rigs.add(rig);
        return rig;
    }

    private void move(LocalCluster cluster, int far) {
        LocalNode node = cluster.node(far);
        LocalNode other = cluster.node(1 - far);
        String primary = far == 0
                ? "host=" + network.there() + " port=" + node.port()
                : "host=" + network.here() + " port=" + other.port();
        LocalNode standby = cluster.node(1);
        standby.query("ALTER SYSTEM SET primary_conninfo = '" + primary + " user=postgres application_name=node1'");
        standby.query("SELECT pg_reload_conf()");
        node.stop(StopMode.FAST);
        network.start(node);
    }

    @Test
    void readersAreServedElsewhereWhenAStandbyFallsSilent() {
        FailoverRig rig = start(1);
        Clients clients = new Clients(rig.proxy(), new Ledger());
        try (clients) {
            clients.readers(3).writers(1).awaitAnswers(20);
            network.fallSilent();
            Eventually.holds(() -> assertThat(rig.view().node(1).status()).isEqualTo(NodeStatus.DOWN));
            clients.awaitAnswers(20);
        }
        clients.haveSeenNothingUnexpected();
        assertThat(clients.errors()).isEmpty();
        assertThat(clients.longestWaitSeconds()).isLessThan(LIMIT_SECONDS);
        assertThat(rig.primary()).isZero();
    }

    @Test
    void aSilentPrimaryIsReplaced() throws Exception {
        FailoverRig rig = start(0);
        Clients clients = new Clients(rig.proxy(), new Ledger());
        try (RawClient held = rig.proxy().raw();
                clients) {
            held.run("SET work_mem = '77MB'");
            clients.readers(3).writers(2).transactions(2).awaitAnswers(20);
            Files.createFile(rig.node(0).dataDirectory().resolve(FailoverRig.OUT_OF_REACH));
            network.fallSilent();
            rig.awaitPrimary(1);
            clients.awaitAnswers(20);
            assertThat(rig.writesOn(held)).isOne();
            assertThat(held.ask("SHOW work_mem")).isEqualTo("77MB");
        }
        clients.haveSeenNothingUnexpected();
        assertThat(clients.longestWaitSeconds()).isLessThan(LIMIT_SECONDS);
    }
}
