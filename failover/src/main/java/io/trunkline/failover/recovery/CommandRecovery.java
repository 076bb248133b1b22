package io.trunkline.failover.recovery;

import io.netty.channel.EventLoop;
import io.trunkline.pool.BackendOpener;
import io.trunkline.protocol.SqlState;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pgpool-II's way, for streaming replication: functions of the extension {@code pgpool_recovery} run scripts of the primary's
 * data directory, the first of which copies the data, the second of which starts the server. A second stage with clients
 * shut out would stand between them, for nodes that are replicated by statement; streaming replication has none.
 */
final class CommandRecovery implements OnlineRecovery.Way {
    private static final Logger log = LoggerFactory.getLogger(CommandRecovery.class);

    /** A script copies for as long as it takes; this only is not forever. */
    private static final long SCRIPT_LIMIT_MILLIS = Duration.ofDays(7).toMillis();

    private static final long SETTING_LIMIT_MILLIS = 30_000;

    private final EventLoop loop;
    private final BackendOpener opener;
    private final RecoveryTarget target;
    private final RecoverySource primary;
    private final RecoverySettings settings;
    private final ServerWait servers;
    private @Nullable RecoverySession session;

    CommandRecovery(
            EventLoop loop,
            BackendOpener opener,
            RecoveryTarget target,
            RecoverySource primary,
            RecoverySettings settings,
            ServerWait servers) {
        this.loop = loop;
        this.opener = opener;
        this.target = target;
        this.primary = primary;
        this.settings = settings;
        this.servers = servers;
    }

    @Override
    public CompletableFuture<Void> run() {
        return scripts(settings).thenCompose(started -> servers.until(ServerWait.Goal.STANDBY));
    }

    private CompletableFuture<Void> scripts(RecoverySettings within) {
        return OnlineRecovery.connectToPrimary(loop, opener, primary, within).thenCompose(opened -> {
            session = opened;
            return firstStage(opened)
                    .thenRun(this::noSecondStage)
                    .thenCompose(done -> remoteStart(opened))
                    .whenComplete((done, failure) -> opened.close())
                    .exceptionallyCompose(failure -> {
                        Optional<RecoverySettings> next = within.after(opened.database());
                        return isWithoutExtension(failure) && next.isPresent()
                                ? scripts(next.get())
                                : CompletableFuture.failedFuture(failure);
                    });
        });
    }

    /** Whether the functions are not there, of which nothing has been done then. */
    private static boolean isWithoutExtension(Throwable failure) {
        return OnlineRecovery.cause(failure) instanceof RecoveryFailure known
                && known.getCause() instanceof RecoverySession.QueryFailure query
                && query.sqlState().equals(SqlState.UNDEFINED_FUNCTION);
    }

    @Override
    public void abandon() {
        servers.abandon();
        if (session != null) {
            session.close();
        }
    }

    private CompletableFuture<Void> firstStage(RecoverySession opened) {
        String script = settings.firstStageCommand();
        CompletableFuture<Void> stage;
        if (script.isEmpty()) {
            stage = CompletableFuture.completedFuture(null);
        } else {
            String call = RecoveryCalls.recovery(script, target, primary);
            log.info("executing recovery: starting recovery command: \"{}\"", call);
            log.info("executing recovery: disabling statement_timeout");
            stage = query(
                            opened,
                            "SET statement_timeout To 0",
                            SETTING_LIMIT_MILLIS,
                            why -> new RecoveryFailure(
                                    "executing recovery, SET STATEMENT_TIMEOUT failed at \"1st stage\"", why))
                    .thenCompose(set -> query(
                            opened,
                            call,
                            SCRIPT_LIMIT_MILLIS,
                            why -> new RecoveryFailure(
                                    "executing recovery, execution of command failed at \"1st stage\"",
                                    "command:\"" + script + "\"; " + why)));
        }
        return stage.thenRun(() -> log.info("node recovery, 1st stage is done"));
    }

    private void noSecondStage() {
        if (!settings.secondStageCommand().isEmpty()) {
            log.info(
                    "node recovery, recovery_2nd_stage_command \"{}\" is not run: streaming replication has no 2nd stage",
                    settings.secondStageCommand());
        }
    }

    private CompletableFuture<Void> remoteStart(RecoverySession opened) {
        log.info("executing remote start: start pgpool_remote_start");
        return query(
                opened,
                RecoveryCalls.remoteStart(target),
                SCRIPT_LIMIT_MILLIS,
                why -> new RecoveryFailure("executing remote start failed with error: \"" + why + "\"", ""));
    }

    private static CompletableFuture<Void> query(
            RecoverySession opened, String sql, long limitMillis, Function<String, RecoveryFailure> failing) {
        return opened.query(sql, limitMillis).handle((rows, failure) -> {
            if (failure != null) {
                Throwable cause = OnlineRecovery.cause(failure);
                RecoveryFailure told = failing.apply(String.valueOf(cause.getMessage()));
                told.initCause(cause);
                throw told;
            }
            return null;
        });
    }
}
