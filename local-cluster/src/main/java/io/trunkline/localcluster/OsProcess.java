package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A process of this machine that need not be our child. Other than {@link ProcessHandle} it takes a zombie for ended, and
 * can send any signal.
 *
 * @param pid its number
 */
public record OsProcess(long pid) {

    private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(10);

    /** Whether it still does anything. */
    public boolean isAlive() {
        if (ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty()) {
            return false;
        }
        // A zombie is listed until its parent has asked for it, which in a container may be never.
        return state().map(state -> state != 'Z' && state != 'X').orElse(true);
    }

    /** Waits for its end; false if it has not ended in time. */
    public boolean awaitEnd(Duration limit) {
        return Await.until(limit, () -> !isAlive());
    }

    /** Sends a signal, named as in {@code kill -s}; one that has ended meanwhile is no error. */
    public void signal(String signal) {
        signal(signal, List.of(this));
    }

    /** Sends a signal to several processes in this order. */
    static void signal(String signal, List<OsProcess> processes) {
        List<String> command = new ArrayList<>(List.of("kill", "-s", signal));
        processes.forEach(process -> command.add(Long.toString(process.pid())));
        try {
            Command.run(SIGNAL_LIMIT, command);
        } catch (LocalClusterException someHaveGone) {
            // kill fails where one of several processes ended meanwhile; the callers look at what is left.
        }
    }

    private Optional<Character> state() {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            int afterName = stat.lastIndexOf(')') + 2;
            return afterName < stat.length() ? Optional.of(stat.charAt(afterName)) : Optional.empty();
        } catch (IOException noProc) {
            return Optional.empty();
        }
    }
}
