package io.trunkline.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A distribution whose programs run the classes under test: its only jar refers to the class path of the tests. */
final class Installation {
    private static final Path SCRIPTS =
            Path.of("..", "cli", "src", "dist").toAbsolutePath().normalize();

    /** What a program did. */
    record Result(int status, String out, String err) {}

    private final Path home;

    private Installation(Path home) {
        this.home = home;
    }

    static Installation in(Path home) throws IOException {
        try (Stream<Path> files = Files.walk(SCRIPTS)) {
            for (Path file : files.toList()) {
                Path copy = home.resolve(SCRIPTS.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Arrays.stream(System.getProperty("java.class.path", "").split(File.pathSeparator))
                                .map(entry -> Path.of(entry).toUri().toString())
                                .collect(Collectors.joining(" ")));
        try (OutputStream jar = Files.newOutputStream(home.resolve("lib/trunkline-cli-test.jar"))) {
            new JarOutputStream(jar, manifest).close();
        }
        return new Installation(home);
    }

    Path home() {
        return home;
    }

    Path program(String name) {
        return home.resolve("bin").resolve(name);
    }

    /** Runs a program to its end, without a terminal and with nothing to read. */
    static Result run(Path program, Map<String, String> environment, List<String> arguments) throws Exception {
        Path err = Files.createTempFile("trunkline-it", ".err");
        Path out = Files.createTempFile("trunkline-it", ".out");
        try {
            List<String> command = new ArrayList<>(List.of(program.toString()));
            command.addAll(arguments);
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectError(err.toFile())
                    .redirectOutput(out.toFile())
                    .redirectInput(new File("/dev/null"));
            builder.environment().put("TRUNKLINE_JAVA", System.getProperty("java.home", ""));
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " does not end");
            }
            return new Result(
                    process.exitValue(), Files.readString(out, ISO_8859_1), Files.readString(err, ISO_8859_1));
        } finally {
            Files.delete(err);
            Files.delete(out);
        }
    }
}
