package io.trunkline.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The archive of classes in a copy of the distribution, with the Java of the tests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClassArchiveTest {
    private static final Path DISTRIBUTION =
            Path.of("..", "target", "trunkline").toAbsolutePath().normalize();
    private static final String MD5_OF_X = "9dd4e461268c8034f5c8564e155c67a6\n";

    private Path directory = Path.of("");
    private Path home = Path.of("");
    private Path archive = Path.of("");
    private byte[] made = {};

    @BeforeAll
    void makeArchive(@TempDir Path temporary) throws Exception {
        assumeTrue(Installation.isBuilt(), "the distribution is not built");
        directory = temporary.toRealPath();
        home = directory.resolve("copy");
        copy(DISTRIBUTION, home);
        Ended ended = run("trunkline", "archive");
        assertThat(ended.out()).as(ended.out()).startsWith(home + "/lib/java-" + System.getProperty("java.version"));
        archive = Path.of(ended.out().strip());
        made = Files.readAllBytes(archive);
    }

    @Test
    void archiveIsTaken() throws Exception {
        Files.write(archive, made);

        Ended ended = run("env", "TRUNKLINE_JAVA_OPTS=-Xlog:class+load", home + "/bin/pg_md5", "x");

        assertThat(ended.out().lines())
                .anyMatch(line -> line.contains("io.trunkline.cli.Main source: shared objects file"))
                .contains(MD5_OF_X.strip());
    }

    @Test
    void archiveThatIsNoneIsPassedOverInSilence() throws Exception {
        Files.writeString(archive, "this is no archive");
        assertPassedOver();
    }

    @Test
    void archiveThatIsCutOffIsPassedOverInSilence() throws Exception {
        Files.write(archive, List.of());
        assertPassedOver();
        try (var file = Files.newOutputStream(archive)) {
            file.write(made, 0, made.length / 2);
        }
        assertPassedOver();
    }

    @Test
    void archiveOfOtherJarsIsPassedOverInSilence() throws Exception {
        Files.write(archive, made);
        Path jar;
        try (Stream<Path> jars = Files.list(home.resolve("lib"))) {
            jar = jars.filter(file -> file.getFileName().toString().startsWith("trunkline-cli"))
                    .findFirst()
                    .orElseThrow();
        }
        FileTime before = Files.getLastModifiedTime(jar);
        Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));
        try {
            assertPassedOver();
        } finally {
            Files.setLastModifiedTime(jar, before);
        }
    }

    @Test
    void directoryInItsPlaceIsPassedOverInSilence() throws Exception {
        Files.delete(archive);
        Files.createDirectory(archive);
        try {
            assertPassedOver();
        } finally {
            Files.delete(archive);
        }
    }

    private void assertPassedOver() throws Exception {
        assertThat(run("pg_md5", "x")).isEqualTo(new Ended(0, MD5_OF_X));
    }

    /** With the output and the error output together. */
    private record Ended(int status, String out) {}

    private Ended run(String... command) throws IOException, InterruptedException {
        List<String> line = Stream.of(command).toList();
        Path out = Files.createTempFile(directory, "command", ".out");
        Path program = home.resolve("bin").resolve(line.get(0));
        ProcessBuilder builder = new ProcessBuilder(Stream.concat(
                        Stream.of(Files.exists(program) ? program.toString() : line.get(0)),
                        line.stream().skip(1))
                .toList());
        builder.environment().put("TRUNKLINE_JAVA", System.getProperty("java.home"));
        builder.environment().remove("TRUNKLINE_JAVA_OPTS");
        Process process =
                builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(line + " did not end: " + Files.readString(out));
        }
        return new Ended(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(file -> !file.toString().matches(".*/lib/java-.*"))
                    .toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }
}
