package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Client programs of others. */
final class External {
    private static final long LIMIT_SECONDS = 120;

    /** How a program ended, and what it said. */
    record Ended(int exit, String out, String err) {
        Ended succeeded() {
            assertThat(exit).as("%s%n%s", out, err).isZero();
            return this;
        }
    }

    private External() {}

    /** The path of a program of PostgreSQL; the test is skipped where it is not installed. */
    static String postgresProgram(String name) {
        Path program = Cluster.installation().bin().resolve(name);
        Assumptions.assumeTrue(Files.isExecutable(program), name + " is not installed");
        return program.toString();
    }

    static Ended psql(TestProxy proxy, String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                postgresProgram("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p"));
        command.add(Integer.toString(proxy.port()));
        command.addAll(List.of("-U", Cluster.USER, "-d", Cluster.USER));
        command.addAll(List.of(arguments));
        return run(Map.of(), script, command);
    }

    /** Runs a program to its end. What this process has in its environment for PostgreSQL's programs does not count. */
    static Ended run(Map<String, String> environment, String input, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            CompletableFuture<String> out = CompletableFuture.supplyAsync(() -> drain(process.getInputStream()));
            CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> drain(process.getErrorStream()));
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException notRead) {
                // Who does not read it all tells by the status and the output whether that is right.
            }
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(
                        command + " did not end within " + LIMIT_SECONDS + " s: " + out.join() + err.join());
            }
            return new Ended(process.exitValue(), out.join(), err.join());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
            throw new AssertionError(failure);
        }
    }

    private static String drain(java.io.InputStream stream) {
        try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
