package io.trunkline.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs the scripts of the distribution, with Java installations that are shell scripts. */
final class Shell {

    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    static final Path DIST = Path.of("src", "dist").toAbsolutePath();

    private Shell() {}

    /** What a script did. */
    record Result(long pid, int status, String out, String err) {
        List<String> outLines() {
            return out.lines().toList();
        }
    }

    static Result run(Map<String, String> environment, List<String> command) throws Exception {
        Path err = Files.createTempFile("trunkline-shell", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
            for (String name : List.of("JAVA_HOME", "TRUNKLINE_JAVA", "TRUNKLINE_JAVA_OPTS")) {
                builder.environment().remove(name);
            }
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " does not end");
            }
            return new Result(process.pid(), process.exitValue(), out, Files.readString(err));
        } finally {
            Files.delete(err);
        }
    }

    /** A Java installation whose java prints its process id and its arguments, one a line. */
    static Path fakeJava(Path home, String version) throws IOException {
        script(home.resolve("bin/java"), "echo \"pid $$\"; echo \"home " + home + "\"; printf '%s\\n' \"$@\"");
        Files.writeString(
                home.resolve("release"),
                "IMPLEMENTOR=\"Nobody\"\nJAVA_RUNTIME_VERSION=\"" + version + "+1-x\"\nJAVA_VERSION=\"" + version
                        + "\"\n");
        return home;
    }

    static Path script(Path file, String commands) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + commands + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Copies the scripts and options of the distribution. */
    static void copyDist(Path target) throws IOException {
        try (Stream<Path> files = Files.walk(DIST)) {
            for (Path file : files.toList()) {
                Path copy = target.resolve(DIST.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }
}
