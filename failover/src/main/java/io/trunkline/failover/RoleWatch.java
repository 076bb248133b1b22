package io.trunkline.failover;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the nodes every sr_check_period, and more often while there is no primary, for their role and their progress. It
 * sees a promotion that somebody else has done, a primary that has been replaced, and standbys that are back. The
 * coordinator's thread only.
 */
final class RoleWatch {
    private static final Logger log = LoggerFactory.getLogger(RoleWatch.class);

    private static final long ANSWER_MILLIS = 10_000;

    /** The same while something is waited for: a node that hangs must not hold up what is learned of the others. */
    private static final long URGENT_ANSWER_MILLIS = 2_000;

    /** While there is no primary. */
    private static final long URGENT_PAUSE_MILLIS = 500;

    /** How often nodes that are out of service are asked whether they are back, where nothing asks more often. */
    private static final long LEAST_PAUSE_MILLIS = 1_000;

    /** What the coordinator makes of what is seen. */
    interface Findings {
        /** It is the primary, by what all nodes say. */
        void primaryIs(Node node);

        /** No node may be given writes. */
        void noneMayBePrimary();

        /** It says that it is the primary, and is not. */
        void falsePrimary(Node node);

        /** It is out of service, and is a standby that follows, or the last primary that nobody has replaced. */
        void isBack(Node node, String why);
    }

    private final CoordinatorLoop loop;
    private final ClusterState state;
    private final Survey survey;
    private final StandbyFitness fitness;
    private final Supplier<CoordinatorSettings> settings;
    private final Consumer<ClusterState> measured;
    private final Findings findings;
    private final Map<Integer, Long> lastFailback = new HashMap<>();

    /** From when the health checks of nodes that are out of service are counted. */
    private final long origin;

    private Runnable next = () -> {};
    private Runnable asking = () -> {};
    private boolean underWay;
    private boolean againAtOnce;
    private boolean stopped;
    private long rounds;
    private long begun;
    private String lastTrouble = "";

    RoleWatch(
            CoordinatorLoop loop,
            ClusterState state,
            Survey survey,
            StandbyFitness fitness,
            Supplier<CoordinatorSettings> settings,
            Consumer<ClusterState> measured,
            Findings findings) {
        this.loop = loop;
        this.state = state;
        this.survey = survey;
        this.fitness = fitness;
        this.settings = settings;
        this.measured = measured;
        this.findings = findings;
        this.origin = loop.nowMillis();
    }

    /** Asks now. */
    void look() {
        if (stopped || !settings.get().canAsk()) {
            return;
        }
        if (underWay && loop.nowMillis() < begun + URGENT_ANSWER_MILLIS) {
            if (!againAtOnce) {
                againAtOnce = true;
                long round = rounds;
                loop.schedule(begun + URGENT_ANSWER_MILLIS - loop.nowMillis(), () -> lookUnless(round));
            }
            return;
        }
        asking.run();
        againAtOnce = false;
        rounds++;
        begun = loop.nowMillis();
        underWay = true;
        next.run();
        List<Node> nodes = state.nodes().stream().filter(this::isAsked).toList();
        boolean isUrgent = state.primary() == ClusterView.NO_PRIMARY
                || state.nodes().stream().anyMatch(this::isExpected);
        asking = survey.ask(nodes, isUrgent ? URGENT_ANSWER_MILLIS : ANSWER_MILLIS, answered -> {
            underWay = false;
            evaluate(answered);
            if (againAtOnce) {
                againAtOnce = false;
                look();
            } else {
                schedule();
            }
        });
    }

    /** There was a reason to ask again during a round, and it has not ended. */
    private void lookUnless(long round) {
        if (round == rounds && underWay && !stopped) {
            look();
        }
    }

    void stop() {
        stopped = true;
        next.run();
        asking.run();
    }

    void reload() {
        if (!underWay) {
            schedule();
        }
    }

    /** Nodes that are out of service are asked too if they may come back by themselves. */
    private boolean isAsked(Node node) {
        return node.isInService() || node.status() == NodeStatus.DOWN && !node.detachedByHand;
    }

    private void schedule() {
        long period = settings.get().rolePeriod().toMillis();
        if (state.primary() == ClusterView.NO_PRIMARY) {
            period = URGENT_PAUSE_MILLIS;
        } else if (state.nodes().stream().anyMatch(this::isExpected)) {
            period = period > 0 ? Math.min(period, LEAST_PAUSE_MILLIS) : LEAST_PAUSE_MILLIS;
        }
        next.run();
        if (period > 0) {
            next = loop.schedule(period, this::look);
        }
    }

    /** Whether there is reason to look for it often: it may be fit for reads at any time. */
    private boolean isExpected(Node node) {
        return node.isInService() && !node.readable;
    }

