package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.NodeRequest.Answer;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeRequest.Manner;
import io.trunkline.failover.NodeRequest.Origin;
import io.trunkline.failover.SimulatedServer.Condition;
import io.trunkline.failover.SimulatedWorld.CommandWay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One world from its beginning, through faults and requests, to the time after the last fault. What must hold all the time
 * is checked at every view and every command.
 */
final class SimulatedHistory {
    private static final Logger log = LoggerFactory.getLogger(SimulatedHistory.class);

    /** Longer than any sequence of searches, commands and checks in these worlds. */
    private static final long SETTLING_MILLIS = 90_000;

    private final Random random;
    private final boolean isTold;
    private final CoordinatorFixture cluster;
    private final SimulatedWorld world;
    private final String synchronous;
    private final List<CompletableFuture<Answer>> answers = new ArrayList<>();
    private final List<String> asked = new ArrayList<>();
    private final int[] reportedTimeline;
    private final long[] inServiceSince;
    private final long[] detachAsked;
    private final boolean[] served;
    private final Set<Integer> promoted = new HashSet<>();
    private int highestTimeline;
    private final Set<Integer> toTakeOver = new HashSet<>();

    /** Since then two primaries may have acknowledged commits, and the timeline decides which are kept. */
    private boolean somebodyPromoted;

    private long lastEpoch;
    private int promotions;

    SimulatedHistory(long seed, boolean isTold) {
        this.random = new Random(seed * 31 + 7);
        this.isTold = isTold;
        int nodes = 2 + random.nextInt(3);
        cluster = new CoordinatorFixture(nodes, seed);
        world = cluster.world;
        reportedTimeline = new int[nodes];
        inServiceSince = new long[nodes];
        detachAsked = new long[nodes];
        served = new boolean[nodes];
        Arrays.fill(detachAsked, Long.MIN_VALUE / 2);
        synchronous = random.nextInt(3) > 0
                ? ""
                : List.of("*", "FIRST 1 (*)", "ANY 1 (s0,s1,s2,s3)", "s1,s2").get(random.nextInt(4));
        configure();
    }

    private void configure() {
        cluster.searchLimit = 3_000;
        cluster.commandLimit = 6_000;
        cluster.rolePeriod = 1_000 + random.nextInt(2) * 4_000L;
        cluster.checkPeriod = 1_000 + random.nextInt(2) * 1_000L;
        cluster.checkRetries = random.nextInt(3);
        cluster.hintsCount = random.nextBoolean();
        cluster.autoFailback = random.nextBoolean();
        cluster.detachFalsePrimary = random.nextBoolean();
        cluster.followPrimaryCommand = random.nextBoolean() ? "follow" : "";
        cluster.followDetachesAll = random.nextInt(4) == 0;
        cluster.failbackCommand = random.nextInt(3) == 0 ? "failback" : "";
        cluster.mostAdvanced = random.nextInt(4) > 0;
        cluster.readGrace = random.nextInt(3) * 1_000L;
        cluster.drainLimit = 1_000;
        cluster.endsStragglers = random.nextBoolean();
        world.standbysFollow = random.nextInt(3) > 0;
        world.fences = random.nextInt(3) > 0;
        world.maxLatency = 1 + random.nextInt(30);
        world.primaryIs(random.nextInt(world.servers.size()));
        world.servers.forEach(server -> server.synchronousStandbyNames = synchronous);
        world.reportSeen =
                (node, report) -> reportedTimeline[node] = report.timeline().orElse(0);
        world.commandSeen = this::mayRun;
    }

    int promotions() {
        return promotions;
    }

    boolean endsWithPrimary() {
        return cluster.view().hasPrimary();
    }

    void run() {
        cluster.start();
        cluster.coordinator().listener(this::mayBe);
        int steps = 5 + random.nextInt(18);
        for (int i = 0; i < steps; i++) {
            step();
            cluster.pass(random.nextInt(4) == 0 ? random.nextInt(5_000) : random.nextInt(300));
        }
        tell("all faults end");
        heal();
        settles();
    }

    private void tell(String what) {
        if (isTold) {
            log.info("--- {} ms: {}", cluster.loop.nowMillis(), what);
        }
    }

    // ---- what happens

    private void step() {
        int node = random.nextInt(world.servers.size());
        int primary = cluster.view().primary();
        int chosen = random.nextInt(2) == 0 && primary >= 0 ? primary : node;
        switch (random.nextInt(13)) {
            case 0, 1, 2 -> suffers(chosen, fault());
            case 3, 4 -> suffers(chosen, Condition.SERVING);
            case 5 -> commands();
            case 6, 7, 8 -> asks(chosen);
            case 9 -> hints(chosen);
            case 10 -> promotedBySomebody(node);
            default -> works(chosen);
        }
    }

    private Condition fault() {
        return List.of(Condition.STOPPED, Condition.STOPPED, Condition.HUNG, Condition.STARTING, Condition.FULL)
                .get(random.nextInt(5));
    }

    private void suffers(int node, Condition condition) {
        tell("node " + node + " is " + condition);
        world.condition(node, condition);
    }

    private void commands() {
        world.failover = way();
        world.follow = way();
        world.recovery = way();
        world.commandMillis = 20 + random.nextInt(3_000);
        tell("failover_command " + world.failover + ", follow " + world.follow);
    }

    private CommandWay way() {
        return random.nextInt(3) > 0 ? CommandWay.WORKS : CommandWay.values()[random.nextInt(4)];
    }

