package io.trunkline.failover;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.NodeRequest.Answer;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeRequest.Manner;
import io.trunkline.failover.NodeRequest.Origin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what the coordinator is asked to do with nodes. At most one request of a kind is under way for a node; more
 * of the same get its answer. Every request is answered. The coordinator's thread only.
 */
final class NodeRequests {
    private static final Logger log = LoggerFactory.getLogger(NodeRequests.class);

    /** Who may wait for one answer. */
    private static final int MAX_ASKERS = 100;

    private static final long ANSWER_MILLIS = 2_000;

    private static final Answer STOPPING = new Answer(false, "Trunkline is stopping");

    private record Key(Kind kind, int node) {}

    private record RunningCommand(long number, Runnable kill) {}

    private final Coordinator coordinator;
    private final CoordinatorLoop loop;
    private final Outside outside;
    private final ClusterState state;
    private final StandbyFitness fitness;
    private final PrimaryFailover failover;
    private final Switchover switchover;
    private final Survey survey;
    private final Map<Key, List<CompletableFuture<Answer>>> underWay = new HashMap<>();
    private final Map<Integer, RunningCommand> commands = new HashMap<>();
    private long commandCount;
    private boolean stopped;

    NodeRequests(
            Coordinator coordinator,
            CoordinatorLoop loop,
            Outside outside,
            ClusterState state,
            StandbyFitness fitness,
            PrimaryFailover failover,
            Switchover switchover,
            Survey survey) {
        this.coordinator = coordinator;
        this.loop = loop;
        this.outside = outside;
        this.state = state;
        this.fitness = fitness;
        this.failover = failover;
        this.switchover = switchover;
        this.survey = survey;
    }

    /** A request of the coordinator's own. */
    void submit(NodeRequest request) {
        accept(request, new CompletableFuture<>());
    }

    void accept(NodeRequest request, CompletableFuture<Answer> asker) {
        if (stopped) {
            asker.complete(STOPPING);
            return;
        }
        Key key = new Key(request.kind(), request.node());
        List<CompletableFuture<Answer>> same = underWay.get(key);
        if (same != null) {
            if (request.kind() == Kind.NODE_DOWN && request.origin() == Origin.ADMINISTRATOR) {
                state.node(request.node()).detachedByHand = true;
                state.publish();
            }
            if (same.size() >= MAX_ASKERS) {
                asker.complete(new Answer(false, "too many wait for the same request"));
            } else {
                same.add(asker);
                limit(request, asker);
            }
            return;
        }
        if (!state.has(request.node())) {
            asker.complete(new Answer(false, "node " + request.node() + " does not exist"));
            return;
        }
        List<CompletableFuture<Answer>> askers = new ArrayList<>();
        askers.add(asker);
        underWay.put(key, askers);
        limit(request, asker);
        coordinator.events().asked(request);
        Consumer<Answer> done = answer -> {
            coordinator.events().answered(request);
            if (underWay.remove(key, askers)) {
                askers.forEach(one -> one.complete(answer));
            }
        };
        Node node = state.node(request.node());
        switch (request.kind()) {
            case NODE_UP -> up(node, request.origin(), done);
            case NODE_DOWN -> down(node, request, done);
            case PROMOTE -> promote(node, request, done);
            case QUARANTINE -> quarantine(node, done);
            case CLOSE_IDLE -> {
                outside.closeIdle(node.id());
                done.accept(new Answer(true, "idle connections to node " + node.id() + " are closed"));
            }
            case RECOVERY -> recover(node, done);
        }
    }

    private void limit(NodeRequest request, CompletableFuture<Answer> asker) {
        if (!request.patience().isZero()) {
            Runnable callOff = loop.schedule(
                    request.patience().toMillis(),
                    () -> asker.complete(new Answer(
                            false,
                            "it has not come to an end within "
                                    + request.patience().toSeconds() + " s, and goes on")));
            asker.whenComplete((answer, none) -> callOff.run());
        }
    }

    /** Trunkline ends: nobody waits for an answer any more. */
    /** Whether no request is under way, and no command runs for one. */
    boolean isQuiet() {
        return underWay.isEmpty() && commands.isEmpty();
    }

