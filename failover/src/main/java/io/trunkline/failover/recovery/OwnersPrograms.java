package io.trunkline.failover.recovery;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs programs as the owner of a data directory, one at a time. Blocks; only {@link #stop} is for other threads. */
final class OwnersPrograms {
    private static final Logger log = LoggerFactory.getLogger(OwnersPrograms.class);

    /** More than this of a program's output is of no use to anybody; what is last is kept. */
    private static final int KEPT_OUTPUT = 64 * 1024;

    private static final Duration SMALL = Duration.ofSeconds(60);

    private final DataOwner owner;
    private @Nullable Process current;
    private boolean stopped;

    OwnersPrograms(DataOwner owner) {
        this.owner = owner;
    }

    /** Runs a program of a minute at most, for what it prints. */
    String ask(List<String> command) throws ProgramFailure {
        return run(SMALL, Map.of(), "", command);
    }

    /** Runs a program, and puts into the log what it prints. */
    void run(Duration limit, List<String> command) throws ProgramFailure {
        connect(limit, Optional.empty(), command);
    }

    /**
     * The same for one that connects to a server.
     *
     * @param password goes into its environment, which nobody but the owner sees
     */
    void connect(Duration limit, Optional<String> password, List<String> command) throws ProgramFailure {
        Map<String, String> environment =
                password.map(secret -> Map.of("PGPASSWORD", secret)).orElse(Map.of());
        String printed = run(limit, environment, "", command);
        String name = name(command);
        String prefix = name + ": ";
        printed.lines()
                .map(line -> line.startsWith(prefix) ? line : prefix + line)
                .forEach(line -> log.info("{}", line));
    }

    /** Writes a file that is the owner's and nobody else's to read, through no right but the owner's. */
    void write(Path file, String content) throws ProgramFailure {
        run(SMALL, Map.of(), content, List.of("/bin/sh", "-c", "umask 077; cat > \"$1\"", "sh", file.toString()));
    }

    /** Deletes what is in a directory, even after {@link #stop}. */
    void empty(Path directory) throws ProgramFailure {
        run(SMALL, Map.of(), "", List.of("find", directory.toString(), "-mindepth", "1", "-delete"), true);
    }

    /** Ends what runs, and lets nothing more begin. */
    void stop() {
        Process running;
        synchronized (this) {
            stopped = true;
            running = current;
        }
        if (running != null) {
            end(running);
        }
    }

    private String run(Duration limit, Map<String, String> environment, String input, List<String> command)
            throws ProgramFailure {
        return run(limit, environment, input, command, false);
    }

    private String run(
            Duration limit, Map<String, String> environment, String input, List<String> command, boolean evenAfterStop)
            throws ProgramFailure {
        String name = name(command);
        Path output = null;
        Process process = null;
        try {
            // a file and not a pipe: whatever a program leaves running must not hold us until that ends
            output = Files.createTempFile("trunkline-recovery", ".out");
            process = start(command, environment, output, evenAfterStop);
            try (OutputStream in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ProgramFailure(name + " did not end within " + limit.toSeconds() + " s");
            }
            String printed = tail(output).strip();
            if (process.exitValue() != 0) {
                throw new ProgramFailure(name + " failed with status " + process.exitValue() + ": " + printed);
            }
            return printed;
        } catch (IOException failure) {
            throw new ProgramFailure(name + " cannot be run: " + failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ProgramFailure(name + " was interrupted");
        } finally {
            ended(process);
            delete(output);
        }
    }

    private synchronized Process start(
            List<String> command, Map<String, String> environment, Path output, boolean evenAfterStop)
            throws IOException {
        if (stopped && !evenAfterStop) {
            throw new IOException("Trunkline is ending");
        }
        List<String> whole = new ArrayList<>(owner.prefix());
        whole.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(whole)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(variable -> variable.startsWith("PG"));
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(environment);
        current = builder.start();
        return current;
    }

    private void ended(@Nullable Process process) {
        synchronized (this) {
            current = null;
        }
        if (process != null && process.isAlive()) {
            end(process);
        }
    }

    /** With what it has started; the server that pg_ctl leaves is no child of it any more. */
    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }

    private static String tail(Path output) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(output.toFile(), "r")) {
            file.seek(Math.max(0, file.length() - KEPT_OUTPUT));
            byte[] bytes = new byte[(int) Math.min(KEPT_OUTPUT, file.length())];
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static void delete(@Nullable Path output) {
        try {
            if (output != null) {
                Files.deleteIfExists(output);
            }
        } catch (IOException stays) {
            log.debug("{} cannot be deleted", output, stays);
        }
    }

    private static String name(List<String> command) {
        return String.valueOf(Path.of(command.get(0)).getFileName());
    }
}
