package io.trunkline.failover;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs follow_primary_command after a promotion, one node after the other, for those that need it: the old primary, and
 * standbys that are not seen to follow the new one within a few seconds by themselves. A standby is out of service while
 * its command runs. The coordinator's thread only.
 */
final class FollowPrimary {
    private static final Logger log = LoggerFactory.getLogger(FollowPrimary.class);

    /** How long standbys have to show that they follow by themselves. */
    private static final long WINDOW_MILLIS = 5_000;

    private static final long LOOK_MILLIS = 500;
    private static final long ANSWER_MILLIS = 2_000;

    private final CoordinatorLoop loop;
    private final Outside outside;
    private final ClusterState state;
    private final Survey survey;
    private final StandbyFitness fitness;
    private final Supplier<CoordinatorSettings> settings;
    private final Consumer<Node> attach;

    /** Whose turn is still to come. */
    private final Deque<Node> waiting = new ArrayDeque<>();

    /** Those that were in service until their turn: they are attached again once they follow. */
    private final Set<Node> toAttach = new HashSet<>();

    private Runnable step = () -> {};
    private Runnable command = () -> {};
    private boolean underWay;
    private int oldMain;
    private CommandCall.Node oldPrimary = CommandCall.Node.NONE;

    FollowPrimary(
            CoordinatorLoop loop,
            Outside outside,
            ClusterState state,
            Survey survey,
            StandbyFitness fitness,
            Supplier<CoordinatorSettings> settings,
            Consumer<Node> attach) {
        this.loop = loop;
        this.outside = outside;
        this.state = state;
        this.survey = survey;
        this.fitness = fitness;
        this.settings = settings;
        this.attach = attach;
    }

    boolean isUnderWay() {
        return underWay;
    }

    /** Begins after {@code former} was replaced by the primary of now. */
    void begin(Node former, int mainBefore) {
        abandon();
        if (settings.get().followPrimaryCommand().isEmpty() || !settings.get().knowsStandbys()) {
            return;
        }
        underWay = true;
        oldMain = mainBefore;
        oldPrimary = former.forCommand();
        if (settings.get().followDetachesAll()) {
            List<Node> others = others().stream().filter(Node::isInService).toList();
            others.forEach(this::takeOut);
            log.info("failover: {} follow backends have been degenerated", others.size());
            state.publish();
            others().stream().filter(node -> !node.isInService()).forEach(waiting::add);
            next();
        } else {
            watch(loop.nowMillis() + WINDOW_MILLIS);
        }
    }

    /** There is a primary again: those that an abandoned round has left out of service are seen to. */
    void resume() {
        boolean isLeft = toAttach.stream().anyMatch(node -> !node.isInService());
        if (!underWay && isLeft && !settings.get().followPrimaryCommand().isEmpty()) {
            underWay = true;
            watch(loop.nowMillis() + WINDOW_MILLIS);
        }
    }

    private List<Node> others() {
        return state.nodes().stream()
                .filter(node -> node.isUsed() && node.id() != state.primary())
                .toList();
    }

    private void watch(long deadline) {
        List<Node> others = others();
        step = survey.ask(others.stream().filter(Node::isInService).toList(), ANSWER_MILLIS, answered -> {
            List<Node> astray = new ArrayList<>();
            for (Node node : others) {
                // an old primary takes writes as long as it is one, even if somebody has detached it
                boolean isLeft = node.id() == oldPrimary.id() || !node.detachedByHand;
                if (node.isInService() ? !fitness.follows(node) : isLeft) {
                    astray.add(node);
                }
            }
            boolean onlyLeft = astray.stream().noneMatch(Node::isInService);
            if (onlyLeft || loop.nowMillis() >= deadline) {
                waiting.addAll(astray);
                next();
            } else {
                step = loop.schedule(LOOK_MILLIS, () -> watch(deadline));
            }
        });
    }

    /** Another failover begins: what is to be followed is not known. */
    void abandon() {
        step.run();
        command.run();
        step = () -> {};
        command = () -> {};
        waiting.clear();
        underWay = false;
    }

    private void takeOut(Node node) {
        log.info("=== Starting follow degeneration. shutdown host {} ===", node.hostAndPort());
        node.status(NodeStatus.DOWN, state.now());
        node.draining = false;
        toAttach.add(node);
    }

    private void next() {
        Node node = waiting.poll();
        if (node == null || state.primary() == ClusterView.NO_PRIMARY) {
            underWay = false;
            return;
        }
        if (node.id() == state.primary() || node.isInService() && fitness.follows(node)) {
            // somebody else has seen to it meanwhile
            next();
            return;
        }
        if (node.isInService()) {
            takeOut(node);
            state.publish();
        }
        log.info("=== Starting follow primary command for node {} ===", node.id());
        CommandCall.Node primary = state.node(state.primary()).forCommand();
        boolean[] calledOff = new boolean[1];
        Runnable kill = outside.run(
                new CommandCall(
                        CommandCall.Kind.FOLLOW_PRIMARY,
                        settings.get().followPrimaryCommand(),
                        new CommandCall.Values(node.forCommand(), primary, oldMain, oldPrimary),
                        settings.get().followLimit()),
                outcome -> {
                    if (!calledOff[0]) {
                        log.info("=== Follow primary command for node {} ended ===", node.id());
                        command = () -> {};
                        ended(node);
                    }
                });
        command = () -> {
            calledOff[0] = true;
            kill.run();
        };
    }

    /** Where Trunkline has taken the node out of service itself, it puts it back once it follows. */
    private void ended(Node node) {
        if (toAttach.contains(node)) {
            awaitFollowing(node, loop.nowMillis() + WINDOW_MILLIS);
        } else {
            next();
        }
    }

    private void awaitFollowing(Node node, long deadline) {
        step = survey.ask(List.of(node), ANSWER_MILLIS, answered -> {
            boolean isMine = !node.isInService() && !node.detachedByHand;
            if (isMine && !fitness.follows(node) && loop.nowMillis() < deadline) {
                step = loop.schedule(LOOK_MILLIS, () -> awaitFollowing(node, deadline));
                return;
            }
            toAttach.remove(node);
            if (isMine && fitness.follows(node)) {
                attach.accept(node);
            } else if (isMine) {
                log.warn(
                        "node {} is not seen to follow after its follow primary command: it stays detached", node.id());
            }
            next();
        });
    }
}