    void stop() {
        stopped = true;
        commands.values().forEach(running -> running.kill().run());
        underWay.values().forEach(askers -> askers.forEach(asker -> asker.complete(STOPPING)));
        underWay.clear();
        failover.stop();
        switchover.stop();
    }

    // ---- out of service

    private void down(Node node, NodeRequest request, Consumer<Answer> done) {
        log.info(
                "received degenerate backend request for node_id: {} from pid [{}] ({})",
                node.id(),
                ProcessHandle.current().pid(),
                request.origin());
        if (!node.isInService() && node.status() != NodeStatus.QUARANTINE) {
            // an administrator's word about a node that is down already is that it has to stay so
            node.detachedByHand |= request.origin() == Origin.ADMINISTRATOR;
            state.publish();
            done.accept(new Answer(
                    false, "node " + node.id() + " is " + node.status().text() + " already"));
            return;
        }
        if (!node.slot.mayFail()) {
            log.warn(
                    "degenerate backend request for node {} is refused: failover is disallowed for the node",
                    node.id());
            done.accept(new Answer(false, "failover is disallowed for node " + node.id() + " (backend_flag)"));
            return;
        }
        log.info("=== Starting degeneration. shutdown host {} ===", node.hostAndPort());
        switchover.abort("node " + node.id() + " goes out of service");
        boolean missed = state.primary() == ClusterView.NO_PRIMARY && node.id() == state.lastPrimary();
        boolean wasPrimary = node.id() == state.primary() || missed && !failover.isUnderWay();
        int mainBefore = wasPrimary ? node.id() : state.main();
        node.detachedByHand = request.origin() == Origin.ADMINISTRATOR;
        node.draining = request.manner() == Manner.GRACEFUL;
        node.status(NodeStatus.DOWN, state.now());
        if (wasPrimary) {
            state.noPrimary(Writes.AWAITED);
            state.publish();
            coordinator.failoverBegins();
            failover.begin(
                    node, mainBefore, null, new Failover(node, mainBefore, "Failover done. shutdown", node, done));
        } else {
            state.publish();
            if (failover.isUnderWay()) {
                failover.nodeFailed(node);
            }
            standbyCommand(node, mainBefore, done);
        }
    }

    private void standbyCommand(Node node, int mainBefore, Consumer<Answer> done) {
        Node old = state.lastPrimary() == ClusterView.NO_PRIMARY ? null : state.node(state.lastPrimary());
        int main = state.main();
        CommandCall.Values values = new CommandCall.Values(
                node.forCommand(),
                main == ClusterView.NO_PRIMARY
                        ? CommandCall.Node.NONE
                        : state.node(main).forCommand(),
                mainBefore,
                old == null ? CommandCall.Node.NONE : old.forCommand());
        Consumer<Answer> whenOver = answer -> {
            log.info("=== Failover done. shutdown host {} ===", node.hostAndPort());
            done.accept(answer);
        };
        command(
                CommandCall.Kind.FAILOVER,
                coordinator.settings().failoverCommand(),
                node,
                values,
                () -> whenOver.accept(new Answer(true, "node " + node.id() + " is detached")));
    }

    /** Runs it if there is one; a command for the same node that still runs is killed first. */
    private void command(
            CommandCall.Kind kind, String template, Node node, CommandCall.Values values, Runnable whenOver) {
        RunningCommand former = commands.remove(node.id());
        if (former != null) {
            former.kill().run();
        }
        if (template.isEmpty()) {
            whenOver.run();
            return;
        }
        long number = ++commandCount;
        Runnable kill = outside.run(
                new CommandCall(kind, template, values, coordinator.settings().commandLimit()), outcome -> {
                    commands.computeIfPresent(node.id(), (id, run) -> run.number() == number ? null : run);
                    whenOver.run();
                });
        commands.put(node.id(), new RunningCommand(number, kill));
    }

    /** What follows when the primary was lost, or has handed over. */
    private final class Failover implements PrimaryFailover.Ending {
        private final Node former;
        private final int mainBefore;
        private final String text;
        private final Node named;
        private final Consumer<Answer> done;

        Failover(Node former, int mainBefore, String text, Node named, Consumer<Answer> done) {
            this.former = former;
            this.mainBefore = mainBefore;
            this.text = text;
            this.named = named;
            this.done = done;
        }

