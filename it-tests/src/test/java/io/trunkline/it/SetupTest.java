package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.FreePorts;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code trunkline setup}, from the empty directory to the end of its cluster. */
class SetupTest {
    private static final long LIMIT_SECONDS = 120;

    @TempDir
    Path directory;

    private Path cluster = Path.of("");

    private boolean started;

    @AfterEach
    void shutDown() throws Exception {
        if (started) {
            run(cluster.resolve("shutdownall").toString());
        }
    }

    @Test
    void itsScriptsStartServeAndStopACluster() throws Exception {
        // servers do not run as root, and have to get to their files
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path setup = Installation.in(directory.resolve("installation")).program("trunkline");
        cluster = Files.createDirectory(directory.resolve("cluster"));
        List<Integer> ports = FreePorts.find(4);
        int port = ports.get(0);
        int first = ports.get(2);

        String said = run(setup.toString(), "setup", "-n", "2", "-p", "" + port, "-pg", "" + first);
        assertThat(said).contains("startall", "server 1: port " + (first + 1));
        assertThat(answersOn(port)).isFalse();

        started = true;
        run(cluster.resolve("startall").toString());
        Eventually.holds(() -> assertThat(ask(port, "SELECT 1")).isEqualTo("1"));
        ask(port, "CREATE TABLE notes (note text)");
        ask(port, "INSERT INTO notes VALUES ('through Trunkline')");
        Eventually.holds(() -> assertThat(ask(first + 1, "SELECT string_agg(note, ',') FROM notes"))
                .isEqualTo("through Trunkline"));
        assertThat(External.run(
                                Map.of(),
                                "",
                                List.of(
                                        "psql",
                                        "-h",
                                        "127.0.0.1",
                                        "-p",
                                        "" + port,
                                        "-U",
                                        user(),
                                        "-AtX",
                                        "-c",
                                        "SHOW POOL_NODES",
                                        "test"))
                        .succeeded()
                        .out()
                        .lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("|up|"));

        run(cluster.resolve("shutdownall").toString());
        started = false;
        assertThat(answersOn(port)).isFalse();
        assertThat(answersOn(first)).isFalse();
        assertThat(answersOn(first + 1)).isFalse();
    }

    private String run(String... command) throws Exception {
        File out = directory.resolve("out").toFile();
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(cluster.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out)
                .redirectInput(new File("/dev/null"));
        builder.environment().put("TRUNKLINE_JAVA", System.getProperty("java.home", ""));
        builder.environment().put("PGBIN", Cluster.installation().bin().toString());
        Process process = builder.start();
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(out.toPath());
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }

    private static String user() {
        return System.getProperty("user.name", "");
    }

    private static boolean answersOn(int port) {
        try (RawClient client = new RawClient(port)) {
            client.startUp(user(), "test");
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    private static String ask(int port, String sql) throws Exception {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/test?user=" + user());
                Statement statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return "";
            }
            try (ResultSet found = statement.getResultSet()) {
                found.next();
                return String.valueOf(found.getString(1));
            }
        }
    }
}
