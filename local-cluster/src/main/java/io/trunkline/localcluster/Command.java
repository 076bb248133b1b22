package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A program run to its end, with a time limit and its output kept for the error message. */
final class Command {

    private static final Duration KILL_LIMIT = Duration.ofSeconds(5);

    private Command() {}

    /**
     * Runs a program in {@code /}, in English and without the PG* variables of our own environment.
     *
     * @return what it printed, standard error included
     * @throws LocalClusterException if it cannot be started, does not end in time or ends with another status than 0
     */
    static String run(Duration limit, List<String> command) {
        // A file and not a pipe: a server that pg_ctl leaves running must not hold us until it ends.
        Path output = null;
        Process process = null;
        try {
            output = Files.createTempFile("trunkline-command", ".out");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
            builder.environment().put("LC_ALL", "C");
            process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new LocalClusterException(describe(command) + " did not end within " + limit.toSeconds() + " s");
            }
            String printed = Files.readString(output, StandardCharsets.UTF_8).strip();
            if (process.exitValue() != 0) {
                throw new LocalClusterException(
                        describe(command) + " failed with status " + process.exitValue() + ": " + printed);
            }
            return printed;
        } catch (IOException failure) {
            throw new LocalClusterException(describe(command) + " cannot be run: " + failure.getMessage(), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new LocalClusterException("interrupted while running " + describe(command), interrupted);
        } finally {
            if (process != null && process.isAlive()) {
                killWithChildren(process);
            }
            FileTree.deleteQuietly(output);
        }
    }

    /** A program given up must not go on writing through its children, as initdb would. */
    private static void killWithChildren(Process process) {
        List<ProcessHandle> family = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
        family.forEach(ProcessHandle::destroyForcibly);
        long deadline = System.nanoTime() + KILL_LIMIT.toNanos();
        while (System.nanoTime() - deadline < 0
                && family.stream().anyMatch(member -> new OsProcess(member.pid()).isAlive())) {
            // An interrupted thread could not sleep; it can park, if only for an instant.
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    private static String describe(List<String> command) {
        return String.join(" ", command);
    }
}
