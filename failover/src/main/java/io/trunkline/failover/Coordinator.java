package io.trunkline.failover;

import io.trunkline.config.NodeParameter;
import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.NodeRequest.Answer;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeRequest.Origin;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.NodeAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides, in one place, which nodes are in service and which is the primary.
 *
 * <pre>
 *   health checks, hints of sessions  ({@link HealthWatch})   -+
 *   roles, timelines and positions    ({@link RoleWatch})     -+->  one thread  ->  ClusterView (epoch n)
 *   requests                          ({@link NodeRequests})  -+
 * </pre>
 *
 * <p>Everything is decided on one thread, and nothing that it waits for blocks that: probes and commands run elsewhere
 * ({@link Outside}) and come back as events, so that a second failure is seen to while a first one is under way. What
 * is decided is published as an immutable view. Public methods may be called from any thread.
 */
public final class Coordinator implements NodeEvents {
    private static final Logger log = LoggerFactory.getLogger(Coordinator.class);

    private final CoordinatorLoop loop;
    private final Outside outside;
    private final ClusterState state;
    private final CoordinatorCounters counters;
    private final ClusterEvents events;
    private final RoleWatch roles;
    private final StandbyFitness fitness;
    private final PrimaryFailover failover;
    private final Switchover switchover;
    private final FollowPrimary follow;
    private final NodeRequests requests;
    private final ClusterLook looks;
    private final List<HealthWatch> health = new ArrayList<>();
    private final List<HealthTally> tallies = new CopyOnWriteArrayList<>();
    private final CompletableFuture<ClusterView> firstRound = new CompletableFuture<>();
    private volatile CoordinatorSettings settings;

    /**
     * @param addresses of the nodes by id, without gaps; those that no slot of the settings is for are unused
     * @param memory how the nodes are to begin
     */
    public Coordinator(
            CoordinatorLoop loop,
            Outside outside,
            CoordinatorSettings settings,
            List<NodeAddress> addresses,
            ClusterMemory memory) {
        this.loop = loop;
        this.outside = outside;
        this.settings = settings;
        this.state = ClusterState.of(loop, addresses, settings, memory);
        this.counters = new CoordinatorCounters(NodeParameter.MAX_NODES);
        this.events = new ClusterEvents(loop, state.view());
        state.listener(events::changed);
        Survey survey = new Survey(loop, outside, state);
        this.fitness = new StandbyFitness(loop, state, () -> this.settings);
        this.failover = new PrimaryFailover(loop, outside, state, survey, () -> this.settings, counters);
        this.switchover = new Switchover(loop, outside, state, survey, () -> this.settings, counters);
        this.requests = new NodeRequests(this, loop, outside, state, fitness, failover, switchover, survey);
        this.follow = new FollowPrimary(
                loop,
                outside,
                state,
                survey,
                fitness,
                () -> this.settings,
                node -> requests.attach(node, Origin.AUTO_FAILBACK));
        this.roles =
                new RoleWatch(loop, state, survey, fitness, () -> this.settings, this::measured, new RoleFindings());
        this.looks = new ClusterLook(
                loop,
                outside,
                state,
                () -> failover.isUnderWay() || failover.isFinishing(),
                node -> this.settings.hintsCount() && node.slot.mayFail(),
                node -> hint(node.id(), Origin.SESSION));
        state.nodes().forEach(node -> health.add(watch(node)));
    }

    private HealthWatch watch(Node node) {
        HealthTally tally = new HealthTally(loop);
        if (node.id() == tallies.size()) {
            tallies.add(tally);
        } else {
            tallies.set(node.id(), tally);
        }
        return new HealthWatch(
                loop,
                outside,
                node,
                settings.notReadyGrace(),
                () -> this.settings.hintsCount(),
                outcome -> counters.checked(node.id(), outcome.kind()),
                tally,
                new HealthFindings(node));
    }

