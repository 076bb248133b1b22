package io.trunkline.failover.recovery;

import io.netty.channel.EventLoop;
import io.trunkline.pool.BackendOpener;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way that needs neither ssh nor an extension: {@link LocalRecovery}, on a thread that may wait. */
final class BuiltInRecovery implements OnlineRecovery.Way {
    private static final Logger log = LoggerFactory.getLogger(BuiltInRecovery.class);

    /** How long a server that is not to be there may take to show that it is. */
    private static final long ABSENCE_LIMIT_MILLIS = 5_000;

    private static final long QUERY_LIMIT_MILLIS = 30_000;
    private static final long CHECKPOINT_LIMIT_MILLIS = Duration.ofHours(1).toMillis();

    private final EventLoop loop;
    private final BackendOpener opener;
    private final Executor blocking;
    private final RecoveryTarget target;
    private final RecoverySource primary;
    private final RecoverySettings settings;
    private final ServerWait servers;
    private volatile @Nullable LocalRecovery local;
    private volatile boolean abandoned;

    BuiltInRecovery(
            EventLoop loop,
            BackendOpener opener,
            Executor blocking,
            RecoveryTarget target,
            RecoverySource primary,
            RecoverySettings settings,
            ServerWait servers) {
        this.loop = loop;
        this.opener = opener;
        this.blocking = blocking;
        this.target = target;
        this.primary = primary;
        this.settings = settings;
        this.servers = servers;
    }

    @Override
    public CompletableFuture<Void> run() {
        return requireNobodyThere()
                .thenCompose(nobody -> OnlineRecovery.connectToPrimary(loop, opener, primary, settings))
                .thenCompose(this::facts)
                .thenCompose(facts -> elsewhere(() -> new LocalRecovery(target, primary, facts, settings)))
                .thenCompose(ready -> {
                    local = ready;
                    if (abandoned) {
                        ready.abandon();
                    }
                    return recover(ready);
                });
    }

    @Override
    public void abandon() {
        abandoned = true;
        servers.abandon();
        LocalRecovery running = local;
        if (running != null) {
            running.abandon();
        }
    }

    private CompletableFuture<Void> requireNobodyThere() {
        CompletableFuture<RecoverySession> attempt = RecoverySession.open(loop, opener, target.address(), settings);
        loop.schedule(
                () -> attempt.completeExceptionally(new TimeoutException()),
                ABSENCE_LIMIT_MILLIS,
                TimeUnit.MILLISECONDS);
        return attempt.handle((session, failure) -> {
            if (session != null) {
                session.close();
                throw alive("a server answers", "");
            }
            Throwable cause = OnlineRecovery.cause(failure);
            if (cause instanceof TimeoutException) {
                throw alive("somebody is there, but does not answer", "");
            }
            if (cause instanceof RecoverySession.Unopened unopened && unopened.isAnswered()) {
                throw alive("a server answers", ": " + unopened.getMessage());
            }
            return null;
        });
    }

    private RecoveryFailure alive(String seen, String answer) {
        return new RecoveryFailure(
                "node recovery failed, node id: " + target.id() + " is alive",
                seen + " on " + target.address() + "; stop it first" + answer);
    }

    private CompletableFuture<PrimaryFacts> facts(RecoverySession session) {
        // pg_rewind goes by the primary's control file, which a promotion leaves behind until the next checkpoint
        return session.query("CHECKPOINT", CHECKPOINT_LIMIT_MILLIS)
                .thenCompose(done -> session.query(PrimaryFacts.QUERY, QUERY_LIMIT_MILLIS))
                .whenComplete((rows, failure) -> session.close())
                .handle((rows, failure) -> {
                    if (failure != null) {
                        throw RecoveryFailure.step(
                                "node " + primary.id() + " does not tell what it is",
                                String.valueOf(OnlineRecovery.cause(failure).getMessage()));
                    }
                    return PrimaryFacts.of(rows);
                });
    }

    private CompletableFuture<Void> recover(LocalRecovery ready) {
        return elsewhere(ready::rewind).thenCompose(rewound -> rewound ? afterRewind(ready) : byBaseBackup(ready));
    }

    /** The primary may have thrown away what a rewound standby still needs: then only a new copy helps. */
    private CompletableFuture<Void> afterRewind(LocalRecovery ready) {
        return startAndWait(ready)
                .handle((done, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.<Void>completedFuture(null);
                    }
                    if (abandoned) {
                        return CompletableFuture.<Void>failedFuture(failure);
                    }
                    log.warn(
                            "node recovery, node {}: rewound, but of no use: {}",
                            target.id(),
                            OnlineRecovery.cause(failure) instanceof RecoveryFailure known ? known.text() : failure);
                    return elsewhere(done(ready::stop)).thenCompose(stopped -> byBaseBackup(ready));
                })
                .thenCompose(Function.identity());
    }

    private CompletableFuture<Void> byBaseBackup(LocalRecovery ready) {
        return elsewhere(done(ready::baseBackup)).thenCompose(copied -> startAndWait(ready));
    }

    private CompletableFuture<Void> startAndWait(LocalRecovery ready) {
        return elsewhere(done(ready::start)).thenCompose(started -> servers.until(ServerWait.Goal.STREAMING));
    }

    private static Supplier<Boolean> done(Runnable work) {
        return () -> {
            work.run();
            return true;
        };
    }

    /** On a thread that may block; what follows is on the loop again. */
    private <T> CompletableFuture<T> elsewhere(Supplier<T> work) {
        CompletableFuture<T> back = new CompletableFuture<>();
        CompletableFuture.supplyAsync(work, blocking)
                .whenCompleteAsync(
                        (value, failure) -> {
                            if (failure != null) {
                                back.completeExceptionally(OnlineRecovery.cause(failure));
                            } else {
                                back.complete(value);
                            }
                        },
                        loop);
        return back;
    }
}
