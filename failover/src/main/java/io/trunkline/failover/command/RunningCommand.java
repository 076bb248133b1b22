package io.trunkline.failover.command;

import io.trunkline.failover.CommandCall;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One command from its start to its end. Its methods may be called on any thread. */
final class RunningCommand {
    private static final Logger log = LoggerFactory.getLogger(RunningCommand.class);

    /** What a shell says of a command that it found but could not run, that it did not find, that was killed. */
    private static final int NOT_RUN = 126;

    private static final int NOT_FOUND = 127;
    private static final int KILLED = 128 + 9;

    /** How long the output may still come in after the end; longer only if the command left something running. */
    private static final Duration LAST_OUTPUT = Duration.ofMillis(500);

    private final CommandCall call;
    private final String name;
    private final Executor workers;
    private final long startedAt = System.nanoTime();
    private final CompletableFuture<CommandCall.Outcome> end = new CompletableFuture<>();
    private @Nullable Process process;
    private boolean killed;
    private boolean timedOut;

    /** @param workers may be blocked */
    RunningCommand(CommandCall call, Executor workers) {
        this.call = call;
        this.name = parameter(call.kind()) + " for node " + call.values().node().id();
        this.workers = workers;
    }

    private static String parameter(CommandCall.Kind kind) {
        return switch (kind) {
            case FAILOVER -> "failover_command";
            case FAILBACK -> "failback_command";
            case FOLLOW_PRIMARY -> "follow_primary_command";
        };
    }

    CompletableFuture<CommandCall.Outcome> end() {
        return end;
    }

    Duration took() {
        return Duration.ofNanos(System.nanoTime() - startedAt);
    }

    /** Starts it and reads what it writes; blocks until that has ended. */
    void start() {
        try {
            String line = CommandLine.expand(call.template(), call.values());
            log.info("execute command: {}", line.replaceAll("\\p{Cntrl}", " "));
            Process started = startProcess(line);
            if (started == null) {
                finish(KILLED);
            } else {
                followOutput(started);
            }
        } catch (UnsafeCommandException e) {
            log.error("{} is not run: {}", name, e.getMessage());
            finish(NOT_RUN);
        } catch (IOException e) {
            log.error("{} could not be started: {}", name, e.getMessage());
            finish(NOT_FOUND);
        }
    }

    /** Nothing if it has been killed before. */
    private synchronized @Nullable Process startProcess(String line) throws IOException {
        if (killed) {
            return null;
        }
        Process started = new ProcessBuilder("/bin/sh", "-c", line)
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .start();
        process = started;
        return started;
    }

    private void followOutput(Process started) {
        if (!call.limit().isZero()) {
            started.onExit()
                    .orTimeout(call.limit().toMillis(), TimeUnit.MILLISECONDS)
                    .exceptionallyAsync(late -> timeOut(started), workers);
        }
        OutputLines lines = new OutputLines(text -> log.info("{}: {}", name, text));
        CompletableFuture<Void> outputEnd = new CompletableFuture<>();
        started.onExit()
                .thenCompose(ended -> outputEnd
                        .copy()
                        .completeOnTimeout(null, LAST_OUTPUT.toMillis(), TimeUnit.MILLISECONDS)
                        .thenRunAsync(
                                () -> {
                                    lines.end();
                                    finish(ended.exitValue());
                                },
                                workers))
                .exceptionally(failure -> {
                    log.error("{}: its end could not be awaited", name, failure);
                    finish(NOT_RUN);
                    return null;
                });
        try (InputStream output = started.getInputStream()) {
            lines.readAll(output);
        } catch (IOException e) {
            log.warn("{}: its output could not be read: {}", name, e.getMessage());
        }
        outputEnd.complete(null);
    }

    private Process timeOut(Process started) {
        synchronized (this) {
            if (!started.isAlive()) {
                return started;
            }
            timedOut = true;
        }
        log.error("{} has run for {} s and is killed", name, call.limit().toSeconds());
        killTree(started.toHandle());
        return started;
    }

    /** Kills it with all that it has started; does nothing if it has ended. */
    void kill() {
        Process running;
        synchronized (this) {
            killed = true;
            running = process;
        }
        if (running != null && running.isAlive()) {
            killTree(running.toHandle());
        }
    }

    /** The parent first: a script whose current step alone is killed goes on to the next one, the promotion perhaps. */
    private static void killTree(ProcessHandle parent) {
        ProcessHandle[] children = parent.children().toArray(ProcessHandle[]::new);
        parent.destroyForcibly();
        for (ProcessHandle child : children) {
            killTree(child);
        }
    }

    private void finish(int exitStatus) {
        CommandCall.Outcome outcome;
        synchronized (this) {
            outcome = new CommandCall.Outcome(exitStatus, timedOut);
        }
        if (outcome.succeeded()) {
            log.info("{} ended with exit status 0 after {} ms", name, took().toMillis());
        } else {
            log.warn("{} failed with exit status {} after {} ms", name, exitStatus, took().toMillis());
        }
        end.complete(outcome);
    }
}
