package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.localcluster.FileTree;
import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unix-domain sockets, of Trunkline and of the server behind it, with PostgreSQL's own clients. */
class UnixSocketTest {
    private static Path serverDirectory = Path.of("");
    private static LocalCluster cluster;

    private Path directory = Path.of("");
    private int port;

    @BeforeAll
    static void startServer() throws IOException {
        serverDirectory = Files.createTempDirectory("trunkline-it");
        Files.setPosixFilePermissions(serverDirectory, PosixFilePermissions.fromString("rwxrwxrwx"));
        cluster = Cluster.start(builder -> builder.nodes(1)
                .configure("unix_socket_directories = '" + serverDirectory + "'")
                .clientAuthentication("local all all trust"));
    }

    @AfterAll
    static void endServer() throws IOException {
        cluster.close();
        FileTree.delete(serverDirectory);
    }

    @BeforeEach
    void prepare() throws IOException {
        directory = Files.createTempDirectory("trunkline-it");
        port = FreePorts.find(1).get(0);
    }

    @AfterEach
    void clearUp() throws IOException {
        FileTree.delete(directory);
    }

    private TestProxy start(LocalCluster servers, String... settings) {
        List<String> lines = new ArrayList<>(List.of(
                "port = " + port,
                "listen_addresses = ''",
                "unix_socket_directories = '" + directory + "'",
                "backend_weight0 = 1"));
        lines.addAll(List.of(settings));
        return TestProxy.start(servers, lines, List.of());
    }

    /** With both ways over sockets. */
    private TestProxy startBetweenSockets(String... settings) {
        List<String> lines = new ArrayList<>(List.of("backend_hostname0 = '" + serverDirectory + "'"));
        lines.addAll(List.of(settings));
        return start(cluster, lines.toArray(String[]::new));
    }