    private void evaluate(List<Node> answered) {
        List<Node> serving = answered.stream().filter(Node::isInService).toList();
        noteSystem(serving);
        List<Node> upstarts =
                serving.stream().filter(node -> isUpstart(node, serving)).toList();
        Primaries primaries = Primaries.among(
                serving.stream().filter(node -> !upstarts.contains(node)).toList(), state);
        if (!primaries.trouble().equals(lastTrouble)) {
            lastTrouble = primaries.trouble();
            if (!lastTrouble.isEmpty()) {
                log.error("find_primary_node: {}", lastTrouble);
            }
        }
        if (primaries.primary().isPresent()) {
            findings.primaryIs(state.node(primaries.primary().getAsInt()));
        } else if (primaries.refused().stream().anyMatch(this::isAgainstPrimary) || hasStepped(state.primary())) {
            findings.noneMayBePrimary();
        }
        primaries.refused().forEach(id -> findings.falsePrimary(state.node(id)));
        upstarts.forEach(node -> {
            log.error(
                    "find_primary_node: node {} was promoted, but node {} is the primary that the standbys follow",
                    node.id(),
                    state.primary());
            findings.falsePrimary(node);
        });
        serving.forEach(node -> node.rival = primaries.refused().contains(node.id()) || upstarts.contains(node));
        serving.forEach(fitness::judge);
        List<Node> outside = answered.stream()
                .filter(node -> !node.isInService() && !node.detachedByHand)
                .toList();
        if (state.primary() == ClusterView.NO_PRIMARY) {
            Primaries.among(outside, state).primary().ifPresent(id -> primaryMayBeBack(state.node(id)));
        }
        outside.forEach(this::mayFollowAgain);
        measured.accept(state);
        state.publish();
    }

    /**
     * Whether somebody has promoted a standby while the primary goes on and all other standbys follow that: with
     * detach_false_primary it is taken for an accident, as in Pgpool-II, and not for a failover by somebody else.
     */
    private boolean isUpstart(Node node, List<Node> serving) {
        int primary = state.primary();
        if (!settings.get().detachFalsePrimary()
                || primary == ClusterView.NO_PRIMARY
                || node.id() == primary
                || !node.claimsToBePrimary()
                || state.wasProposed(node.id())
                || !serving.contains(state.node(primary))
                || !state.node(primary).claimsToBePrimary()) {
            return false;
        }
        List<Node> standbys =
                serving.stream().filter(other -> !other.claimsToBePrimary()).toList();
        return !standbys.isEmpty() && standbys.stream().allMatch(fitness::follows);
    }

    /** An older primary that shows up is no reason to doubt the present one, which may only have been slow to answer. */
    private boolean isAgainstPrimary(int refused) {
        return refused == state.primary() || Primaries.timeline(state.node(refused)) > state.timeline();
    }

    /** The identifier is the primary's, or while there is none that of most nodes; not just that of the first one. */
    private void noteSystem(List<Node> serving) {
        Map<Long, Integer> counts = new HashMap<>();
        for (Node node : serving) {
            boolean isTrusted = state.primary() == ClusterView.NO_PRIMARY || state.primary() == node.id();
            if (isTrusted
                    && node.report != null
                    && node.report.systemIdentifier().isPresent()) {
                counts.merge(node.report.systemIdentifier().getAsLong(), 1, Integer::sum);
            }
        }
        int most = counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        List<Long> leading = counts.entrySet().stream()
                .filter(entry -> entry.getValue() == most)
                .map(Map.Entry::getKey)
                .toList();
        if (leading.size() == 1) {
            state.sawSystem(leading.get(0));
        }
    }

    /** Whether what was the primary says that it is a standby now. */
    private boolean hasStepped(int primary) {
        return primary != ClusterView.NO_PRIMARY
                && state.node(primary).report != null
                && !state.node(primary).claimsToBePrimary()
                && !state.node(primary).slot.alwaysPrimary();
    }

    /** A node that was promoted when the primary was lost, and failed before that was seen, is as good as the primary. */
    private void primaryMayBeBack(Node node) {
        if (!node.claimsToBePrimary()) {
            return;
        }
        if (state.wasProposed(node.id()) && Primaries.timeline(node) > state.timeline()) {
            findings.isBack(node, "it was promoted by the failover");
        } else if (node.id() == state.lastPrimary()) {
            findings.isBack(node, "it was the primary, answers again, and no other was promoted");
        }
    }

    private void mayFollowAgain(Node node) {
        if (node.isInService()) {
            return;
        }
        CoordinatorSettings now = settings.get();
        long last = lastFailback.getOrDefault(node.id(), Long.MIN_VALUE / 2);
        long looked = lastLook(node);
        boolean due = looked >= wentDown(node)
                && looked - last >= now.autoFailbackInterval().toMillis();
        if (now.autoFailback() && due && fitness.follows(node)) {
            lastFailback.put(node.id(), loop.nowMillis());
            log.info("request auto failback, node id:{}", node.id());
            findings.isBack(node, "it streams from the primary");
        }
    }

    /** When it was looked after last by what decides on a failback: now, or at its health check that was due last. */
    private long lastLook(Node node) {
        long now = loop.nowMillis();
        long period = node.slot.checkPeriod().toMillis();
        boolean isAtChecks = settings.get().failbackAtChecks() && period > 0;
        return isAtChecks ? now - (now - origin) % period : now;
    }

    private long wentDown(Node node) {
        return loop.nowMillis()
                - Math.max(0, Duration.between(node.statusSince(), loop.now()).toMillis());
    }
}
