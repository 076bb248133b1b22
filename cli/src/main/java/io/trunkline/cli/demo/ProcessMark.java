package io.trunkline.cli.demo;

import io.trunkline.localcluster.OsProcess;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/**
 * A process by number and time of start: numbers are used again, so that the number alone could be somebody else's by the
 * time it is read.
 *
 * @param pid its number
 * @param startedMillis when it started, since the epoch; 0 where the system does not say
 */
record ProcessMark(long pid, long startedMillis) {
    /** Two readings of the same start may differ by so much: the time of the boot, which it is counted from, is rounded. */
    private static final long ROUNDING_MILLIS = 2_000;

    static ProcessMark of(ProcessHandle process) {
        return new ProcessMark(process.pid(), started(process));
    }

    static ProcessMark parse(String text) {
        String[] parts = text.split("@", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException(text);
        }
        return new ProcessMark(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }

    /** Whether this very process still runs. */
    boolean isAlive() {
        return process().isAlive()
                && ProcessHandle.of(pid)
                        .filter(process -> Math.abs(started(process) - startedMillis) <= ROUNDING_MILLIS)
                        .isPresent();
    }

    /** Waits until it has ended. */
    void awaitEnd() throws InterruptedException {
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        try {
            if (isAlive() && process.isPresent()) {
                process.get().onExit().get();
            }
        } catch (ExecutionException impossible) {
            throw new AssertionError(impossible);
        }
    }

    OsProcess process() {
        return new OsProcess(pid);
    }

    private static long started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    /** The text that {@link #parse} reads. */
    @Override
    public String toString() {
        return pid + "@" + startedMillis;
    }
}
