package io.trunkline.failover.recovery;

import io.netty.channel.EventLoop;
import io.trunkline.config.RecoveryMode;
import io.trunkline.pool.BackendOpener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a standby of a node that is out of service, while clients go on (the manual of Pgpool-II, "Online Recovery"), by
 * one of the two ways of {@code recovery_mode}. Whether the node may be recovered is decided before,
 * and attaching it is left to whom the outcome is told. One at a time. Methods can be called on any thread.
 */
public final class OnlineRecovery {
    private static final Logger log = LoggerFactory.getLogger(OnlineRecovery.class);

    private final EventLoop loop;
    private final BackendOpener opener;
    private final Executor blocking;
    private final Supplier<RecoverySettings> settings;

    /** What is under way; only on the loop. */
    private @Nullable Attempt running;

    private boolean closed;

    /** One recovery that can be given up. */
    interface Way {
        /** Completes, on the loop, when the node's server has been started and answers. */
        CompletableFuture<Void> run();

        /** Ends what it has started elsewhere; the future of {@link #run} fails, now or soon. */
        void abandon();
    }

    private record Attempt(int node, Way way) {}

    /**
     * @param loop where connections are made and outcomes are told
     * @param blocking runs what waits for programs and files, for hours perhaps
     * @param settings those in force, asked once for each recovery
     */
    public OnlineRecovery(
            EventLoop loop, BackendOpener opener, Executor blocking, Supplier<RecoverySettings> settings) {
        this.loop = loop;
        this.opener = opener;
        this.blocking = blocking;
        this.settings = settings;
    }

    /** Recovers a node. {@code ended} is called once, on the loop. */
    public void recover(RecoveryTarget target, RecoverySource primary, Consumer<RecoveryOutcome> ended) {
        loop.execute(() -> {
            if (running != null || closed) {
                ended.accept(RecoveryOutcome.failed(
                        "process recovery request failed",
                        "pgpool-II is already processing another recovery request."));
                return;
            }
            log.info("starting recovering node {}", target.id());
            Way way = way(target, primary, settings.get());
            running = new Attempt(target.id(), way);
            CompletableFuture<Void> work;
            try {
                work = way.run();
            } catch (RuntimeException broken) {
                work = CompletableFuture.failedFuture(broken);
            }
            work.whenCompleteAsync((done, failure) -> end(target, failure, ended), loop);
        });
    }

    /**
     * Gives up what is under way, and begins nothing any more. A base backup that is not finished is removed where this
     * process lives long enough.
     */
    public void close() {
        loop.execute(() -> {
            closed = true;
            if (running != null) {
                running.way().abandon();
            }
        });
    }

    private Way way(RecoveryTarget target, RecoverySource primary, RecoverySettings now) {
        ServerWait servers = new ServerWait(loop, opener, target, primary, now);
        return now.mode() == RecoveryMode.COMMANDS
                ? new CommandRecovery(loop, opener, target, primary, now, servers)
                : new BuiltInRecovery(loop, opener, blocking, target, primary, now, servers);
    }

    private void end(RecoveryTarget target, @Nullable Throwable failure, Consumer<RecoveryOutcome> ended) {
        running = null;
        if (failure == null) {
            RecoveryOutcome outcome = RecoveryOutcome.done(target.id());
            log.info(outcome.text());
            ended.accept(outcome);
            log.info("recovery done");
            return;
        }
        Throwable cause = cause(failure);
        if (cause instanceof RecoveryFailure known) {
            log.error(known.text());
            ended.accept(known.outcome());
        } else {
            log.error("node recovery failed for node {}", target.id(), cause);
            ended.accept(RecoveryOutcome.failed("node recovery failed", cause.toString()));
        }
    }

    /** What went wrong, without the wrapping of futures. */
    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** The connection to the primary, which both ways begin with. */
    static CompletableFuture<RecoverySession> connectToPrimary(
            EventLoop loop, BackendOpener opener, RecoverySource primary, RecoverySettings settings) {
        if (settings.user().isEmpty()) {
            return CompletableFuture.failedFuture(unconnectable(primary, "recovery_user is not set"));
        }
        return RecoverySession.open(loop, opener, primary.address(), settings).handle((session, failure) -> {
            if (failure != null) {
                throw unconnectable(primary, String.valueOf(cause(failure).getMessage()));
            }
            return session;
        });
    }

    private static RecoveryFailure unconnectable(RecoverySource primary, String why) {
        return new RecoveryFailure("node recovery failed, unable to connect to main node: " + primary.id(), why);
    }
}