        @Override
        public void found(Node primary) {
            coordinator.becomePrimary(primary);
            log.info("failover: set new main node: {}", state.main());
            log.info("=== {} host {} ===", text, named.hostAndPort());
            done.accept(new Answer(true, "node " + primary.id() + " is the primary now"));
        }

        @Override
        public void through() {
            coordinator.replaced(former, mainBefore);
        }

        @Override
        public void notFound(String why) {
            log.error("failover: {}", why);
            if (former != named && !former.detachedByHand && !former.isInService()) {
                // it has not failed, it was to hand over: it is the primary again if it lives, and fails over if not
                former.status(NodeStatus.WAITING, state.now());
                fitness.attached(former);
            } else {
                log.info("=== {} host {} ===", text, named.hostAndPort());
            }
            state.publish();
            coordinator.look();
            done.accept(new Answer(false, "there is no primary now: " + why));
        }
    }

    private void quarantine(Node node, Consumer<Answer> done) {
        if (!node.isInService()) {
            done.accept(new Answer(
                    false, "node " + node.id() + " is " + node.status().text() + " already"));
            return;
        }
        log.info("=== Starting quarantine. shutdown host {} ===", node.hostAndPort());
        switchover.abort("node " + node.id() + " is put in quarantine");
        node.status(NodeStatus.QUARANTINE, state.now());
        if (node.id() == state.primary()) {
            state.noPrimary(Writes.NOT_SERVED);
        }
        state.publish();
        failover.nodeFailed(node);
        coordinator.quarantined(node);
        log.info("=== Quarantine done. shutdown host {} ===", node.hostAndPort());
        done.accept(new Answer(true, "node " + node.id() + " is in quarantine"));
    }

    /** A node in quarantine answers again. */
    void release(Node node) {
        node.status(NodeStatus.WAITING, state.now());
        fitness.attached(node);
        log.info("=== Failback done. reconnect host {} ===", node.hostAndPort());
        state.publish();
        coordinator.look();
    }

    // ---- into service

    void attach(Node node, Origin origin) {
        submit(NodeRequest.of(Kind.NODE_UP, node.id(), origin));
    }

    private void up(Node node, Origin origin, Consumer<Answer> done) {
        log.info(
                "received failback request for node_id: {} from pid [{}] ({})",
                node.id(),
                ProcessHandle.current().pid(),
                origin);
        if (node.isInService()) {
            log.info(
                    "invalid failback request, status: [{}] of node id : {} is invalid for failback",
                    node.status().ordinal(),
                    node.id());
            done.accept(new Answer(false, "node " + node.id() + " is in service already"));
            return;
        }
        if (node.id() == state.lastPrimary() && !failover.mayReturn()) {
            done.accept(new Answer(false, "node " + node.id() + " is being replaced as the primary"));
            return;
        }
        if (node.id() == state.lastPrimary()) {
            failover.abandon("node " + node.id() + " is attached again");
        }
        log.info("=== Starting fail back. reconnect host {} ===", node.hostAndPort());
        node.detachedByHand = false;
        int main = state.main();
        int newMain = main == ClusterView.NO_PRIMARY ? node.id() : main;
        Node old = state.lastPrimary() == ClusterView.NO_PRIMARY ? null : state.node(state.lastPrimary());
        CommandCall.Values values = new CommandCall.Values(
                node.forCommand(),
                state.node(newMain).forCommand(),
                main,
                old == null ? CommandCall.Node.NONE : old.forCommand());
        command(CommandCall.Kind.FAILBACK, coordinator.settings().failbackCommand(), node, values, () -> {
            if (node.detachedByHand) {
                done.accept(new Answer(false, "node " + node.id() + " was detached meanwhile"));
                return;
            }
            node.draining = false;
            node.reachable = true;
            node.status(NodeStatus.WAITING, state.now());
            fitness.attached(node);
            coordinator.assume();
            state.publish();
            coordinator.look();
            log.info("=== Failback done. reconnect host {} ===", node.hostAndPort());
            done.accept(new Answer(true, "node " + node.id() + " is attached"));
        });
    }

