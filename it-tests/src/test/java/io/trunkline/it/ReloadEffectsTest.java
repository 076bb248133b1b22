package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.OsProcess;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a server does after a reload, that it did not do before: {@code bin/pgpool} with the files of an installation. The
 * three ways to reload take turns.
 */
class ReloadEffectsTest {
    /** The hash of "secret". */
    private static final String PCP_CONF = "admin:5ebe2294ecd0e0f08eab7690d2a6ee69\n";

    private static final Map<String, String> JAVA = Map.of("TRUNKLINE_JAVA", System.getProperty("java.home", ""));
    private static final String TRUST = "host all all 127.0.0.1/32 trust\n";

    private enum Way {
        COMMAND,
        SIGNAL,
        PCP
    }

    @TempDir
    private static Path directory;

    private static final List<Integer> PORTS = FreePorts.find(2);
    private static int reloads;
    private static Installation installation;
    private static Process server;

    @BeforeAll
    static void start() throws Exception {
        installation = Installation.in(directory.resolve("installation"));
        Files.writeString(directory.resolve("pcp.conf"), PCP_CONF);
        Files.setPosixFilePermissions(
                Files.writeString(directory.resolve("pcppass"), "*:*:admin:secret\n"),
                PosixFilePermissions.fromString("rw-------"));
        Files.writeString(directory.resolve("pool_hba.conf"), TRUST);
        Files.setPosixFilePermissions(
                Files.writeString(directory.resolve("pool_passwd"), ""), PosixFilePermissions.fromString("rw-------"));
        configure();
        ProcessBuilder pgpool = new ProcessBuilder(
                        installation.program("pgpool").toString(), "-n", "-f", conf().toString())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(directory.resolve("log").toFile()));
        pgpool.environment().putAll(JAVA);
        server = pgpool.start();
        Eventually.holds(() -> assertThat(ask("SELECT 1")).isEqualTo("1"));
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.destroyForcibly();
            server.onExit().join();
        }
    }

    // ---- what changes

    @Test
    void weightsDecideWhereReadsGo() throws Exception {
        reload("backend_weight1 = 1", "backend_weight2 = 0");
        Eventually.holds(() -> assertThat(readsOn()).isEqualTo(Cluster.port(1)));
        reload("backend_weight1 = 0", "backend_weight2 = 1");
        Eventually.holds(() -> assertThat(readsOn()).isEqualTo(Cluster.port(2)));
    }

    @Test
    void redirectionsDecideWhereReadsGo() throws Exception {
        reload("database_redirect_preference_list = 'app:2'");
        Eventually.holds(() -> assertThat(readsOn()).isEqualTo(Cluster.port(2)));
        reload("database_redirect_preference_list = 'app:primary'");
        Eventually.holds(() -> assertThat(readsOn()).isEqualTo(Cluster.port(Cluster.PRIMARY)));
    }

    @Test
    void functionsAreSaidToWriteAndPatternsToNeedThePrimary() throws Exception {
        reload("write_function_list = 'setting'");
        Eventually.holds(() -> assertThat(ask("SELECT setting('port')")).isEqualTo(Cluster.port(Cluster.PRIMARY)));
        reload("primary_routing_query_pattern_list = '.*FROM here.*'");
        Eventually.holds(() -> assertThat(readsOn()).isEqualTo(Cluster.port(Cluster.PRIMARY)));
        Eventually.holds(() -> assertThat(ask("SELECT setting('port')")).isEqualTo(Cluster.port(1)));
    }

    @Test
    void sessionsThatAreOpenAreEndedByANewIdleLimit() throws Exception {
        try (RawClient client = new RawClient(PORTS.get(0))) {
            client.startUp(Cluster.USER, Cluster.USER);
            reload("client_idle_limit = 1");
            assertThat(client.receive().sqlState()).isEqualTo("57P05");
            assertThat(log()).contains("connection terminated due to client idle limit reached");
        }
    }

    @Test
    void rulesAndPasswordsAreReadAgain() throws Exception {
        Files.writeString(directory.resolve("pool_hba.conf"), "host all app 127.0.0.1/32 reject\n" + TRUST);
        reload("enable_pool_hba = on");
        Eventually.holds(() -> assertThatThrownBy(() -> connect("").close()).hasMessageContaining("pool_hba.conf"));

        Files.writeString(directory.resolve("pool_hba.conf"), "host all app 127.0.0.1/32 scram-sha-256\n");
        Files.writeString(directory.resolve("pool_passwd"), "app:TEXTfirst\n");
        reload("enable_pool_hba = on");
        Eventually.holds(() -> connect("first").close());
        Files.writeString(directory.resolve("pool_passwd"), "app:TEXTsecond\n");
        reload("enable_pool_hba = on");
        Eventually.holds(() -> connect("second").close());
        assertThatThrownBy(() -> connect("first").close()).isInstanceOf(SQLException.class);

        Files.writeString(directory.resolve("pool_hba.conf"), TRUST);
        Files.writeString(directory.resolve("pool_passwd"), "");
        reload();
        Eventually.holds(() -> connect("").close());
    }

    @Test
    void logHasOtherLinesInAnotherForm() throws Exception {
        reload();
        assertThat(log()).doesNotContain("DEBUG");
        reload(
                "log_min_messages = debug1",
                "log_statement = on",
                "log_disconnections = on",
                "log_line_prefix = 'anew %p '");
        ask("SELECT 'this is in the log'");
        Eventually.holds(() -> assertThat(log())
                .contains("anew " + server.pid() + " ", "DEBUG", "SELECT 'this is in the log'", "disconnection"));
    }

    @Test
    void healthChecksBegin() throws Exception {
        assertThat(healthChecks()).isZero();
        reload(
                "health_check_period = 1",
                "health_check_user = '" + Cluster.shared().superuser() + "'");
        Eventually.holds(() -> assertThat(healthChecks()).isGreaterThan(1));
    }

    @Test
    void commandsAreOther() throws Exception {
        Path done = directory.resolve("done");
        reload("failover_command = 'echo %d >>" + done + "'", "failback_command = 'echo back %d >>" + done + "'");
        pcp("pcp_detach_node", "2");
        Eventually.holds(() -> assertThat(done).hasContent("2"));
        pcp("pcp_attach_node", "2");
        Eventually.holds(() -> assertThat(done).hasContent("2\nback 2"));
    }

    @Test
    void othersSeeLessOnceSomebodyIsNamed() throws Exception {
        try (Connection other = DriverManager.getConnection(url("postgres"));
                Connection own = connect("")) {
            assertThat(processesOf(own)).contains("postgres", "app");
            reload("stats_users = 'postgres'");
            Eventually.holds(() -> assertThat(processesOf(own)).contains("app").doesNotContain("postgres"));
            assertThat(processesOf(other)).contains("postgres", "app");
        }
    }

    @Test
    void nothingChangesWhereAFileHasAnError() throws Exception {
        reload("client_idle_limit = 33");
        Eventually.holds(() -> assertThat(ask("PGPOOL SHOW client_idle_limit")).isEqualTo("33s"));
        configure("client_idle_limit = 44", "log_statement = perhaps");
        assertThat(reload(Way.COMMAND).status()).isEqualTo(1);
        assertThat(reload(Way.PCP)).satisfies(refused -> {
            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.err()).contains("log_statement");
        });
        reload(Way.SIGNAL);
        Eventually.holds(() -> assertThat(log().split("perhaps", -1)).hasSizeGreaterThan(3));
        assertThat(ask("PGPOOL SHOW client_idle_limit")).isEqualTo("33s");
    }

    // ---- how

    private static Path conf() {
        return directory.resolve("pgpool.conf");
    }

    private static void configure(String... settings) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "pcp_listen_addresses = '127.0.0.1'",
                "pcp_port = " + PORTS.get(1),
                "pid_file_name = '" + directory.resolve("pgpool.pid") + "'",
                "work_dir = '" + directory + "'",
                "failover_on_backend_error = off"));
        lines.addAll(List.of(settings));
        Files.writeString(conf(), TestProxy.configText(Cluster.shared(), PORTS.get(0), lines));
    }

    private static void reload(String... settings) throws Exception {
        configure(settings);
        assertThat(reload(Way.values()[reloads++ % Way.values().length]).status())
                .isZero();
    }

    private static Installation.Result reload(Way way) throws Exception {
        switch (way) {
            case COMMAND:
                return Installation.run(
                        installation.program("pgpool"), JAVA, List.of("-f", conf().toString(), "reload"));
            case PCP:
                return pcp("pcp_reload_config");
            default:
                new OsProcess(server.pid()).signal("HUP");
                return new Installation.Result(0, "", "");
        }
    }

    private static Installation.Result pcp(String program, String... arguments) throws Exception {
        List<String> words =
                new ArrayList<>(List.of("-w", "-h", "127.0.0.1", "-p", Integer.toString(PORTS.get(1)), "-U", "admin"));
        words.addAll(List.of(arguments));
        return Installation.run(
                installation.program(program),
                Map.of("PCPPASSFILE", directory.resolve("pcppass").toString()),
                words);
    }

    // ---- what the clients see

    private static String log() throws IOException {
        return Files.readString(directory.resolve("log"));
    }

    private static String url(String user) {
        return "jdbc:postgresql://127.0.0.1:" + PORTS.get(0) + "/app?user=" + user
                + "&connectTimeout=10&socketTimeout=30&preferQueryMode=simple";
    }

    private static Connection connect(String password) throws SQLException {
        return DriverManager.getConnection(url(Cluster.USER) + "&password=" + password);
    }

    private static String readsOn() throws SQLException {
        return ask("SELECT port FROM here");
    }

    private static int healthChecks() throws SQLException {
        return Integer.parseInt(ask("SHOW POOL_HEALTH_CHECK_STATS", "total_count"));
    }

    private static List<String> processesOf(Connection connection) throws SQLException {
        List<String> users = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW POOL_PROCESSES")) {
            while (rows.next()) {
                users.add(String.valueOf(rows.getString("username")));
            }
        }
        return users;
    }

    /** The first column of the first row, in a session of its own. */
    private static String ask(String sql) throws SQLException {
        return ask(sql, "");
    }

    private static String ask(String sql, String column) throws SQLException {
        try (Connection connection = connect("");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return column.isEmpty() ? rows.getString(1) : rows.getString(column);
        }
    }
}
