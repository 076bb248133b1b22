package io.trunkline.failover;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches whether the server of one node lives: every health_check_period, and at once when a session has trouble with
 * it. A node counts as failed when an attempt and all its repetitions have found nobody; whatever a server answers shows
 * that it is there. The coordinator's thread only.
 */
final class HealthWatch {
    private static final Logger log = LoggerFactory.getLogger(HealthWatch.class);

    /** Pauses between attempts that sessions ask for, however many those are. */
    private static final long HINT_PAUSE_MILLIS = 200;

    /** How often a node is looked after whose return nothing else would show: in service all the same, or in quarantine. */
    private static final long ABSENT_PAUSE_MILLIS = 1_000;

    /** How often a server is looked after that is starting up or shutting down. */
    private static final long NOT_READY_PAUSE_MILLIS = 200;

    /** What is learned of the node. */
    interface Findings {
        /** It serves, or answers with an error that is no sign of failure. */
        void alive();

        /** An attempt found no server, or one that takes nobody in; that need not be the last word. */
        void absent();

        /** It has failed, as far as can be told. */
        void failed(NodeRequest.Origin seenBy);
    }

    private final CoordinatorLoop loop;
    private final Outside outside;
    private final Node node;
    private final Findings findings;
    private final BooleanSupplier hintsCount;
    private final Consumer<HealthOutcome> counter;
    private final HealthTally tally;
    private Duration notReadyGrace;
    private Runnable next = () -> {};
    private boolean attempting;
    private boolean stopped;

    /** Whose word is the reason for the attempt; null if it is a regular one. */
    private NodeRequest.@Nullable Origin hinted;

    /** Who had trouble while an attempt was under way. */
    private NodeRequest.@Nullable Origin hintedMeanwhile;

    private boolean glancing;
    private int repetitions;
    private long lastHint = Long.MIN_VALUE / 2;
    private long notReadySince = -1;
    private String lastAlarm = "";

    /** It has failed, and nobody has taken it out of service for that. */
    private boolean absent;

    /**
     * @param hintsCount whether a session's trouble may be the reason for taking the node out of service
     * @param counter is told of every attempt
     */
    HealthWatch(
            CoordinatorLoop loop,
            Outside outside,
            Node node,
            Duration notReadyGrace,
            BooleanSupplier hintsCount,
            Consumer<HealthOutcome> counter,
            HealthTally tally,
            Findings findings) {
        this.hintsCount = hintsCount;
        this.counter = counter;
        this.tally = tally;
        this.loop = loop;
        this.outside = outside;
        this.node = node;
        this.notReadyGrace = notReadyGrace;
        this.findings = findings;
    }

    void start() {
        schedule();
    }

    /** The node is in quarantine now, and is released when it answers. */
    void quarantined() {
        schedule();
    }

    void stop() {
        stopped = true;
        next.run();
    }

    void reload(Duration grace) {
        notReadyGrace = grace;
        if (!attempting) {
            repetitions = 0;
            schedule();
        }
    }

    /** A session has had trouble with the node, or the server has said that it goes. */
    void hint(NodeRequest.Origin seenBy) {
        if (stopped || !node.isInService()) {
            return;
        }
        long wait = lastHint + HINT_PAUSE_MILLIS - loop.nowMillis();
        if (seenBy == NodeRequest.Origin.SESSION && !hintsCount.getAsBoolean()) {
            glance(wait);
        } else if (attempting) {
            // it may have begun before the trouble did
            hintedMeanwhile = weightier(hintedMeanwhile, seenBy);
        } else {
            hinted = weightier(hinted, seenBy);
            again(Math.max(0, wait));
        }
    }

    private static NodeRequest.Origin weightier(NodeRequest.@Nullable Origin first, NodeRequest.Origin second) {
        return first == NodeRequest.Origin.SERVER ? first : second;
    }

    /** Looks whether the node is there, without a consequence for its status: that is left to the checks that are due. */
    private void glance(long wait) {
        if (glancing || wait > 0) {
            return;
        }
        glancing = true;
        lastHint = loop.nowMillis();
        outside.checkHealth(node.id(), outcome -> {
            glancing = false;
            counter.accept(outcome);
            if (stopped || !node.isInService()) {
                return;
            }
            if (outcome.kind() == HealthOutcome.Kind.ALIVE || outcome.kind() == HealthOutcome.Kind.ALARM) {
                findings.alive();
                return;
            }
            if (!outcome.timedOut()) {
                findings.absent();
            }
            loop.schedule(ABSENT_PAUSE_MILLIS, () -> hint(NodeRequest.Origin.SESSION));
        });
    }

