package io.trunkline.failover;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether standbys may serve reads, and how far they are behind.
 *
 * <p>After a change of the primary a standby serves none until it is seen to stream on the new primary's timeline, but for
 * {@code standby_grace_after_promotion}; one that has more than the new primary had when it was promoted has what was
 * never confirmed, and gets no such grace. The coordinator's thread only.
 */
final class StandbyFitness {
    private static final Logger log = LoggerFactory.getLogger(StandbyFitness.class);

    private final CoordinatorLoop loop;
    private final ClusterState state;
    private final Supplier<CoordinatorSettings> settings;

    /** Until when standbys are trusted that have not been seen to follow. */
    private long graceUntil;

    /** Where the present primary was when it was found; what it has beyond that only followers can have. */
    private OptionalLong start = OptionalLong.empty();

    /** Where the present primary left the timeline before; what standbys have beyond that is not the cluster's. */
    private OptionalLong fork = OptionalLong.empty();

    private boolean mustFollow;

    StandbyFitness(CoordinatorLoop loop, ClusterState state, Supplier<CoordinatorSettings> settings) {
        this.loop = loop;
        this.state = state;
        this.settings = settings;
    }

    /**
     * There is another primary than before.
     *
     * @param isFirst whether none was known before
     * @param wasAsked whether it told how far it was right before it was promoted
     */
    void primaryChanged(Node primary, boolean isFirst, boolean wasAsked) {
        start = primary.report == null ? OptionalLong.empty() : primary.report.received();
        boolean isExact = wasAsked && primary.receivedAsStandby.isPresent() && Primaries.timeline(primary) > 0;
        fork = isExact ? primary.receivedAsStandby : start;
        mustFollow =
                !isFirst && settings.get().knowsStandbys() && settings.get().canAsk();
        graceUntil = loop.nowMillis() + settings.get().readGrace().toMillis();
        primary.readable = true;
        for (Node node : state.nodes()) {
            if (node != primary && mustFollow) {
                node.readable = isTrustedMeanwhile(node, primary);
            }
        }
        if (mustFollow && !settings.get().readGrace().isZero()) {
            loop.schedule(settings.get().readGrace().toMillis(), () -> {
                state.nodes().forEach(this::judge);
                state.publish();
            });
        }
    }

    private boolean isTrustedMeanwhile(Node node, Node primary) {
        // one on the new timeline has got there through the fork
        boolean hasPassed = Primaries.timeline(primary) > 0 && Primaries.timeline(node) >= Primaries.timeline(primary);
        boolean isAhead = !hasPassed && fork.isPresent() && Candidate.received(node) > fork.getAsLong();
        return loop.nowMillis() < graceUntil && !isAhead;
    }

    /** The node comes into service. */
    void attached(Node node) {
        node.readable = !mustFollow || node.id() == state.primary();
    }

    /** The node has told how it stands. */
    void judge(Node node) {
        int primary = state.primary();
        if (node.id() == primary || !node.isUsed()) {
            node.readable = true;
            node.lagBytes = node.id() == primary ? OptionalLong.of(0) : node.lagBytes;
            node.replication = NodeView.Replication.NONE;
            return;
        }
        if (node.claimsToBePrimary() && settings.get().knowsStandbys()) {
            // what it has is not what the cluster has
            node.readable = primary == ClusterView.NO_PRIMARY && Primaries.timeline(node) >= state.timeline();
            return;
        }
        if (primary != ClusterView.NO_PRIMARY) {
            measure(node, state.node(primary));
        }
        if (!node.readable && follows(node)) {
            log.info("node {} follows node {} now and serves reads again", node.id(), primary);
            node.readable = true;
        } else if (mustFollow && node.readable && loop.nowMillis() >= graceUntil && isAstray(node)) {
            log.warn("node {} has not been seen to follow the new primary: it serves no reads", node.id());
            node.readable = false;
        }
    }

    /** Not seen to follow since the primary has changed; one that has followed may lag, or lose its connection. */
    private boolean isAstray(Node node) {
        return node.report != null
                && node.report.timeline().isPresent()
                && node.report.timeline().getAsInt() < state.timeline();
    }

    /** Whether the node is known to receive what the primary writes. */
    boolean follows(Node node) {
        int id = state.primary();
        if (id == ClusterView.NO_PRIMARY || node.report == null || !node.report.inRecovery()) {
            return false;
        }
        Node primary = state.node(id);
        if (node.report.upstream().isPresent()) {
            return node.report.upstream().get().isStreaming()
                    && Primaries.timeline(node) >= Primaries.timeline(primary);
        }
        // the user of the check may not see who receives from whom: then only what has come through tells
        return Primaries.timeline(node) == 0
                && start.isPresent()
                && node.report.replayed().orElse(-1) > start.getAsLong();
    }

    private void measure(Node node, Node primary) {
        if (node.report == null || primary.report == null) {
            return;
        }
        OptionalLong written = primary.report.received();
        OptionalLong replayed = node.report.replayed();
        node.lagBytes = written.isEmpty() || replayed.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(0, written.getAsLong() - replayed.getAsLong()));
        Optional<NodeReport.Downstream> connection = primary.report.downstreams().stream()
                .filter(downstream -> isOf(downstream, node))
                .findFirst();
        node.lagTime = connection.map(downstream -> downstream.replayLag().orElse(Duration.ZERO));
        node.replication = connection
                .map(downstream -> new NodeView.Replication(downstream.state(), downstream.syncState()))
                .orElse(NodeView.Replication.NONE);
    }

    static boolean isOf(NodeReport.Downstream downstream, Node node) {
        String name = node.slot.applicationName();
        return !name.isEmpty() && downstream.applicationName().equals(name);
    }
}