    /** The cluster as it is known now. */
    public ClusterView view() {
        return state.view();
    }

    /** What has been done since the start, in numbers. */
    public CoordinatorCounters counters() {
        return counters;
    }

    /** What has become of the cluster lately. */
    public ClusterEvents events() {
        return events;
    }

    /** What was counted of the health checks of a node. */
    public HealthTally healthTally(int node) {
        return tallies.get(node);
    }

    /** Tells {@code listener} of every new view, on the coordinator's thread. To be called before {@link #start}. */
    public void listener(Consumer<ClusterView> listener) {
        state.listener(listener);
    }

    /** What has to be known when Trunkline is started again. The coordinator's thread, as a listener. */
    public ClusterMemory memory() {
        return ClusterMemory.of(state);
    }

    /** Begins to look after the nodes. The future completes when every node has been asked once. */
    public CompletableFuture<ClusterView> start() {
        state.listener(view -> {
            if (view.hasPrimary()) {
                firstRound.complete(view);
            }
        });
        loop.execute(() -> {
            health.forEach(HealthWatch::start);
            if (settings.canAsk()) {
                if (state.inService().isEmpty()) {
                    firstRound.complete(view());
                }
                roles.look();
            } else {
                assume();
                firstRound.complete(view());
            }
        });
        return firstRound;
    }

    public void stop() {
        loop.execute(this::end);
    }

    private void end() {
        health.forEach(HealthWatch::stop);
        roles.stop();
        follow.abandon();
        requests.stop();
    }

    /**
     * Stops if nothing is under way that another coordinator could not go on with: no failover, no request, no command. The
     * coordinator's thread; nothing is decided any more when this returns true.
     */
    public boolean stopIfQuiet() {
        boolean quiet = !failover.isUnderWay()
                && !failover.isFinishing()
                && !switchover.isUnderWay()
                && !follow.isUnderWay()
                && requests.isQuiet();
        if (quiet) {
            end();
        }
        return quiet;
    }

    /**
     * Takes new settings over. A node in a slot that was unused is out of service until it is attached or recovered.
     *
     * @param addresses of the nodes by id, without gaps, and no fewer than before
     */
    public void reload(CoordinatorSettings fresh, List<NodeAddress> addresses) {
        loop.execute(() -> {
            settings = fresh;
            addresses
                    .subList(state.nodes().size(), addresses.size())
                    .forEach(address -> use(Node.unused(address, loop.now())));
            for (CoordinatorSettings.Slot slot : fresh.slots()) {
                if (state.has(slot.id())) {
                    state.node(slot.id()).slot = slot;
                } else {
                    use(new Node(addresses.get(slot.id()), slot, NodeStatus.DOWN, loop.now()));
                    log.info("node {} is added; it is out of service until it is attached or recovered", slot.id());
                }
            }
            health.forEach(watch -> watch.reload(fresh.notReadyGrace()));
            state.publish();
            roles.look();
            roles.reload();
        });
    }

    /**
     * Looks at every node now, as sessions that use it would. The future completes when that and what follows from it is
     * done, at the latest after {@code limitMillis}.
     */
    public CompletableFuture<Void> look(long limitMillis) {
        CompletableFuture<Void> seen = new CompletableFuture<>();
        loop.execute(() -> looks.look(limitMillis).thenRun(() -> seen.complete(null)));
        return seen;
    }

    private void use(Node node) {
        state.use(node);
        HealthWatch watch = watch(node);
        if (node.id() == health.size()) {
            health.add(watch);
        } else {
            health.set(node.id(), watch).stop();
        }
        watch.start();
    }