    private List<String> client(String program, Path socketDirectory, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                External.postgresProgram(program),
                "-h",
                socketDirectory.toString(),
                "-p",
                Integer.toString(port),
                "-U",
                Cluster.USER));
        command.addAll(List.of(arguments));
        return command;
    }

    private External.Ended psql(Path socketDirectory, String script, String... arguments) {
        List<String> command = client("psql", socketDirectory, "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", Cluster.USER);
        command.addAll(List.of(arguments));
        return External.run(Map.of(), script, command);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static String clientsOfServer() {
        return Cluster.ask(
                cluster.node(0),
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                        + " AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep(60)%'");
    }

    @Test
    void psqlWorksOverASocketInFrontOfServersOnTcp() throws IOException {
        TestProxy proxy = start(Cluster.shared());
        try {
            assertThat(psql(directory, "SELECT inet_server_port() IS NOT NULL;\n\\conninfo\n")
                            .succeeded()
                            .out())
                    .startsWith("t\n")
                    .contains("via socket in \"" + directory + "\" at port \"" + port + "\"");
        } finally {
            proxy.close();
        }
    }

    @Test
    void psqlWorksOverSocketsOnBothSides() throws IOException {
        TestProxy proxy = startBetweenSockets();
        try {
            assertThat(psql(directory, "SELECT inet_server_addr() IS NULL, pg_is_in_recovery();\nSHOW pool_nodes;\n")
                            .succeeded()
                            .out())
                    .startsWith("t|f\n")
                    .contains("0|" + serverDirectory + "|" + cluster.node(0).port() + "|up|", "|primary|");
        } finally {
            proxy.close();
        }
    }

    @Test
    void manyClientsAndLargeAnswersPassOverSockets() throws IOException {
        TestProxy proxy = startBetweenSockets();
        try {
            Path script = Files.writeString(
                    directory.resolve("script"), "SELECT repeat('x', 100000) FROM generate_series(1, 10);\n");
            // -C: a new connection for each transaction
            assertThat(External.run(
                                    Map.of(),
                                    "",
                                    client(
                                            "pgbench",
                                            directory,
                                            "-n",
                                            "-f",
                                            script.toString(),
                                            "-c",
                                            "16",
                                            "-j",
                                            "2",
                                            "-t",
                                            "10",
                                            "-C",
                                            Cluster.USER))
                            .succeeded()
                            .out())
                    .contains("number of transactions actually processed: 160/160");
        } finally {
            proxy.close();
        }
    }

    @Test
    void aStatementIsCancelledOverSocketsOnBothSides() throws Exception {
        TestProxy proxy = startBetweenSockets();
        try {
            Process psql = new ProcessBuilder(
                            client("psql", directory, "-Xq", "-d", Cluster.USER, "-c", "SELECT pg_sleep(60)"))
                    .redirectErrorStream(true)
                    .start();
            Eventually.isTrue("the server sleeps", () -> clientsOfServer().equals("1"));

            External.run(Map.of(), "", List.of("kill", "-INT", Long.toString(psql.pid())))
                    .succeeded();

            assertThat(new String(psql.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                    .contains("canceling statement due to user request");
            assertThat(clientsOfServer()).isEqualTo("0");
        } finally {
            proxy.close();
        }
    }

    @Test
    void everyDirectoryGetsASocketAndNoPortIsOpen() throws IOException {
        Path second = Files.createDirectory(directory.resolve("second"));
        TestProxy proxy = start(
                cluster,
                "unix_socket_directories = '" + directory + ", " + second + ", " + second + "/../second'",
                "unix_socket_permissions = 0700");
        try {
            assertThat(psql(directory, "SELECT 1;").succeeded().out()).isEqualTo("1\n");
            assertThat(psql(second, "SELECT 2;").succeeded().out()).isEqualTo("2\n");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(second.resolve(".s.PGSQL." + port))))
                    .isEqualTo("rwx------");
            assertThatIOException().isThrownBy(() -> new RawClient(port)).withMessageContaining("refused");
        } finally {
            proxy.close();
        }
        assertThat(files()).containsExactly("second");
        assertThat(second).isEmptyDirectory();
    }

    @Test
    void afterAStopTheNextStartWorksAtOnce() throws IOException {
        for (int i = 0; i < 3; i++) {
            TestProxy proxy = start(cluster);
            assertThat(files()).containsExactly(".s.PGSQL." + port, ".s.PGSQL." + port + ".lock");
            assertThat(psql(directory, "SELECT 1;").succeeded().out()).isEqualTo("1\n");
            proxy.close();
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void aStartThatFailsLeavesNothing() throws IOException {
        Path missing = directory.resolve("missing");

        assertThatThrownBy(() -> start(cluster, "unix_socket_directories = '" + directory + "," + missing + "'"))
                .hasMessageContaining("parameter \"unix_socket_directories\"")
                .hasMessageContaining(missing + "/.s.PGSQL." + port)
                .hasMessageContaining("the directory does not exist");

        assertThat(files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "true"})
    void whatAKilledServerLeftIsReplacedAndWhatALivingOneHasIsNot(String withoutEpoll) throws IOException {
        List<String> settings = List.of("unix_socket_directories = '" + directory + "'");
        String java = "-Dio.netty.transport.noNative=" + withoutEpoll;
        ProxyProcess.start(port, settings, java).close();
        assertThat(files()).containsExactly(".s.PGSQL." + port, ".s.PGSQL." + port + ".lock");
        assertThat(psql(directory, "SELECT 1;").err()).contains("Connection refused");

        try (ProxyProcess proxy = ProxyProcess.start(port, settings, java)) {
            assertThat(psql(directory, "SELECT 1;").succeeded().out()).isEqualTo("1\n");
            assertThatThrownBy(() -> start(cluster)).hasMessageContaining("process " + proxy.pid() + " is using it");
            assertThat(psql(directory, "SELECT 1;").succeeded().out()).isEqualTo("1\n");
        }
    }
}
