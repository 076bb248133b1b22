package io.trunkline.failover.command;

import io.trunkline.failover.CommandCall;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Runs the commands of the configuration with {@code /bin/sh -c}, as {@code system(3)} does, each beside the others and
 * away from the event loops. They have the environment and the directory of this process, nothing to read, and what they
 * write on both outputs comes line by line into the log, where a command's output is bounded.
 *
 * <p>A command has ended when its shell has, whatever it leaves running in the background; what that writes is lost. One
 * that exceeds its limit, or is killed, goes with all processes that descend from it.
 */
public final class CommandRunner implements AutoCloseable {
    private final Executor answers;
    private final CommandCounters counters;
    private final ExecutorService workers;
    private final Set<RunningCommand> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** @param answers on which every answer is given: the coordinator's thread */
    public CommandRunner(Executor answers, CommandCounters counters) {
        this.answers = answers;
        this.counters = counters;
        AtomicInteger threads = new AtomicInteger();
        this.workers = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "command-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Runs a command; an empty one is a success at once. Does not block, and may be called on any thread.
     *
     * @param answer is given once, later, also for a command that could not be run (exit status 126 or 127) or was killed
     *     (137)
     * @return kills it; does nothing once it has ended. Does not block.
     */
    public Runnable run(CommandCall call, Consumer<CommandCall.Outcome> answer) {
        if (call.template().isBlank()) {
            answers.execute(() -> answer.accept(new CommandCall.Outcome(0, false)));
            return () -> {};
        }
        RunningCommand command = new RunningCommand(call, workers);
        running.add(command);
        command.end().thenAccept(outcome -> {
            running.remove(command);
            counters.ended(call.kind(), outcome, command.took());
            answers.execute(() -> answer.accept(outcome));
        });
        if (closed) {
            command.kill();
        }
        workers.execute(command::start);
        return () -> workers.execute(command::kill);
    }

    /** Whether no command runs. */
    public boolean isIdle() {
        return running.isEmpty();
    }

    /** Kills what runs, and whatever is still asked for. Answers are given all the same. */
    @Override
    public void close() {
        closed = true;
        running.forEach(RunningCommand::kill);
    }
}
