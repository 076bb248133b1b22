package io.trunkline.failover;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.CoordinatorCounters.Event;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done when the primary is lost: one at a time, and no step of it blocks the coordinator.
 *
 * <pre>
 *   choose    asks the standbys how far they are; the most advanced is proposed
 *   hold      where replication was synchronous: until one of those that answer must have every commit
 *   command   failover_command, which promotes it
 *   search    asks the nodes until one says that it is the primary now
 * </pre>
 *
 * <p>If the proposed node fails meanwhile, its command is killed and another is chosen at once. The coordinator's thread
 * only.
 */
final class PrimaryFailover {
    private static final Logger log = LoggerFactory.getLogger(PrimaryFailover.class);

    /** How long a standby may take to say how far it is. */
    private static final long ANSWER_MILLIS = 1_000;

    private static final long HOLD_PAUSE_MILLIS = 1_000;
    private static final long FIRST_SEARCH_PAUSE_MILLIS = 20;

    /** How long it is looked for as often as that. */
    private static final long QUICK_SEARCH_MILLIS = 1_000;

    private static final long SEARCH_PAUSE_MILLIS = 1_000;

    /** How long after its command a promotion may take before the lost primary, if it is back, is as good. */
    private static final long PROMOTION_MILLIS = 30_000;

    /** How it ends. */
    interface Ending {
        /** It takes writes; what failover_command has still to do does not keep clients waiting. */
        void found(Node primary);

        /** After that: the command has ended, too. Never called if another failover has begun. */
        void through();

        /** None was found in time, or there is no node left. */
        void notFound(String why);
    }

    private final CoordinatorLoop loop;
    private final Outside outside;
    private final ClusterState state;
    private final Survey survey;
    private final Supplier<CoordinatorSettings> settings;
    private final CoordinatorCounters counters;
    private @Nullable Ending ending;

    /** The primary that is to be replaced; failover_command is about it, whoever is proposed in its place. */
    private @Nullable Node lost;

    private int oldMain;
    private CommandCall.Node oldPrimary = CommandCall.Node.NONE;
    private @Nullable Node candidate;
    private Runnable step = () -> {};
    private Runnable command = () -> {};
    private boolean isHandedOver;
    private long searchingSince;

    /** When another node should have become the primary, if it ever does. */
    private long promotedBy;

    private long searchPause;

    /** Of a failover that has ended for everybody but its command: what is to be told when that ends, too. */
    private @Nullable Ending finishing;

    private String lastAlarm = "";

    PrimaryFailover(
            CoordinatorLoop loop,
            Outside outside,
            ClusterState state,
            Survey survey,
            Supplier<CoordinatorSettings> settings,
            CoordinatorCounters counters) {
        this.loop = loop;
        this.outside = outside;
        this.state = state;
        this.survey = survey;
        this.settings = settings;
        this.counters = counters;
    }

    boolean isUnderWay() {
        return ending != null;
    }

    /** Whether there is a new primary, and failover_command still does its work. */
    boolean isFinishing() {
        return finishing != null;
    }

    /**
     * Begins it: {@code failed}, which was the primary, is out of service already.
     *
     * @param mainBefore the main node before that
     * @param preferred the node that has to become the primary; null = to be chosen
     */
    void begin(Node failed, int mainBefore, @Nullable Node preferred, Ending whenOver) {
        callOff();
        counters.count(Event.FAILOVER_BEGUN);
        ending = whenOver;
        lost = failed;
        oldMain = mainBefore;
        oldPrimary = failed.forCommand();
        state.promises().lost(failed, state.timeline(), state.standbysOf(failed), state.synchronous());
        candidate = preferred;
        isHandedOver = preferred != null;
        lastAlarm = "";
        if (preferred == null) {
            choose();
        } else {
            run();
        }
    }

    /** A node is out of service; if it was to become the primary, another has to. */
    void nodeFailed(Node node) {
        if (ending == null || candidate != null && node != candidate) {
            return;
        }
        if (isHandedOver) {
            end("node " + node.id() + ", which was to take over, has failed");
        } else {
            callOff();
            choose();
        }
    }

    /** Whether nothing has been done yet that makes another node the primary. */
    private boolean isHeld() {
        return ending != null && candidate == null;
    }

    /** Whether the lost primary may come into service again: not while another is being promoted. */
    boolean mayReturn() {
        return ending == null || isHeld() || loop.nowMillis() >= promotedBy;
    }

    /** A node in service says that it is the primary, and may be: somebody else has promoted it. */
    void seen(Node primary) {
        if (isHeld()) {
            found(primary);
        }
    }

    /** The lost primary is back before any other was promoted. */
    void abandon(String why) {
        if (ending != null) {
            end(why, Event.FAILOVER_CALLED_OFF);
        }
    }

    /** Ends it without a word. */
    void stop() {
        callOff();
        ending = null;
    }

    private void callOff() {
        step.run();
        step = () -> {};
        command.run();
        command = () -> {};
        finishing = null;
        candidate = null;
        counters.held(false);
    }

    private void choose() {
        List<Node> alive = state.inService();
        if (alive.isEmpty()) {
            log.error("failover: no valid backend node found");
            run();
        } else if (settings.get().knowsStandbys() && settings.get().canAsk()) {
            step = survey.ask(alive, ANSWER_MILLIS, this::answered);
        } else {
            candidate = alive.get(0);
            run();
        }
    }

