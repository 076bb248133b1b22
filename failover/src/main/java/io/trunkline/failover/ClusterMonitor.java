package io.trunkline.failover;

import io.netty.channel.EventLoop;
import io.trunkline.failover.probe.NodeProbes;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which node is the primary, by {@code pg_is_in_recovery()}, and how far the standbys are behind; publishes
 * the result as {@link ClusterView}s. It takes no node out of service.
 *
 * <p>One thread, an event loop of its own, changes the state; {@link #view()} can be read from any.
 */
public final class ClusterMonitor implements NodeEvents {
    private static final Logger log = LoggerFactory.getLogger(ClusterMonitor.class);

    private static final HealthSettings NO_HEALTH_CHECK =
            new HealthSettings(0, 0, 0, 0, "", "", "", () -> BackendLogin.TRUST);

    /** At most one probe a node in this time, however many sessions report trouble. */
    private static final long HINT_PAUSE_MILLIS = 200;

    private final EventLoop loop;
    private final Clock clock;
    private final NodeProbes questions;
    private final List<NodeProbe> probes = new ArrayList<>();
    private final CompletableFuture<ClusterView> firstRound = new CompletableFuture<>();
    private volatile ClusterView view;
    private CheckSettings settings;
    private final Set<Integer> unansweredAtFirst = new HashSet<>();
    private long round;
    private boolean stopped;
    private boolean warnedOfSeveral;

    /**
     * @param nodes all slots by id; those that are not configured have {@link NodeStatus#UNUSED}
     */
    public ClusterMonitor(
            EventLoop loop, BackendOpener opener, Clock clock, List<NodeView> nodes, CheckSettings settings) {
        this.loop = loop;
        this.questions = new NodeProbes(loop, opener, targets(nodes), settings);
        this.clock = clock;
        this.settings = settings;
        this.view = new ClusterView(0, nodes, ClusterView.NO_PRIMARY);
        for (NodeView node : nodes) {
            probes.add(new NodeProbe(node.id()));
        }
    }

    private static List<NodeProbes.Target> targets(List<NodeView> nodes) {
        return nodes.stream()
                .map(node -> new NodeProbes.Target(node.address(), NO_HEALTH_CHECK))
                .toList();
    }

    /** A node at the start, before anybody has asked it. */
    public static NodeView initialNode(NodeAddress address, double weight, boolean used, Instant now) {
        return new NodeView(
                address,
                weight,
                used ? NodeStatus.WAITING : NodeStatus.UNUSED,
                NodeRole.UNKNOWN,
                OptionalLong.empty(),
                Optional.empty(),
                used,
                now);
    }

    /** The cluster as it is known now. Any thread. */
    public ClusterView view() {
        return view;
    }

    /** Begins to ask the nodes. The future completes when every node has answered once, or failed to. */
    public CompletableFuture<ClusterView> start() {
        loop.execute(() -> {
            if (!canAsk()) {
                assumeRoles();
            }
            askAll();
        });
        return firstRound;
    }

    public void stop() {
        loop.execute(() -> {
            stopped = true;
            questions.close();
        });
    }

    /** Takes new settings and weights over. Any thread. */
    public void reload(CheckSettings fresh, Map<Integer, Double> weights) {
        loop.execute(() -> {
            settings = fresh;
            questions.reload(targets(view.nodes()), fresh);
            List<NodeView> nodes = new ArrayList<>();
            for (NodeView node : view.nodes()) {
                nodes.add(new NodeView(
                        node.address(),
                        weights.getOrDefault(node.id(), node.weight()),
                        node.status(),
                        node.role(),
                        node.lagBytes(),
                        node.lagTime(),
                        node.reachable(),
                        node.statusSince()));
            }
            publish(nodes, view.primary());
            askAll();
        });
    }

    @Override
    public void connected(BackendConnection backend) {
        NodeView node = view.node(backend.node());
        if (node.status() == NodeStatus.WAITING || !node.reachable()) {
            loop.execute(() -> {
                NodeView now = view.node(backend.node());
                NodeStatus status = now.status() == NodeStatus.WAITING ? NodeStatus.UP : now.status();
                replace(now.withProbe(status, now.role(), now.lagBytes(), true, clock.instant()));
            });
        }
        String inRecovery = backend.parameters().initial().get("in_hot_standby");
        // what a connection began with says nothing of now once it is not new any more
        if (inRecovery != null
                && backend.isFresh()
                && node.role() != (inRecovery.equals("on") ? NodeRole.STANDBY : NodeRole.PRIMARY)) {
            loop.execute(() -> sawRole(backend.node(), inRecovery.equals("on")));
        }
    }

    @Override
    public void unreachable(int node, String why) {
        loop.execute(() -> {
            NodeProbe probe = probes.get(node);
            long now = clock.millis();
            if (!stopped && canAsk() && now - probe.lastHintMillis >= HINT_PAUSE_MILLIS) {
                probe.lastHintMillis = now;
                probe.ask();
            }
        });
    }

    private boolean canAsk() {
        return !settings.user().isEmpty() && settings.knowsStandbys() && usedNodes() > 1;
    }

    private long usedNodes() {
        return view.nodes().stream()
                .filter(node -> node.status() != NodeStatus.UNUSED)
                .count();
    }

    /** Where nodes cannot be asked, the first one takes the writes until a connection shows otherwise. */
    private void assumeRoles() {
        if (settings.knowsStandbys() && usedNodes() > 1) {
            log.warn("nodes cannot be asked for their role, as neither sr_check_user nor health_check_user is set: the"
                    + " first node is taken for the primary until a connection shows otherwise");
        }
        for (NodeView node : view.nodes()) {
            if (node.status().isInService()) {
                publish(view.nodes(), node.id());
                log.info("find_primary_node: primary node is {} (assumed)", node.id());
                return;
            }
        }
    }

    private void askAll() {
        if (stopped) {
            return;
        }
        long thisRound = ++round;
        if (canAsk()) {
            for (NodeProbe probe : probes) {
                if (view.node(probe.node).status().isInService()) {
                    if (thisRound == 1) {
                        unansweredAtFirst.add(probe.node);
                    }
                    probe.ask();
                }
            }
        }
        if (unansweredAtFirst.isEmpty()) {
            firstRound.complete(view);
        }
        if (settings.periodMillis() > 0) {
            loop.schedule(
                    () -> {
                        if (thisRound == round) {
                            askAll();
                        }
                    },
                    settings.periodMillis(),
                    TimeUnit.MILLISECONDS);
        }
    }

    private void answered(NodeProbe probe) {
        if (unansweredAtFirst.remove(probe.node) && unansweredAtFirst.isEmpty()) {
            firstRound.complete(view);
        }
    }

    private void sawRole(int id, boolean inRecovery) {
        NodeView node = view.node(id);
        NodeRole role = inRecovery ? NodeRole.STANDBY : NodeRole.PRIMARY;
        if (node.role() != role) {
            log.info("find_primary_node: {} node is {}", inRecovery ? "standby" : "primary", id);
        }
        replace(node.withProbe(node.status(), role, node.lagBytes(), true, clock.instant()));
    }

    private void saw(int id, boolean inRecovery, OptionalLong position) {
        NodeProbe probe = probes.get(id);
        probe.position = position;
        NodeView node = view.node(id);
        NodeRole role = inRecovery ? NodeRole.STANDBY : NodeRole.PRIMARY;
        if (node.role() != role) {
            log.info("find_primary_node: {} node is {}", inRecovery ? "standby" : "primary", id);
        }
        replace(node.withProbe(node.status(), role, lag(id, inRecovery, position), true, clock.instant()));
    }

    private OptionalLong lag(int id, boolean inRecovery, OptionalLong position) {
        if (!inRecovery) {
            return OptionalLong.of(0);
        }
        int primary = view.primary();
        if (primary < 0 || primary == id || probes.get(primary).position.isEmpty() || position.isEmpty()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(Math.max(0, probes.get(primary).position.getAsLong() - position.getAsLong()));
    }

    private void failed(int id, String why, boolean answered) {
        NodeView node = view.node(id);
        probes.get(id).position = OptionalLong.empty();
        if (node.reachable() && !answered) {
            log.warn("node {} cannot be reached: {}", id, why);
        } else if (answered) {
            log.error("node {} cannot be asked for its role: {}; check sr_check_user and sr_check_password", id, why);
        }
        replace(node.withProbe(node.status(), node.role(), OptionalLong.empty(), answered, clock.instant()));
    }

    private void replace(NodeView changed) {
        List<NodeView> nodes = new ArrayList<>(view.nodes());
        if (nodes.get(changed.id()).equals(changed)) {
            return;
        }
        nodes.set(changed.id(), changed);
        publish(nodes, primaryOf(nodes));
        if (changed.id() == view.primary()) {
            measureStandbys();
        }
    }

    /** The primary has told its position: now the standbys that told theirs before can be compared with it. */
    private void measureStandbys() {
        List<NodeView> nodes = new ArrayList<>();
        for (NodeView node : view.nodes()) {
            boolean measurable =
                    node.role() == NodeRole.STANDBY && node.lagBytes().isEmpty();
            nodes.add(
                    measurable
                            ? node.withProbe(
                                    node.status(),
                                    node.role(),
                                    lag(node.id(), true, probes.get(node.id()).position),
                                    node.reachable(),
                                    node.statusSince())
                            : node);
        }
        if (!nodes.equals(view.nodes())) {
            publish(nodes, view.primary());
        }
    }

    /**
     * The node that says it is the primary; where several do, the one that was, else the first. A node that no longer
     * answers may have been replaced: what it said last counts only while nobody else says so.
     */
    private int primaryOf(List<NodeView> nodes) {
        if (!settings.knowsStandbys() || usedNodes() == 1) {
            return view.primary();
        }
        List<Integer> claimants = claimants(nodes, true);
        if (claimants.isEmpty()) {
            // one that cannot be reached remains the primary until another one is
            claimants = claimants(nodes, false);
        }
        if (claimants.isEmpty()) {
            return canAsk() ? ClusterView.NO_PRIMARY : view.primary();
        }
        if (claimants.size() > 1 && !warnedOfSeveral) {
            log.error("several nodes say that they are the primary: {}", claimants);
        }
        warnedOfSeveral = claimants.size() > 1;
        return claimants.contains(view.primary()) ? view.primary() : claimants.get(0);
    }

    private static List<Integer> claimants(List<NodeView> nodes, boolean onlyReachable) {
        List<Integer> claimants = new ArrayList<>();
        for (NodeView node : nodes) {
            boolean claims = node.status().isInService() && node.role() == NodeRole.PRIMARY;
            if (claims && (node.reachable() || !onlyReachable)) {
                claimants.add(node.id());
            }
        }
        return claimants;
    }

    private void publish(List<NodeView> nodes, int primary) {
        if (primary != view.primary() && primary >= 0) {
            log.info("failover: set new primary node: {}", primary);
        }
        view = new ClusterView(view.epoch() + 1, nodes, primary);
    }

    /** What is remembered of the questions to one node. */
    private final class NodeProbe {
        final int node;
        private long lastHintMillis = Long.MIN_VALUE / 2;
        private OptionalLong position = OptionalLong.empty();

        NodeProbe(int node) {
            this.node = node;
        }

        void ask() {
            questions.ask(node, new Outside.ReportAnswer() {
                @Override
                public void report(NodeReport report) {
                    saw(node, report.inRecovery(), report.replayed());
                    answered(NodeProbe.this);
                }

                @Override
                public void failed(String why, boolean serverAnswered) {
                    ClusterMonitor.this.failed(node, why, serverAnswered);
                    answered(NodeProbe.this);
                }
            });
        }
    }

    /** For tests: whether the first round is through. */
    @Nullable
    ClusterView firstView() {
        return firstRound.getNow(null);
    }
}
