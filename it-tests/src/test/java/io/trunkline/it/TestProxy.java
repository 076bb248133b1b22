package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.LoggingParameters;
import io.trunkline.config.PasswordKey;
import io.trunkline.config.PasswordKeyFile;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolPasswd;
import io.trunkline.config.Severity;
import io.trunkline.config.TlsFiles;
import io.trunkline.config.hba.IdentMaps;
import io.trunkline.config.hba.PoolHba;
import io.trunkline.failover.state.StatusFile;
import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.protocol.auth.MockScramSecret;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.TlsContexts;
import io.trunkline.proxy.auth.AccessRules;
import io.trunkline.proxy.auth.StoredCredentials;
import io.trunkline.proxy.cluster.StateKeeper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * Trunkline in this process, in front of a cluster. Unless a test says otherwise reads go to node 1, and only there, so
 * that it can be told where a statement has to run.
 */
final class TestProxy implements AutoCloseable {
    /** Where reads go. */
    static final int READ_NODE = 1;

    /** What entries of pool_passwd are encrypted with. */
    private static final String KEY = "a key of the tests";

    private final LocalCluster cluster;
    private final ProxyServer server;
    private final int port;

    private TestProxy(LocalCluster cluster, ProxyServer server, int port) {
        this.cluster = cluster;
        this.server = server;
        this.port = port;
    }

    /** In front of the shared cluster. */
    static TestProxy start(String... settings) {
        return start(Cluster.shared(), List.of(settings), List.of());
    }

    /** @param passwords lines of pool_passwd */
    static TestProxy start(LocalCluster cluster, List<String> settings, List<String> passwords) {
        return start(cluster, settings, passwords, List.of());
    }

    /** @param rules lines of pool_hba.conf, which are in force if the settings say so */
    static TestProxy start(LocalCluster cluster, List<String> settings, List<String> passwords, List<String> rules) {
        return start(cluster, settings, passwords, rules, List.of());
    }