    private void schedule() {
        next.run();
        boolean isLookedFor = node.slot.checkPeriod().isZero() && node.status() == NodeStatus.QUARANTINE;
        long period =
                isLookedFor ? ABSENT_PAUSE_MILLIS : node.slot.checkPeriod().toMillis();
        if (period > 0 && !stopped) {
            next = loop.schedule(period, this::attempt);
        }
    }

    private void again(long delayMillis) {
        next.run();
        next = loop.schedule(delayMillis, this::attempt);
    }

    private void attempt() {
        if (stopped || attempting) {
            return;
        }
        if (!node.isInService() && node.status() != NodeStatus.QUARANTINE) {
            forget();
            return;
        }
        next.run();
        attempting = true;
        tally.attempt();
        if (hinted != null) {
            lastHint = loop.nowMillis();
        }
        outside.checkHealth(node.id(), outcome -> {
            attempting = false;
            counter.accept(outcome);
            NodeRequest.Origin askedAgain = hintedMeanwhile;
            hintedMeanwhile = null;
            if (!stopped) {
                learned(outcome);
                if (askedAgain != null) {
                    hint(askedAgain);
                }
            }
        });
    }

    private void learned(HealthOutcome outcome) {
        // somebody may have taken it out of service meanwhile
        if (!node.isInService() && node.status() != NodeStatus.QUARANTINE) {
            forget();
            return;
        }
        if (outcome.kind() != HealthOutcome.Kind.NOT_READY) {
            notReadySince = -1;
        }
        switch (outcome.kind()) {
            case ALIVE -> {
                lastAlarm = "";
                alive();
            }
            case ALARM -> {
                if (!outcome.detail().equals(lastAlarm)) {
                    lastAlarm = outcome.detail();
                    log.error(
                            "health check on node {} is answered with an error: {}; the server lives, and the node stays"
                                    + " in service",
                            node.id(),
                            outcome.detail());
                }
                alive();
            }
            case NOT_READY -> notReady(outcome);
            case DEAD -> dead(outcome);
        }
    }

    private void alive() {
        if (repetitions > 0) {
            log.info("health check retrying on DB node: {} succeeded", node.id());
        }
        absent = false;
        tally.succeeded();
        findings.alive();
        over();
    }

    private void notReady(HealthOutcome outcome) {
        long now = loop.nowMillis();
        if (notReadySince < 0) {
            notReadySince = now;
            log.warn("node {} takes no connections: {}", node.id(), outcome.detail());
        }
        findings.absent();
        if (now - notReadySince >= notReadyGrace.toMillis()) {
            notReadySince = -1;
            conclude(outcome);
        } else {
            again(NOT_READY_PAUSE_MILLIS);
        }
    }

    private void dead(HealthOutcome outcome) {
        if (!outcome.timedOut()) {
            findings.absent();
        }
        if (hinted == null && repetitions < node.slot.checkRetries()) {
            repetitions++;
            log.info("health check retrying on DB node: {} (round:{}): {}", node.id(), repetitions, outcome.detail());
            again(Math.max(1, node.slot.checkRetryDelay().toMillis()));
        } else {
            conclude(outcome);
        }
    }

    private void conclude(HealthOutcome outcome) {
        NodeRequest.Origin seenBy = hinted == null ? NodeRequest.Origin.HEALTH_CHECK : hinted;
        if (!absent) {
            log.warn(
                    "health check failed on node {} (timeout:{}): {}",
                    node.id(),
                    outcome.timedOut() ? 1 : 0,
                    outcome.detail());
        }
        absent = true;
        tally.failed();
        over();
        findings.failed(seenBy);
        if (node.isInService()) {
            findings.absent();
            // so that its return is seen, whatever the period
            again(ABSENT_PAUSE_MILLIS);
        } else if (node.status() != NodeStatus.QUARANTINE) {
            absent = false;
        }
    }

    /** It is out of service: if it comes back, it begins anew. */
    private void forget() {
        absent = false;
        notReadySince = -1;
        tally.skipped();
        over();
    }

    private void over() {
        hinted = null;
        repetitions = 0;
        schedule();
    }
}
