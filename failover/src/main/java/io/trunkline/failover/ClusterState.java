package io.trunkline.failover;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.pool.NodeAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes, the primary, and what becomes of writes: all that a {@link ClusterView} shows. Changed on the coordinator's
 * thread only; {@link #view()} can be read from any.
 */
final class ClusterState {
    private static final Logger log = LoggerFactory.getLogger(ClusterState.class);

    private final CoordinatorLoop loop;
    private List<Node> nodes;
    private final List<Consumer<ClusterView>> listeners = new ArrayList<>();
    private volatile ClusterView view;
    private int primary = ClusterView.NO_PRIMARY;
    private Writes writes = Writes.NOT_SERVED;

    /** The primary that was the last one, also after it is gone. */
    private int lastPrimary;

    /** Those that a failover_command may have promoted since there was a primary last. */
    private final Set<Integer> proposed = new HashSet<>();

    /** The highest timeline that any primary has been on; 0 while not known. */
    private int timeline;

    /** Of the cluster; a node with another one is none of it. */
    private OptionalLong systemIdentifier = OptionalLong.empty();

    /** What lost primaries promised of their commits. */
    private final Promises promises = new Promises();

    /** What the last primary's commits were promised to be on, as it said last. */
    private SynchronousStandbys synchronous = SynchronousStandbys.NONE;

    /** Whether something has changed that no view shows, and that has to be known after a restart. */
    private boolean isToBeKept;

    /** That which is remembered. */
    private final OptionalLong formerSystem;

    /** @param memory what was so when Trunkline ran last */
    ClusterState(CoordinatorLoop loop, List<Node> nodes, ClusterMemory memory) {
        this.loop = loop;
        this.nodes = List.copyOf(nodes);
        this.view = new ClusterView(memory.epoch(), views(), primary, writes);
        this.lastPrimary = memory.primary();
        this.timeline = memory.timeline().orElse(0);
        this.formerSystem = memory.systemIdentifier();
        memory.promises().forEach(this::remember);
    }

    private void remember(ClusterMemory.Promise promise) {
        SynchronousStandbys promised = SynchronousStandbys.of(promise.setting());
        if (promise.primary() == lastPrimary && promise.timeline() == timeline) {
            synchronous = promised;
        }
        if (has(promise.primary())) {
            List<Node> standbys = promise.standbys().stream()
                    .filter(this::has)
                    .map(this::node)
                    .toList();
            promises.lost(node(promise.primary()), promise.timeline(), standbys, promised);
        }
    }

    /** With the nodes as they were, where that is known; those without a slot are gaps in the numbering. */
    static ClusterState of(
            CoordinatorLoop loop, List<NodeAddress> addresses, CoordinatorSettings settings, ClusterMemory memory) {
        Map<Integer, CoordinatorSettings.Slot> slots = new HashMap<>();
        settings.slots().forEach(slot -> slots.put(slot.id(), slot));
        List<Node> nodes = new ArrayList<>();
        for (NodeAddress address : addresses) {
            CoordinatorSettings.Slot slot = slots.get(address.node());
            if (slot == null) {
                nodes.add(Node.unused(address, loop.now()));
                continue;
            }
            ClusterMemory.Former former = memory.node(address.node());
            NodeStatus status = former.status() == NodeStatus.DOWN ? NodeStatus.DOWN : NodeStatus.WAITING;
            Node node = new Node(address, slot, status, former.since().orElseGet(loop::now));
            node.detachedByHand = former.detachedByAdministrator();
            nodes.add(node);
        }
        return new ClusterState(loop, nodes, memory);
    }

    /** Puts a node into its slot: an unused one, or the one after the last. */
    void use(Node node) {
        List<Node> more = new ArrayList<>(nodes);
        if (node.id() == more.size()) {
            more.add(node);
        } else {
            more.set(node.id(), node);
        }
        nodes = List.copyOf(more);
    }

    ClusterView view() {
        return view;
    }

    /** Told of every new view, on the coordinator's thread. */
    void listener(Consumer<ClusterView> listener) {
        listeners.add(listener);
    }

    List<Node> nodes() {
        return nodes;
    }

    Node node(int id) {
        return nodes.get(id);
    }

    boolean has(int id) {
        return id >= 0 && id < nodes.size() && nodes.get(id).isUsed();
    }

    List<Node> inService() {
        return nodes.stream().filter(Node::isInService).toList();
    }

    long usedNodes() {
        return nodes.stream().filter(Node::isUsed).count();
    }

    int primary() {
        return primary;
    }

    int lastPrimary() {
        return lastPrimary;
    }

    int timeline() {
        return timeline;
    }

    OptionalLong systemIdentifier() {
        return systemIdentifier;
    }

    Promises promises() {
        return promises;
    }

    SynchronousStandbys synchronous() {
        return synchronous;
    }

    void synchronous(SynchronousStandbys said) {
        isToBeKept |= !said.equals(synchronous);
        synchronous = said;
    }

    /** Those of the standbys that there are besides a primary. */
    List<Node> standbysOf(Node primary) {
        return nodes.stream().filter(node -> node.isUsed() && node != primary).toList();
    }

    /** What primaries promised, that of the last one included. */
    List<ClusterMemory.Promise> promised() {
        List<ClusterMemory.Promise> all = new ArrayList<>(promises.remembered());
        all.removeIf(promise -> promise.timeline() >= timeline);
        if (lastPrimary != ClusterView.NO_PRIMARY && synchronous.isInForce()) {
            List<Integer> standbys =
                    standbysOf(node(lastPrimary)).stream().map(Node::id).toList();
            all.add(new ClusterMemory.Promise(timeline, lastPrimary, standbys, synchronous.setting()));
        }
        return all;
    }

    Writes writes() {
        return writes;
    }

    /** What Pgpool-II calls the main node: the primary, or else the one in service with the lowest id; -1 if there is none. */
    int main() {
        if (primary != ClusterView.NO_PRIMARY) {
            return primary;
        }
        List<Node> alive = inService();
        return alive.isEmpty() ? ClusterView.NO_PRIMARY : alive.get(0).id();
    }

    /** A timeline on which a primary is, or was when it was lost. */
    void sawTimeline(int seen) {
        isToBeKept |= seen > timeline;
        timeline = Math.max(timeline, seen);
    }

    void sawSystem(long identifier) {
        if (systemIdentifier.isPresent()) {
            return;
        }
        systemIdentifier = OptionalLong.of(identifier);
        isToBeKept = true;
        if (formerSystem.isPresent() && formerSystem.getAsLong() != identifier) {
            log.warn("the nodes are of another database system than when Trunkline ran last: what is remembered of the"
                    + " primary and its timeline counts no more");
            timeline = 0;
            lastPrimary = primary;
            promises.forget();
            if (primary == ClusterView.NO_PRIMARY) {
                synchronous = SynchronousStandbys.NONE;
            }
        }
    }

    void noPrimary(Writes meanwhile) {
        primary = ClusterView.NO_PRIMARY;
        writes = meanwhile;
    }

    void primary(int id) {
        // the first one is no failover, and scripts look for the word
        if (id != primary && lastPrimary != ClusterView.NO_PRIMARY) {
            log.info("failover: set new primary node: {}", id);
        }
        primary = id;
        lastPrimary = id;
        proposed.clear();
        writes = Writes.SERVED;
    }

    void propose(int id) {
        proposed.add(id);
    }

    boolean wasProposed(int id) {
        return proposed.contains(id);
    }

    void writes(Writes now) {
        writes = now;
    }

    Instant now() {
        return loop.now();
    }

    private List<NodeView> views() {
        return nodes.stream().map(Node::view).toList();
    }

    /** Makes what has changed known. */
    void publish() {
        List<NodeView> fresh = views();
        ClusterView before = view;
        boolean isAsBefore = fresh.equals(before.nodes()) && primary == before.primary() && writes == before.writes();
        if (isAsBefore && !isToBeKept) {
            return;
        }
        isToBeKept = false;
        view = new ClusterView(before.epoch() + 1, fresh, primary, writes);
        listeners.forEach(listener -> listener.accept(view));
    }
}