    /** Asks for something to be done with a node. */
    public CompletableFuture<Answer> request(NodeRequest request) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        loop.execute(() -> requests.accept(request, answer));
        return answer;
    }

    CoordinatorSettings settings() {
        return settings;
    }

    // ---- what sessions see

    @Override
    public void connected(BackendConnection backend) {
        int id = backend.node();
        NodeView seen = view().node(id);
        if (seen.status() == NodeStatus.WAITING || !seen.reachable()) {
            loop.execute(() -> answered(state.node(id)));
        }
        String inRecovery = backend.parameters().initial().get("in_hot_standby");
        // what a connection began with says nothing of now once it is not new any more
        if (inRecovery != null && backend.isFresh()) {
            NodeRole role = inRecovery.equals("on") ? NodeRole.STANDBY : NodeRole.PRIMARY;
            if (seen.role() != role) {
                loop.execute(() -> sawRole(state.node(id), role));
            }
        }
    }

    @Override
    public void unreachable(int node, String why) {
        loop.execute(() -> hint(node, Origin.SESSION));
    }

    @Override
    public void shutDown(int node) {
        loop.execute(() -> hint(node, settings.shutdownCounts() ? Origin.SERVER : Origin.SESSION));
    }

    private void hint(int node, Origin seenBy) {
        if (state.has(node)) {
            health.get(node).hint(seenBy);
        }
    }

    private void answered(Node node) {
        node.reachable = true;
        if (node.status() == NodeStatus.WAITING) {
            node.status(NodeStatus.UP, state.now());
        }
        state.publish();
    }

    private void sawRole(Node node, NodeRole role) {
        if (settings.canAsk()) {
            roles.look();
        } else if (node.role != role) {
            log.info("find_primary_node: {} node is {}", role.text(), node.id());
            node.role = role;
            assume();
        }
    }

    // ---- where nodes cannot be asked

    /** The first node in service takes the writes, unless a connection has shown that another does. */
    void assume() {
        if (settings.canAsk() || failover.isUnderWay()) {
            return;
        }
        List<Node> alive = state.inService();
        Node assumed = null;
        for (Node node : alive) {
            boolean better = assumed == null
                    || rank(node) < rank(assumed)
                    || rank(node) == rank(assumed) && node.id() == state.primary();
            assumed = better ? node : assumed;
        }
        if (assumed == null || settings.knowsStandbys() && assumed.role == NodeRole.STANDBY) {
            state.noPrimary(Writes.NOT_SERVED);
        } else if (!assumed.reachable && assumed.id() == state.lastPrimary()) {
            log.warn("find_primary_node: node {} would be the primary, and cannot be reached", assumed.id());
        } else if (assumed.id() != state.primary()) {
            log.info("find_primary_node: primary node is {} (assumed)", assumed.id());
            becomePrimary(assumed);
        }
        state.publish();
    }

    private int rank(Node node) {
        if (node.slot.alwaysPrimary()) {
            return -1;
        }
        return !settings.knowsStandbys()
                ? 0
                : switch (node.role) {
                    case PRIMARY -> 0;
                    case UNKNOWN -> 1;
                    case STANDBY -> 2;
                };
    }

    // ---- the primary

    void becomePrimary(Node node) {
        boolean isFirst = state.lastPrimary() == ClusterView.NO_PRIMARY;
        boolean wasAsked = state.wasProposed(node.id());
        boolean isAnother = node.id() != state.lastPrimary();
        if (node.id() != state.primary()) {
            switchover.abort("node " + node.id() + " has become the primary");
        }
        state.sawTimeline(Primaries.timeline(node));
        noteSynchronous(node);
        state.primary(node.id());
        answered(node);
        if (isAnother) {
            fitness.primaryChanged(node, isFirst, wasAsked);
        }
        state.publish();
        follow.resume();
    }

    /** It has been replaced by the primary of now. */
    void replaced(Node former, int mainBefore) {
        follow.begin(former, mainBefore);
        roles.look();
    }

    void quarantined(Node node) {
        health.get(node.id()).quarantined();
    }

    /** A failover begins: what was begun after an earlier one is void. */
    void failoverBegins() {
        follow.abandon();
    }

    /** Whether standbys are made to follow the primary of now. */
    boolean isFollowing() {
        return follow.isUnderWay();
    }

    void look() {
        roles.look();
    }

    private void noteSynchronous(Node primary) {
        if (primary.claimsToBePrimary() && primary.report != null) {
            state.synchronous(SynchronousStandbys.of(primary.report.synchronousStandbyNames()));
        }
    }

    private void measured(ClusterState now) {
        if (now.primary() != ClusterView.NO_PRIMARY) {
            Node primary = now.node(now.primary());
            if (primary.report != null) {
                now.sawTimeline(Primaries.timeline(primary));
                noteSynchronous(primary);
            }
            now.inService().stream()
                    .filter(node -> node != primary)
                    .forEach(node -> settings.delayLog().tell(node, now.primary()));
        }
        firstRound.complete(view());
    }

    private final class RoleFindings implements RoleWatch.Findings {
        @Override
        public void primaryIs(Node node) {
            if (failover.isUnderWay()) {
                failover.seen(node);
                return;
            }
            if (node.id() == state.primary()) {
                return;
            }
            becomePrimary(node);
        }

        @Override
        public void noneMayBePrimary() {
            if (!failover.isUnderWay() && state.primary() != ClusterView.NO_PRIMARY) {
                switchover.abort("no node may be given writes");
                log.error("node {} is not given writes any more", state.primary());
                state.noPrimary(Writes.NOT_SERVED);
                state.publish();
            }
        }

        @Override
        public void falsePrimary(Node node) {
            if (settings.detachFalsePrimary() && node.isInService() && state.primary() != ClusterView.NO_PRIMARY) {
                requests.submit(NodeRequest.of(Kind.NODE_DOWN, node.id(), Origin.ROLE_CHECK));
            }
        }

        @Override
        public void isBack(Node node, String why) {
            if (!failover.mayReturn()) {
                return;
            }
            log.info("node {} is attached again: {}", node.id(), why);
            if (state.primary() == ClusterView.NO_PRIMARY) {
                failover.abandon("node " + node.id() + " is back");
            }
            requests.attach(node, Origin.AUTO_FAILBACK);
        }
    }

    // ---- health

    private final class HealthFindings implements HealthWatch.Findings {
        private final Node node;

        HealthFindings(Node node) {
            this.node = node;
        }

        @Override
        public void alive() {
            if (node.status() == NodeStatus.QUARANTINE) {
                requests.release(node);
            }
            answered(node);
            boolean wasMissed = state.primary() == ClusterView.NO_PRIMARY && node.id() == state.lastPrimary();
            if (wasMissed && !failover.isUnderWay()) {
                if (settings.canAsk()) {
                    roles.look();
                } else {
                    assume();
                }
            }
        }

        @Override
        public void absent() {
            node.reachable = false;
            if (node.id() == state.primary() && !failover.isUnderWay()) {
                // until it is back, or another is the primary
                state.noPrimary(Writes.AWAITED);
                switchover.abort("the primary cannot be reached");
                loop.execute(roles::look);
            }
            state.publish();
        }

        @Override
        public void failed(Origin seenBy) {
            if (!node.isInService()) {
                // in quarantine it has to answer to be released, and that is all
                return;
            }
            boolean counts = switch (seenBy) {
                case SERVER -> true;
                case HEALTH_CHECK -> !node.slot.checkPeriod().isZero();
                default -> settings.hintsCount();
            };
            if (!counts) {
                return;
            }
            if (!node.slot.mayFail()) {
                log.warn("health check failed on node {} but failover is disallowed for the node", node.id());
                return;
            }
            node.reachable = false;
            if (!settings.canAsk() && state.inService().size() == 1) {
                // nobody could take over, and nothing would see it come back: it is looked for until it does
                return;
            }
            requests.submit(NodeRequest.of(Kind.NODE_DOWN, node.id(), seenBy));
        }
    }
}