    private void recover(Node node, Consumer<Answer> done) {
        String objection = RecoveryPreconditions.objection(
                node, state, coordinator.settings().hasRecovery());
        if (!objection.isEmpty()) {
            done.accept(new Answer(false, objection));
        } else if (failover.isUnderWay() || failover.isFinishing() || switchover.isUnderWay()) {
            done.accept(new Answer(false, "node recovery failed, a failover is under way"));
        } else {
            outside.recover(node.id(), state.primary(), answer -> {
                if (answer.done() && !node.isInService()) {
                    accept(NodeRequest.of(Kind.NODE_UP, node.id(), Origin.ONLINE_RECOVERY), attached(answer, done));
                } else {
                    done.accept(answer);
                }
            });
        }
    }

    private static CompletableFuture<Answer> attached(Answer recovered, Consumer<Answer> done) {
        CompletableFuture<Answer> future = new CompletableFuture<>();
        future.thenAccept(answer -> done.accept(
                answer.done() ? recovered : new Answer(false, recovered.text() + ", but " + answer.text())));
        return future;
    }

    // ---- promotion

    private void promote(Node node, NodeRequest request, Consumer<Answer> done) {
        log.info(
                "received promote backend request for node_id: {} from pid [{}] ({})",
                node.id(),
                ProcessHandle.current().pid(),
                request.origin());
        String objection = objection(node, request.manner());
        if (!objection.isEmpty()) {
            log.warn("failover: no backends are promoted: {}", objection);
            done.accept(new Answer(false, objection));
            return;
        }
        log.info("starting promotion. promote host {}", node.hostAndPort());
        if (request.manner() == Manner.SWITCHOVER) {
            switchover.begin(node, () -> handOver(node, done), why -> done.accept(new Answer(false, why)));
        } else {
            takeForPrimary(node, done);
        }
    }

    private String objection(Node node, Manner manner) {
        if (failover.isUnderWay() || failover.isFinishing() || switchover.isUnderWay()) {
            return "a failover is under way";
        }
        if (!node.isInService()) {
            return "node " + node.id() + " is " + node.status().text();
        }
        if (node.id() == state.primary()) {
            return "node " + node.id() + " is the primary already";
        }
        if (manner != Manner.SWITCHOVER) {
            return "";
        }
        if (state.primary() == ClusterView.NO_PRIMARY) {
            return "there is no primary that could hand over";
        }
        if (!state.node(state.primary()).slot.mayFail()) {
            return "failover is disallowed for node " + state.primary() + " (backend_flag)";
        }
        if (coordinator.isFollowing()) {
            return "follow_primary_command still makes nodes follow node " + state.primary();
        }
        return coordinator.settings().failoverCommand().isEmpty()
                ? "failover_command is empty: nothing would promote node " + node.id()
                : "";
    }

    /** Trunkline promotes no server itself without a switchover; it only looks whether somebody has. */
    private void takeForPrimary(Node node, Consumer<Answer> done) {
        survey.ask(List.of(node), ANSWER_MILLIS, answered -> {
            String objection = objection(node, Manner.AT_ONCE);
            if (!objection.isEmpty()) {
                done.accept(new Answer(false, objection));
            } else if (node.claimsToBePrimary()
                    && Primaries.among(answered, state).primary().isPresent()) {
                coordinator.becomePrimary(node);
                log.info("=== Promotion done. promoted host {} ===", node.hostAndPort());
                done.accept(new Answer(true, "node " + node.id() + " is the primary now"));
            } else {
                done.accept(new Answer(
                        false,
                        "the server of node " + node.id()
                                + " is a standby: it becomes the primary by a switchover, or if"
                                + " it is promoted first"));
            }
        });
    }

    private void handOver(Node target, Consumer<Answer> done) {
        Node old = state.node(state.primary());
        int mainBefore = state.main();
        log.info("=== Starting degeneration. shutdown host {} ===", old.hostAndPort());
        old.status(NodeStatus.DOWN, state.now());
        old.draining = false;
        state.noPrimary(Writes.AWAITED);
        state.publish();
        coordinator.failoverBegins();
        failover.begin(
                old, mainBefore, target, new Failover(old, mainBefore, "Promotion done. promoted", target, done));
    }
}
