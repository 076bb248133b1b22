package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The processes of the server that runs on one data directory, known by its {@code postmaster.pid}. Linux's {@code /proc}
 * tells a process that merely got the number of an old postmaster from the postmaster itself.
 */
final class Postmaster {

    private static final Duration END_LIMIT = Duration.ofSeconds(20);
    private static final Path PROC = Path.of("/proc");

    private final Path dataDirectory;

    Postmaster(Path dataDirectory) {
        this.dataDirectory = dataDirectory;
    }

    /** The process, if the server runs. */
    OptionalLong pid() {
        Path file = dataDirectory.resolve("postmaster.pid");
        try (Stream<String> lines = Files.lines(file)) {
            long pid = lines.findFirst().map(String::strip).map(Long::parseLong).orElse(-1L);
            return pid > 0 && new OsProcess(pid).isAlive() && isOurs(pid) ? OptionalLong.of(pid) : OptionalLong.empty();
        } catch (IOException | RuntimeException noneOrHalfWritten) {
            return OptionalLong.empty();
        }
    }

    /** Kills the postmaster and then what it started with SIGKILL, and waits until all have gone. */
    void kill() {
        OptionalLong postmaster = pid();
        if (postmaster.isEmpty()) {
            return;
        }
        List<OsProcess> processes = withChildren(postmaster.getAsLong());
        kill(processes);
    }

    /**
     * Lets a server start where one was killed: while the killed one is still listed, as a zombie, the new one would take
     * the directory for used.
     */
    void forgetKilled() {
        if (pid().isEmpty()) {
            try {
                Files.deleteIfExists(dataDirectory.resolve("postmaster.pid"));
            } catch (IOException failure) {
                throw new LocalClusterException("the lock file in " + dataDirectory + " cannot be deleted", failure);
            }
        }
    }

    private void kill(List<OsProcess> processes) {
        OsProcess.signal("KILL", processes);
        if (!Await.until(END_LIMIT, () -> processes.stream().noneMatch(OsProcess::isAlive))) {
            throw new LocalClusterException("the server on " + dataDirectory + " does not end, even when killed");
        }
    }

    /**
     * Ends the server without its programs: thaws it, sends the postmaster the signal of {@code pg_ctl stop}'s mode, and
     * kills what has not ended in time. One that was killed before loses the memory that it left.
     */
    void end(StopMode mode) {
        OptionalLong postmaster = pid();
        if (postmaster.isEmpty()) {
            LeftMemory.release(dataDirectory);
            return;
        }
        List<OsProcess> processes = withChildren(postmaster.getAsLong());
        OsProcess.signal("CONT", processes);
        OsProcess.signal(mode.signal(), processes.subList(0, 1));
        if (!Await.until(END_LIMIT, () -> processes.stream().noneMatch(OsProcess::isAlive))) {
            kill(processes);
            LeftMemory.release(dataDirectory);
        }
    }

    /** Sends a signal to the postmaster and all that it started. */
    void signalAll(String signal) {
        pid().ifPresent(pid -> OsProcess.signal(signal, withChildren(pid)));
    }

    /** The postmaster first, so that a signalled one starts nothing new behind our back. */
    private static List<OsProcess> withChildren(long pid) {
        List<OsProcess> processes = new ArrayList<>();
        processes.add(new OsProcess(pid));
        ProcessHandle.of(pid)
                .ifPresent(process -> process.descendants()
                        .map(child -> new OsProcess(child.pid()))
                        .forEach(processes::add));
        return processes;
    }

    private boolean isOurs(long pid) {
        Path process = PROC.resolve(Long.toString(pid));
        try {
            return Files.isSameFile(Files.readSymbolicLink(process.resolve("cwd")), dataDirectory);
        } catch (IOException notToBeSeen) {
            // In some containers not even root may look into a process of another user; its name is all there is then.
            return nameOf(process).map("postgres"::equals).orElse(!Files.isDirectory(PROC.resolve("self")));
        }
    }

    private static Optional<String> nameOf(Path process) {
        try {
            return Optional.of(Files.readString(process.resolve("comm")).strip());
        } catch (IOException noProc) {
            return Optional.empty();
        }
    }
}