    /** @param maps lines of the file with the user name maps */
    static TestProxy start(
            LocalCluster cluster,
            List<String> settings,
            List<String> passwords,
            List<String> rules,
            List<String> maps) {
        int port = FreePorts.find(1).get(0);
        try {
            return new TestProxy(
                    cluster,
                    start(config(configText(cluster, port, settings)), credentials(passwords), rules(rules, maps)),
                    port);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The server alone. */
    static ProxyServer start(PgpoolConfig config, StoredCredentials credentials) throws IOException {
        return start(config, credentials, AccessRules.none());
    }

    private static ProxyServer start(PgpoolConfig config, StoredCredentials credentials, AccessRules access)
            throws IOException {
        TlsFiles.Reading tls = TlsFiles.read(Path.of("pgpool.conf"), config);
        if (tls.diagnostics().stream().anyMatch(found -> found.severity() == Severity.ERROR)) {
            throw new IllegalArgumentException(tls.diagnostics().toString());
        }
        StateKeeper keeper = config.origin(LoggingParameters.WORK_DIR)
                .map(given -> StateKeeper.in(new StatusFile(Path.of(config.get(LoggingParameters.WORK_DIR)))))
                .orElseGet(StateKeeper::none);
        return ProxyServer.start(config, credentials, access, tls.files(), MockScramSecret.random(), keeper);
    }

    /** This proxy, once its catalog has told what is behind these relations, so that reads of them leave the primary. */
    TestProxy knowing(String... relations) {
        for (String relation : relations) {
            Eventually.holds(() -> {
                try (RawClient client = raw()) {
                    client.run("EXPLAIN SELECT * FROM " + relation);
                    assertThat(client.run("EXPLAIN ROUTE SELECT * FROM " + relation))
                            .extracting(message -> new String(message.body(), StandardCharsets.UTF_8))
                            .anySatisfy(text -> assertThat(text).contains("standby"));
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
        }
        return this;
    }

    /** The pgpool.conf for a cluster; lines of the caller's come last, and so win. */
    static String configText(LocalCluster cluster, int port, List<String> settings) {
        List<String> lines = new ArrayList<>(List.of(
                "listen_addresses = '127.0.0.1'",
                "port = " + port,
                "unix_socket_directories = ''",
                "pcp_listen_addresses = ''",
                "pcp_socket_dir = ''",
                "backend_clustering_mode = 'streaming_replication'",
                "load_balance_mode = on",
                "num_init_children = 100",
                "max_pool = 2",
                "sr_check_period = 1",
                "sr_check_user = '" + cluster.superuser() + "'",
                "sr_check_database = 'postgres'"));
        for (LocalNode node : cluster.nodes()) {
            lines.add("backend_hostname" + node.id() + " = '" + node.address() + "'");
            lines.add("backend_port" + node.id() + " = " + node.port());
            lines.add("backend_weight" + node.id() + " = " + (node.id() == READ_NODE ? 1 : 0));
        }
        // so that the whole suite can be run with another setting: -Dtrunkline.it.settings="pool_mode = transaction"
        lines.addAll(List.of(System.getProperty("trunkline.it.settings", "").split(";")));
        lines.addAll(settings);
        return String.join("\n", lines) + "\n";
    }

    private static AccessRules rules(List<String> lines, List<String> maps) throws IOException {
        if (lines.isEmpty()) {
            return AccessRules.none();
        }
        Path file = Files.createTempFile("trunkline-it", ".hba");
        try {
            Files.write(file, lines);
            PoolHba.Reading rules = PoolHba.read(file);
            Files.write(file, maps);
            IdentMaps.Reading names = IdentMaps.read(file);
            if (!rules.diagnostics().isEmpty() || !names.diagnostics().isEmpty()) {
                throw new IllegalArgumentException(rules.diagnostics() + " " + names.diagnostics());
            }
            return new AccessRules(rules.rules(), names.maps());
        } finally {
            Files.delete(file);
        }
    }

    static PgpoolConfig config(String text) {
        var reading = PgpoolConfig.parse("pgpool.conf", text);
        return reading.config().orElseThrow(() -> new IllegalArgumentException(reading.diagnostics() + "\n" + text));
    }

    static StoredCredentials credentials(List<String> passwords) {
        if (passwords.isEmpty()) {
            return StoredCredentials.none();
        }
        try {
            Path file = Files.createTempFile("trunkline-it", ".passwd");
            Path keyFile = Files.createTempFile("trunkline-it", ".key");
            try {
                Files.write(file, passwords);
                Files.writeString(keyFile, KEY);
                PoolPasswd.Reading reading = PoolPasswd.read(file, PasswordKeyFile.of(keyFile));
                if (!reading.diagnostics().isEmpty()) {
                    throw new IllegalArgumentException(reading.diagnostics().toString());
                }
                return StoredCredentials.of(reading.passwords());
            } finally {
                Files.delete(file);
                Files.delete(keyFile);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** A password as an entry of pool_passwd has it that pg_enc makes. */
    static String encrypted(String password) {
        return "AES"
                + PasswordKey.of(KEY.getBytes(StandardCharsets.UTF_8))
                        .encrypt(password.getBytes(StandardCharsets.UTF_8));
    }

    /** Puts other settings in force; nobody has a password or a rule then. */
    void reload(List<String> settings) throws IOException {
        PgpoolConfig fresh = config(configText(cluster, port, settings));
        server.reload(
                fresh,
                StoredCredentials.none(),
                AccessRules.none(),
                TlsContexts.create(
                        fresh, TlsFiles.read(Path.of("pgpool.conf"), fresh).files()));
    }

    ProxyServer server() {
        return server;
    }

    int port() {
        return port;
    }

    /** Backends of a node that are open and cannot be lent now: in use, being reset, opened or closed. */
    int busy(int node) {
        return server.pool().open(node) - idle(node);
    }

    /** Backends of a node that wait in the pool. */
    int idle(int node) {
        return server.pool().shards().stream()
                .mapToInt(shard -> shard.idleCount(node))
                .sum();
    }

    /** Waits until no backend of a node is busy: those of ended sessions are in the pool again, or gone. */
    void awaitNoneBusy(int node) {
        Eventually.isTrue("no backend of node " + node + " is busy", () -> busy(node) == 0);
    }

    /** @param options such as {@code prepareThreshold=1&fetchSize=10}, or nothing */
    String url(String options) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + Cluster.USER + "?user=" + Cluster.USER
                + (options.isEmpty() ? "" : "&" + options);
    }

    Connection connect() throws SQLException {
        return connect("");
    }

    Connection connect(String options) throws SQLException {
        return DriverManager.getConnection(url(options));
    }

    Connection connectAs(String user, String password) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + Cluster.USER, properties);
    }

    /** A raw client, past its start. */
    RawClient raw() throws IOException {
        RawClient client = new RawClient(port);
        client.startUp(Cluster.USER, Cluster.USER);
        return client;
    }

    @Override
    public void close() {
        server.close();
    }
}
