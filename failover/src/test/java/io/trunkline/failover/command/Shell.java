package io.trunkline.failover.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a shell makes of a command line: {@code argv} in it is a function that prints its arguments. */
final class Shell {
    private static final String FUNCTION = "argv() { for a in \"$@\"; do printf '%s\\036' \"$a\"; done; }\n";

    private Shell() {}

    /** The arguments of each call of argv, in order. */
    static List<String> arguments(String line) {
        return arguments("/bin/sh", line);
    }

    static List<String> arguments(String shell, String line) {
        String output = run(shell, FUNCTION + line);
        return List.of(output.split("\036", -1))
                .subList(0, (int) output.chars().filter(c -> c == '\036').count());
    }

    private static String run(String shell, String line) {
        try {
            Process process = new ProcessBuilder(shell, "-c", line)
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the shell does not end: " + line);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
