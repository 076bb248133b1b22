package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.localcluster.LocalClusterException;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.StopMode;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/** What an administrator does after faults: every node serves again afterwards, and the standbys follow the primary. */
final class Repair {
    private static final Duration LIMIT = Duration.ofSeconds(80);

    /** How long Trunkline is given to find a primary by itself before servers are started for it. */
    private static final Duration FAILOVER_LIMIT = Duration.ofSeconds(8);

    private final FailoverRig rig;
    private final Consumer<String> log;

    Repair(FailoverRig rig, Consumer<String> log) {
        this.rig = rig;
        this.log = log;
    }

    void run() {
        rig.cluster().nodes().forEach(LocalNode::thaw);
        try {
            Eventually.holds(FAILOVER_LIMIT, this::hasPrimary);
        } catch (AssertionError held) {
            log.accept("there is no primary: " + rig.view());
            bringBack();
            Eventually.holds(LIMIT, this::hasPrimary);
        }
        Eventually.holds(LIMIT, () -> {
            rig.cluster().nodes().forEach(this::makeFollow);
            assertThat(rig.cluster().nodes()).allMatch(this::serves, "serves");
        });
        log.accept("all serve, node " + rig.primary() + " is the primary");
    }

    private void hasPrimary() {
        int primary = rig.primary();
        assertThat(primary).isNotNegative();
        assertThat(rig.node(primary).isRunning()).isTrue();
    }

    /** Starts what is down, and gives back to Trunkline what is not a primary of former times. */
    private void bringBack() {
        List<LocalNode> nodes = rig.cluster().nodes();
        nodes.stream().filter(node -> !node.isRunning()).forEach(LocalNode::start);
        int latest = nodes.stream().mapToInt(Repair::timelineAsPrimary).max().orElse(0);
        for (LocalNode node : nodes) {
            int timeline = timelineAsPrimary(node);
            if ((timeline == 0 || timeline == latest) && !view(node).status().isInService()) {
                attach(node);
            }
        }
    }

    /** 0 for a standby. */
    private static int timelineAsPrimary(LocalNode node) {
        return Integer.parseInt(
                Cluster.ask(
                        node,
                        "SELECT CASE WHEN pg_is_in_recovery() THEN '0'"
                                + " ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END"),
                16);
    }

    private void attach(LocalNode node) {
        log.accept("attach " + node.id() + ": "
                + rig.requestAndWait(Kind.NODE_UP, node.id()).text());
    }

    private void makeFollow(LocalNode node) {
        int primary = rig.primary();
        if (primary < 0 || node.id() == primary || serves(node)) {
            return;
        }
        if (follows(node, rig.node(primary))) {
            if (view(node).status() == NodeStatus.DOWN) {
                attach(node);
            }
            return;
        }
        rig.requestAndWait(Kind.NODE_DOWN, node.id());
        if (rig.primary() == primary) {
            node.stop(StopMode.FAST);
            log.accept("recover " + node.id() + ": "
                    + rig.requestAndWait(Kind.RECOVERY, node.id()).text());
        }
    }

    private static boolean follows(LocalNode node, LocalNode primary) {
        List<String> streaming;
        try {
            streaming =
                    primary.query("SELECT application_name FROM pg_stat_replication WHERE state = 'streaming'").stream()
                            .map(row -> Objects.requireNonNull(row.get(0)))
                            .toList();
        } catch (LocalClusterException gone) {
            return false;
        }
        return node.isRunning() && streaming.contains(node.applicationName());
    }

    private boolean serves(LocalNode node) {
        return node.isRunning()
                && view(node).status() == NodeStatus.UP
                && view(node).readable();
    }

    private NodeView view(LocalNode node) {
        return rig.view().node(node.id());
    }
}