    private void answered(List<Node> answering) {
        List<Node> serving = answering.stream().filter(Node::isInService).toList();
        CoordinatorSettings now = settings.get();
        boolean mustHaveAll = now.needsSynchronous() && state.promises().areInForce();
        int missing = mustHaveAll ? state.promises().missing(serving) : 0;
        if (missing > 0) {
            hold("failover: the promotion is held: " + missing
                    + " more standby(s) must answer until one of those that do is sure to have every commit that was"
                    + " acknowledged (promotion_needs_synchronous_standbys)");
            return;
        }
        // of those that answer, the one with every commit is the most advanced, whatever its id
        boolean mostAdvanced = now.mostAdvanced() || mustHaveAll;
        candidate = (mostAdvanced ? Candidate.mostAdvanced(serving, state) : Candidate.lowestId(serving, state))
                .orElse(null);
        if (candidate == null) {
            if (serving.isEmpty()) {
                hold("failover: none of the nodes in service answers; they are asked again until one does");
            } else {
                end("none of the nodes in service can be promoted");
            }
            return;
        }
        log.info(
                "failover: node {} is proposed as the new primary: {}",
                candidate.id(),
                mostAdvanced ? "it has received most of the write-ahead log" : "it has the lowest id");
        run();
    }

    private void hold(String alarm) {
        if (!alarm.equals(lastAlarm)) {
            lastAlarm = alarm;
            log.error(alarm);
        }
        counters.held(true);
        step = loop.schedule(HOLD_PAUSE_MILLIS, this::choose);
    }

    private void run() {
        counters.held(false);
        String template = settings.get().failoverCommand();
        Node failed = lost;
        if (template.isEmpty() || failed == null) {
            promotedBy = loop.nowMillis();
            commandEnded();
            return;
        }
        promotedBy = Long.MAX_VALUE;
        if (candidate != null) {
            state.propose(candidate.id());
        }
        CommandCall.Node taker = candidate == null ? CommandCall.Node.NONE : candidate.forCommand();
        CommandCall call = new CommandCall(
                CommandCall.Kind.FAILOVER,
                template,
                new CommandCall.Values(failed.forCommand(), taker, oldMain, oldPrimary),
                settings.get().commandLimit());
        boolean[] calledOff = new boolean[1];
        Runnable kill = outside.run(call, outcome -> {
            if (calledOff[0]) {
                return;
            }
            command = () -> {};
            step.run();
            Ending served = finishing;
            if (served != null) {
                finishing = null;
                served.through();
            } else if (isHandedOver && !outcome.succeeded()) {
                end("failover_command has failed");
            } else {
                promotedBy = loop.nowMillis() + (outcome.succeeded() ? PROMOTION_MILLIS : 0);
                commandEnded();
            }
        });
        command = () -> {
            calledOff[0] = true;
            kill.run();
        };
        if (candidate != null
                && settings.get().knowsStandbys()
                && settings.get().canAsk()) {
            searchingSince = loop.nowMillis();
            searchPause = FIRST_SEARCH_PAUSE_MILLIS;
            step = loop.schedule(searchPause, this::lookWhileCommandRuns);
        }
    }

    /** Clients need not wait for what a command does once the node is promoted. */
    private void lookWhileCommandRuns() {
        Node promoted = candidate;
        if (promoted == null) {
            return;
        }
        step = survey.ask(List.of(promoted), ANSWER_MILLIS, answering -> {
            if (promoted.isInService()
                    && !answering.isEmpty()
                    && Primaries.among(answering, state).primary().isPresent()) {
                finishing = ending;
                ending = null;
                if (finishing != null) {
                    counters.count(Event.FAILOVER_ENDED);
                    finishing.found(promoted);
                }
            } else {
                step = loop.schedule(nextPause(), this::lookWhileCommandRuns);
            }
        });
    }

    private long nextPause() {
        if (loop.nowMillis() - searchingSince > QUICK_SEARCH_MILLIS) {
            searchPause = Math.min(SEARCH_PAUSE_MILLIS, searchPause * 3 / 2);
        }
        return searchPause;
    }

    private void commandEnded() {
        if (state.inService().isEmpty()) {
            end("no node is in service");
            return;
        }
        if (!settings.get().knowsStandbys() || !settings.get().canAsk()) {
            found(candidate == null ? state.inService().get(0) : candidate);
            return;
        }
        searchingSince = loop.nowMillis();
        searchPause = FIRST_SEARCH_PAUSE_MILLIS;
        log.info("find_primary_node_repeatedly: waiting for finding a primary node");
        search();
    }

    private void search() {
        step = survey.ask(state.inService(), ANSWER_MILLIS, answering -> {
            OptionalInt primary = Primaries.among(
                            answering.stream().filter(Node::isInService).toList(), state)
                    .primary();
            long limit = settings.get().searchLimit().toMillis();
            if (primary.isPresent()) {
                found(state.node(primary.getAsInt()));
            } else if (limit > 0 && loop.nowMillis() - searchingSince >= limit) {
                log.error("find_primary_node_repeatedly: expired after {} seconds", limit / 1000);
                end("failed to find primary node");
            } else {
                step = loop.schedule(nextPause(), this::search);
            }
        });
    }

    private void found(Node primary) {
        Ending over = ending;
        ending = null;
        callOff();
        if (over != null) {
            counters.count(Event.FAILOVER_ENDED);
            over.found(primary);
            over.through();
        }
    }

    private void end(String why) {
        end(why, Event.FAILOVER_FAILED);
    }

    private void end(String why, Event how) {
        Ending over = ending;
        ending = null;
        callOff();
        if (state.primary() == ClusterView.NO_PRIMARY) {
            state.writes(Writes.NOT_SERVED);
        }
        if (over != null) {
            counters.count(how);
            over.notFound(why);
        }
    }
}
