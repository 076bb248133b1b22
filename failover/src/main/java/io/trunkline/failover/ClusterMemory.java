package io.trunkline.failover;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What is known of the cluster from before, and has to be known after a restart.
 *
 * @param epoch with which the next start begins: beyond that of every view there has been; 0 if none is known
 * @param primary id of the last primary, {@link ClusterView#NO_PRIMARY} if none is known
 * @param timeline the highest that a primary was on
 * @param systemIdentifier of the database system that this is about
 * @param nodes by id, without gaps; of those beyond nothing is known
 * @param promises what synchronous replication promised of the commits of primaries: of lost ones that a standby may have
 *     missed, and of the last one; the latest last
 */
public record ClusterMemory(
        long epoch,
        int primary,
        OptionalInt timeline,
        OptionalLong systemIdentifier,
        List<Former> nodes,
        List<Promise> promises) {
    /** Of a first start. */
    public static final ClusterMemory NONE = new ClusterMemory(
            0, ClusterView.NO_PRIMARY, OptionalInt.empty(), OptionalLong.empty(), List.of(), List.of());

    /** So that the memory need not be kept anew with every view, and one of a moment ago does for a start. */
    private static final long EPOCH_STEP = 100_000;

    public ClusterMemory {
        nodes = List.copyOf(nodes);
        promises = List.copyOf(promises);
    }

    /**
     * A node as it was.
     *
     * @param since when it came into service or went out of it, if known
     * @param detachedByAdministrator whether it is down because somebody asked for that, so nothing but a request attaches it
     */
    public record Former(NodeStatus status, Optional<Instant> since, boolean detachedByAdministrator) {
        /** Of which nothing is known: it is to be tried. */
        public static final Former UNKNOWN = new Former(NodeStatus.WAITING, Optional.empty(), false);
    }

    /**
     * That each commit of a primary is on so many of its standbys.
     *
     * @param timeline that it was on, 0 if not known
     * @param primary its id
     * @param standbys ids of those that there were
     * @param setting its synchronous_standby_names, in one line
     */
    public record Promise(int timeline, int primary, List<Integer> standbys, String setting) {
        public Promise {
            standbys = List.copyOf(standbys);
        }
    }

    /** How a node was, and {@link Former#UNKNOWN} if nothing is known of it. */
    public Former node(int id) {
        return id < nodes.size() ? nodes.get(id) : Former.UNKNOWN;
    }

    static ClusterMemory of(ClusterState state) {
        List<Former> nodes = new ArrayList<>();
        for (Node node : state.nodes()) {
            nodes.add(new Former(node.status(), Optional.of(node.statusSince()), node.detachedByHand));
        }
        return new ClusterMemory(
                (state.view().epoch() / EPOCH_STEP + 2) * EPOCH_STEP,
                state.lastPrimary(),
                state.timeline() == 0 ? OptionalInt.empty() : OptionalInt.of(state.timeline()),
                state.systemIdentifier(),
                nodes,
                state.promised());
    }
}