    private void asks(int node) {
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        Manner manner = Manner.values()[random.nextInt(Manner.values().length)];
        Duration patience = random.nextInt(5) == 0 ? Duration.ofSeconds(1) : Duration.ZERO;
        tell("asked for " + kind + " of node " + node + ", " + manner);
        if (kind == Kind.NODE_DOWN) {
            detachAsked[node] = cluster.loop.nowMillis();
        }
        if (kind == Kind.PROMOTE && manner == Manner.SWITCHOVER) {
            toTakeOver.add(node);
        }
        asked.add(kind + " of node " + node + " at " + cluster.loop.nowMillis());
        answers.add(cluster.coordinator().request(new NodeRequest(kind, node, Origin.ADMINISTRATOR, manner, patience)));
    }

    private void hints(int node) {
        for (int i = 0; i < 3; i++) {
            cluster.coordinator().unreachable(node, "a session lost its connection");
            cluster.pass(random.nextInt(100));
        }
    }

    private void promotedBySomebody(int node) {
        if (random.nextInt(3) == 0 && world.server(node).answers()) {
            tell("somebody promotes node " + node);
            somebodyPromoted = true;
            world.promote(node);
        }
    }

    private void works(int node) {
        world.busy = random.nextInt(2);
        world.server(node).connected = random.nextInt(4) > 0;
        world.server(node).lag = random.nextInt(2) * 50L;
        int primary = cluster.view().primary();
        if (primary >= 0) {
            world.write(primary, random.nextInt(1_000));
        }
    }

    private void heal() {
        world.failover = CommandWay.WORKS;
        world.follow = CommandWay.WORKS;
        world.recovery = CommandWay.WORKS;
        world.commandMillis = 50;
        world.busy = 0;
        for (SimulatedServer server : world.servers) {
            world.condition(server.id, Condition.SERVING);
            server.connected = true;
            server.lag = 0;
        }
        if (!synchronous.isEmpty()) {
            // what an administrator keeps out holds a promotion for ever, as it should
            world.servers.forEach(server -> cluster.asks(Kind.NODE_UP, server.id));
        }
    }

    // ---- what must hold

    /** Every view. */
    private void mayBe(ClusterView view) {
        assertThat(view.epoch()).as("epoch").isGreaterThan(lastEpoch);
        lastEpoch = view.epoch();
        for (NodeView node : view.nodes()) {
            if (node.status().isInService() && !served[node.id()]) {
                inServiceSince[node.id()] = cluster.loop.nowMillis();
            }
            served[node.id()] = node.status().isInService();
        }
        if (!view.hasPrimary()) {
            assertThat(view.writes()).isIn(Writes.AWAITED, Writes.NOT_SERVED);
            return;
        }
        assertThat(view.writes()).isIn(Writes.SERVED, Writes.HELD);
        promoted.clear();
        NodeView primary = view.node(view.primary());
        assertThat(primary.status().isInService())
                .as("primary %d is in service", primary.id())
                .isTrue();
        int timeline = reportedTimeline[primary.id()];
        assertThat(timeline).as("timeline of primary %d", primary.id()).isGreaterThanOrEqualTo(highestTimeline);
        highestTimeline = timeline;
    }

    /** Every command. */
    private void mayRun(CommandCall call) {
        tell(call.toString());
        int node = call.values().node().id();
        if (call.kind() != CommandCall.Kind.FAILOVER) {
            return;
        }
        int proposed = call.values().newMain().id();
        long since = inServiceSince[node] - 2_000;
        boolean isHandedOver = toTakeOver.contains(proposed);
        boolean isFalse = cluster.detachFalsePrimary && !world.server(node).inRecovery;
        assertThat(isHandedOver || isFalse || detachAsked[node] >= since || world.hadTroubleSince(node, since))
                .as("failover_command for node %d, which lives and was not asked down", node)
                .isTrue();
        boolean promotes = call.values().oldPrimary().id() == node && proposed >= 0;
        if (promotes) {
            promotions++;
            promoted.add(proposed);
            assertThat(somebodyPromoted || world.hasAcknowledged(proposed))
                    .as("proposed node %d has every acknowledged commit", proposed)
                    .isTrue();
            assertThat(cluster.status(proposed).isInService())
                    .as("proposed node %d is in service", proposed)
                    .isTrue();
        }
    }

    private void settles() {
        boolean allAnswered =
                cluster.awaits(() -> answers.stream().allMatch(CompletableFuture::isDone), SETTLING_MILLIS);
        if (!allAnswered) {
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).isDone())
                        .as(asked.get(i) + " is answered")
                        .isTrue();
            }
        }
        cluster.awaits(() -> isServed() || !isExpected(), SETTLING_MILLIS);
        assertThat(isServed() || !isExpected())
                .as(
                        "writes are served in the end, primary %d, writes %s",
                        cluster.view().primary(), cluster.view().writes())
                .isTrue();
    }

    private boolean isServed() {
        return cluster.view().hasPrimary() && cluster.view().writes() == Writes.SERVED;
    }

    /** Whether one node, and no other as good, says that it is the primary, and nobody has taken it out of service. */
    private boolean isExpected() {
        ClusterMemory memory = cluster.coordinator().memory();
        int timeline = memory.timeline().orElse(0);
        List<SimulatedServer> claimants = world.servers.stream()
                .filter(server -> !server.inRecovery && server.timeline >= timeline)
                .toList();
        int highest =
                claimants.stream().mapToInt(server -> server.timeline).max().orElse(0);
        List<SimulatedServer> best =
                claimants.stream().filter(server -> server.timeline == highest).toList();
        if (best.size() != 1) {
            return false;
        }
        SimulatedServer one = best.get(0);
        ClusterMemory.Former former = memory.node(one.id);
        boolean mayReturn = one.timeline > timeline && promoted.contains(one.id) || memory.primary() == one.id;
        return former.status().isInService()
                || former.status() == NodeStatus.QUARANTINE
                || !former.detachedByAdministrator() && mayReturn;
    }
}
