package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.FileTree;
import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.OsProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of a whole server, as scripts and administrators find it. */
class LogsTest {
    @TempDir
    private Path directory = Path.of("");

    private final int port = FreePorts.find(1).get(0);
    private Process server;

    @BeforeEach
    void start() throws IOException {
        configure(
                "log_line_prefix = '%m [%p] %P %q%u@%d %a %h '",
                "log_connections = on",
                "log_disconnections = on",
                "log_hostname = on",
                "log_statement = on",
                "log_per_node_statement = on",
                "log_client_messages = on",
                "log_backend_messages = terse");
        server = new ProcessBuilder(TrunklineCommand.line(List.of(
                        "start", "-n", "-f", directory.resolve("pgpool.conf").toString())))
                .redirectErrorStream(true)
                .redirectOutput(standardError().toFile())
                .start();
        Eventually.isTrue("it takes clients", () -> log().contains("successfully started"));
    }

    @AfterEach
    void stop() {
        server.destroyForcibly();
        server.onExit().join();
    }

    private void configure(String... settings) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "pid_file_name = ''",
                "work_dir = '" + directory + "'",
                "allow_clear_text_frontend_auth = on",
                "logging_collector = on",
                "log_directory = 'log'",
                "log_filename = 'trunkline.log'",
                "log_file_mode = 0640"));
        lines.addAll(List.of(settings));
        Files.writeString(directory.resolve("pgpool.conf"), TestProxy.configText(Cluster.shared(), port, lines));
    }

    private Path standardError() {
        return directory.resolve("stderr");
    }

    private Path logFile() {
        return directory.resolve("log").resolve("trunkline.log");
    }

    private String log() throws IOException {
        return Files.exists(logFile()) ? Files.readString(logFile()) : "";
    }

    private void run(String sql) throws SQLException {
        run(Cluster.USER, "", sql);
    }

    private void run(String user, String password, String sql) throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + port + "/" + Cluster.USER
                + "?ApplicationName=billing&preferQueryMode=simple&sslmode=disable";
        try (Connection connection = DriverManager.getConnection(url, user, password);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void theCollectorsFileHasWhatScriptsLookFor() throws Exception {
        run("SELECT 4711");
        Eventually.isTrue("the end is logged", () -> log().contains("frontend disconnection"));

        // pgjdbc says how the application is called only after the start
        String about = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} \\[" + server.pid()
                + "] child app@app billing (localhost|127\\.0\\.0\\.1)\\S* ";
        assertThat(log())
                .containsPattern("child app@app \\[unknown] \\S+ LOG:  new connection received\\n")
                .containsPattern("child app@app \\[unknown] \\S+ DETAIL:  connecting host=\\S+ port=\\d+\\n")
                .containsPattern(about + "LOG:  Query message from frontend\\.\\n")
                .containsPattern(about + "DETAIL:  query: \"SELECT 4711\"\\n")
                .containsPattern(about + "LOG:  statement: SELECT 4711\\n")
                .containsPattern(about + "LOG:  DB node id: \\d backend pid: \\d+ statement: SELECT 4711\\n")
                .containsPattern(about + "LOG:  DataRow message from backend \\d\\n")
                .containsPattern(about + "LOG:  Terminate message from frontend\\.\\n")
                .containsPattern(about + "LOG:  frontend disconnection: session time: \\S+ user=app database=app host=")
                .containsPattern("] main LOG:  pgpool-II successfully started\\. version \\S+ \\(\\w+\\)\\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(logFile())))
                .isEqualTo("rw-r-----");
        assertThat(standardError())
                .content()
                .contains("LOG:  the log goes to files in " + logFile().getParent())
                .doesNotContain("SELECT 4711");
    }

    @Test
    void passwordsAreInNoLog() throws Exception {
        run(Cluster.SCRAM_USER, Cluster.PASSWORD, "SELECT 1");
        Eventually.isTrue("the end is logged", () -> log().contains("frontend disconnection"));

        assertThat(log()).contains("user=" + Cluster.SCRAM_USER).doesNotContain(Cluster.PASSWORD);
    }

    @Test
    void aReloadChangesFormAndContent() throws Exception {
        configure("log_format = json", "log_statement = on");
        new OsProcess(server.pid()).signal("HUP");
        Eventually.isTrue("it is reloaded", () -> log().contains("configuration is reloaded"));

        run("SELECT 'json'");
        Eventually.isTrue("the statement is logged", () -> log().contains("SELECT 'json'"));

        assertThat(log().lines().filter(line -> line.contains("SELECT 'json'")))
                .singleElement()
                .asString()
                .startsWith("{\"timestamp\":\"")
                .contains(
                        "\"user\":\"app\",\"dbname\":\"app\"",
                        "\"error_severity\":\"LOG\",\"message\":\"statement: SELECT 'json'\"",
                        "\"application_name\":\"billing\"")
                .endsWith("}");
    }

    @Test
    void aDirectoryThatIsDeletedStopsNothingAndIsMadeAgain() throws Exception {
        FileTree.delete(directory.resolve("log"));
        assertThat(logFile()).doesNotExist();

        Eventually.isTrue("the log is there again", () -> {
            run("SELECT 'again'");
            return log().contains("statement: SELECT 'again'");
        });

        assertThat(server.isAlive()).isTrue();
    }
}
