package io.trunkline.failover;

import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.CoordinatorCounters.Event;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepares the change of the primary in an orderly way: new transactions wait, open ones end, and the standby that takes
 * over has all that the primary has written. If any of that does not come about in time, everything is as before. The
 * coordinator's thread only.
 */
final class Switchover {
    private static final Logger log = LoggerFactory.getLogger(Switchover.class);

    private static final long LOOK_MILLIS = 10;
    private static final long ANSWER_MILLIS = 2_000;

    /** How long the standby may take to replay what the primary wrote last. */
    private static final long CATCH_UP_MILLIS = 10_000;

    private final CoordinatorLoop loop;
    private final Outside outside;
    private final ClusterState state;
    private final Survey survey;
    private final Supplier<CoordinatorSettings> settings;
    private final CoordinatorCounters counters;
    private @Nullable Node target;
    private Runnable ready = () -> {};
    private Consumer<String> aborted = why -> {};
    private Runnable step = () -> {};
    private long deadline;
    private boolean endedStragglers;

    /** Grows with every switchover: what one has asked for is nothing to the next. */
    private long number;

    Switchover(
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
        return target != null;
    }

    /**
     * Begins it.
     *
     * @param whenReady nothing runs on the primary, and {@code next} has all that it has
     * @param whenAborted with the reason; the primary takes writes again
     */
    void begin(Node next, Runnable whenReady, Consumer<String> whenAborted) {
        counters.count(Event.SWITCHOVER_BEGUN);
        target = next;
        number++;
        ready = whenReady;
        aborted = whenAborted;
        endedStragglers = false;
        deadline = loop.nowMillis() + settings.get().drainLimit().toMillis();
        log.info("switchover to node {}: new transactions wait while those that are open end", next.id());
        state.writes(Writes.HELD);
        state.publish();
        drain();
    }

    private void drain() {
        int primary = state.primary();
        long asking = number;
        outside.countBusySessions(primary, busy -> {
            if (target == null || asking != number) {
                return;
            }
            if (busy == 0) {
                deadline = loop.nowMillis() + CATCH_UP_MILLIS;
                askPrimary();
            } else if (loop.nowMillis() < deadline) {
                step = loop.schedule(LOOK_MILLIS, this::drain);
            } else if (settings.get().endsStragglers() && !endedStragglers) {
                log.warn("switchover: {} session(s) are still busy on the primary: their transactions are ended", busy);
                endedStragglers = true;
                deadline = loop.nowMillis() + ANSWER_MILLIS;
                outside.endTransactions(primary);
                step = loop.schedule(LOOK_MILLIS, this::drain);
            } else {
                abort(busy + " session(s) have not ended their transactions within "
                        + settings.get().drainLimit().toSeconds() + " s (switchover_drain_timeout)");
            }
        });
    }

    private void askPrimary() {
        Node primary = state.node(state.primary());
        step = survey.ask(List.of(primary), ANSWER_MILLIS, answered -> {
            if (answered.isEmpty() || !primary.claimsToBePrimary()) {
                abort("the primary does not answer");
            } else {
                catchUp(Candidate.received(primary));
            }
        });
    }

    private void catchUp(long position) {
        Node next = target;
        if (next == null) {
            return;
        }
        step = survey.ask(List.of(next), ANSWER_MILLIS, answered -> {
            long replayed = next.report == null ? -1 : next.report.replayed().orElse(-1);
            if (!next.isInService()) {
                abort("node " + next.id() + " is out of service");
            } else if (!answered.isEmpty() && replayed >= position && Candidate.received(next) >= position) {
                log.info("switchover: node {} has all that the primary has written", next.id());
                Runnable over = ready;
                target = null;
                over.run();
            } else if (loop.nowMillis() >= deadline) {
                abort("node " + next.id() + " has not replayed the last of the primary's write-ahead log within "
                        + CATCH_UP_MILLIS / 1000 + " s");
            } else {
                step = loop.schedule(LOOK_MILLIS, () -> catchUp(position));
            }
        });
    }

    /** Ends it without a word. */
    void stop() {
        step.run();
        target = null;
    }

    /** Gives it up, and lets the primary take writes again if it still is the primary. */
    void abort(String why) {
        if (target == null) {
            return;
        }
        Consumer<String> over = aborted;
        step.run();
        target = null;
        counters.count(Event.SWITCHOVER_GIVEN_UP);
        log.error("switchover is given up: {}", why);
        if (state.primary() != ClusterView.NO_PRIMARY) {
            state.writes(Writes.SERVED);
        }
        state.publish();
        over.accept(why);
    }
}
