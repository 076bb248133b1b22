package io.trunkline.failover.recovery;

import io.netty.channel.EventLoop;
import io.trunkline.pool.BackendOpener;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits until the recovered server answers, and makes sure that it came up as a standby. Event loop only. */
final class ServerWait {
    private static final Logger log = LoggerFactory.getLogger(ServerWait.class);

    private static final long INTERVAL_MILLIS = 1_000;

    /** How long one that accepts connections may take to answer. */
    private static final long ANSWER_LIMIT_MILLIS = 10_000;

    private static final String QUESTION =
            "SELECT pg_catalog.pg_is_in_recovery()," + " (SELECT status FROM pg_catalog.pg_stat_wal_receiver LIMIT 1)";

    /** What is waited for. */
    enum Goal {
        /** A server that answers and is a standby. */
        STANDBY,
        /** One that receives from its primary as well. */
        STREAMING
    }

    private final EventLoop loop;
    private final BackendOpener opener;
    private final RecoveryTarget target;
    private final RecoverySource primary;
    private final RecoverySettings settings;
    private @Nullable Wait current;

    ServerWait(
            EventLoop loop,
            BackendOpener opener,
            RecoveryTarget target,
            RecoverySource primary,
            RecoverySettings settings) {
        this.loop = loop;
        this.opener = opener;
        this.target = target;
        this.primary = primary;
        this.settings = settings;
    }

    /** Completes when the goal is reached, and fails when {@code recovery_timeout} is over. */
    CompletableFuture<Void> until(Goal goal) {
        log.info(
                "checking if postmaster is started: trying to connect to postmaster on hostname:{} database:{} user:{}",
                target.address().host(),
                settings.databases().get(0),
                settings.user());
        Wait wait = new Wait(goal);
        current = wait;
        var deadline = loop.schedule(wait::expire, settings.startLimit().toMillis(), TimeUnit.MILLISECONDS);
        wait.reached.whenComplete((done, failure) -> deadline.cancel(false));
        wait.attempt();
        return wait.reached;
    }

    /** Gives up what is waited for. */
    void abandon() {
        if (current != null) {
            current.reached.completeExceptionally(RecoveryFailure.step("it was given up", "Trunkline is ending"));
        }
    }

    private final class Wait {
        private final Goal goal;
        private final CompletableFuture<Void> reached = new CompletableFuture<>();
        private String last = "no answer";

        Wait(Goal goal) {
            this.goal = goal;
        }

        void attempt() {
            if (reached.isDone()) {
                return;
            }
            RecoverySession.open(loop, opener, target.address(), settings).whenComplete((session, failure) -> {
                if (failure == null) {
                    ask(session);
                } else if (OnlineRecovery.cause(failure) instanceof RecoverySession.Unopened unopened
                        && unopened.isServedOtherwise()) {
                    log.warn(
                            "node recovery, node: {} answers, but does not let recovery_user in: {}",
                            target.id(),
                            unopened.getMessage());
                    reached.complete(null);
                } else {
                    again(String.valueOf(OnlineRecovery.cause(failure).getMessage()));
                }
            });
        }

        private void ask(RecoverySession session) {
            session.query(QUESTION, ANSWER_LIMIT_MILLIS).whenComplete((rows, failure) -> {
                session.close();
                if (failure != null) {
                    again(String.valueOf(OnlineRecovery.cause(failure).getMessage()));
                } else {
                    judge(rows.isEmpty() ? List.of() : rows.get(0), session.database());
                }
            });
        }

        private void judge(List<@Nullable String> row, String database) {
            if (row.size() != 2 || row.get(0) == null) {
                again("an unexpected answer");
            } else if ("f".equals(row.get(0))) {
                reached.completeExceptionally(RecoveryFailure.step(
                        "node " + target.id() + " has not become a standby",
                        "its server runs, but as a primary of its own; stop it before it is written to"));
            } else if (goal == Goal.STREAMING && !"streaming".equals(row.get(1))) {
                again("it does not stream from node " + primary.id());
            } else {
                log.info("node recovery, node {} is a standby, seen in database {}", target.id(), database);
                reached.complete(null);
            }
        }

        private void again(String why) {
            last = why;
            log.debug("checking if postmaster is started: node {}: {}", target.id(), why);
            loop.schedule(this::attempt, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        }

        private void expire() {
            reached.completeExceptionally(new RecoveryFailure(
                    "recovery is checking if postmaster is started",
                    "postmaster on hostname:\"" + target.address().host() + "\" database:\""
                            + settings.databases().get(0)
                            + "\" user:\"" + settings.user() + "\" failed to start in "
                            + settings.timeout().toSeconds() + " second; last seen: " + last));
        }
    }
}
