package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.trunkline.config.RecoveryMode;
import io.trunkline.failover.recovery.OnlineRecovery;
import io.trunkline.failover.recovery.RecoveryOutcome;
import io.trunkline.failover.recovery.RecoverySettings;
import io.trunkline.failover.recovery.RecoverySource;
import io.trunkline.failover.recovery.RecoveryTarget;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.StopMode;
import io.trunkline.pool.AddressResolver;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.Transport;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes made standbys again, on real servers; each test breaks a cluster of its own. */
class OnlineRecoveryTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final ExecutorService blocking = Executors.newCachedThreadPool();
    private EventLoopGroup loops;
    private BackendOpener opener;
    private final List<LocalCluster> clusters = new ArrayList<>();

    @BeforeEach
    void start() {
        Transport transport = Transport.best();
        loops = transport.eventLoops(1, "recovery-test");
        opener = new BackendOpener(transport, new AddressResolver(blocking));
    }

    @AfterEach
    void stop() throws InterruptedException {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        blocking.shutdownNow();
        clusters.forEach(LocalCluster::close);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oldPrimaryThatWroteOnAfterTheForkFollowsTheNewOne(boolean rewindable) throws IOException {
        LocalCluster cluster = start(2, rewindable);
        LocalNode old = cluster.node(0);
        LocalNode promoted = cluster.node(1);
        old.query("CREATE TABLE notes (note text)");
        cluster.awaitStreaming();
        promoted.stop(StopMode.FAST);
        old.query("INSERT INTO notes VALUES ('on the old primary only')");
        old.kill();
        promoted.start();
        promoted.promote();
        promoted.query("INSERT INTO notes VALUES ('on the new primary')");

        assertThat(recover(builtIn(), old, promoted).text()).isEqualTo("node recovery, node: 0 restarted");

        assertThat(Cluster.ask(
                        promoted,
                        "SELECT application_name || ' ' || state FROM pg_stat_replication WHERE client_port > 0"))
                .isEqualTo("node0 streaming");
        promoted.query("INSERT INTO notes VALUES ('after the recovery')");
        Eventually.holds(() -> assertThat(Cluster.ask(old, "SELECT string_agg(note, ', ') FROM notes"))
                .isEqualTo("on the new primary, after the recovery"));
        assertThat(Cluster.ask(old, "SELECT pg_is_in_recovery() || ' ' || current_setting('port')"))
                .isEqualTo("true " + old.port());
        List<String> beside = beside(old);
        if (rewindable) {
            assertThat(beside).isEmpty();
        } else {
            assertThat(beside).singleElement().asString().matches("node0\\.old-\\d{8}T\\d{6}");
            Path kept = old.dataDirectory().resolveSibling(beside.get(0));
            assertThat(kept.resolve("PG_VERSION")).exists();
            assertThat(kept.resolve("standby.signal")).doesNotExist();
        }
    }

    @Test
    void standbyThatIsMerelyBehindFollowsAgain() {
        LocalCluster cluster = start(2, true);
        cluster.node(1).stop(StopMode.FAST);
        cluster.node(0).query("CREATE TABLE notes AS SELECT 1 AS id");

        assertThat(recover(builtIn(), cluster.node(1), cluster.node(0)).succeeded())
                .isTrue();

        cluster.awaitStreaming();
        assertThat(Cluster.ask(cluster.node(1), "SELECT id FROM notes")).isEqualTo("1");
    }

    @Test
    void emptyDirectoryIsFilled() throws IOException {
        LocalCluster cluster = start(2, true);
        LocalNode standby = cluster.node(1);
        standby.stop(StopMode.FAST);
        Path aside = standby.dataDirectory().resolveSibling("aside");
        Files.move(standby.dataDirectory(), aside);
        Files.createDirectory(standby.dataDirectory());
        own(standby.dataDirectory(), aside);

        assertThat(recover(builtIn(), standby, cluster.node(0)).text()).isEqualTo("node recovery, node: 1 restarted");

        assertThat(Cluster.ask(standby, "SELECT pg_is_in_recovery()")).isEqualTo("t");
    }

    @Test
    void nodeWhoseServerRunsIsLeftAlone() {
        LocalCluster cluster = start(2, true);
        LocalNode standby = cluster.node(1);

        RecoveryOutcome outcome = recover(builtIn(), standby, cluster.node(0));

        assertThat(outcome.succeeded()).isFalse();
        assertThat(outcome.message()).isEqualTo("node recovery failed, node id: 1 is alive");
        assertThat(Cluster.ask(standby, "SELECT pg_is_in_recovery()")).isEqualTo("t");
    }

    @Test
    void serverThatRunsOnTheDirectoryUnderAnotherPortIsSeen() {
        LocalCluster cluster = start(2, true);
        LocalNode standby = cluster.node(1);
        NodeAddress nobody = new NodeAddress(1, standby.address(), 1, 5_000);

        RecoveryOutcome outcome = recover(
                builtIn(),
                new RecoveryTarget(nobody, standby.dataDirectory().toString(), "node1"),
                new RecoverySource(address(cluster.node(0))));

        assertThat(outcome.text())
                .isEqualTo("node recovery refused for node 1: a server runs on " + standby.dataDirectory()
                        + ", its process id is " + standby.pid().orElseThrow());
    }

    @Test
    void nodeThatWasPromotedApartFromThePrimaryIsLeftAlone() throws IOException {
        LocalCluster cluster = start(3, true);
        cluster.node(0).stop(StopMode.FAST);
        LocalNode one = cluster.node(1);
        LocalNode other = cluster.node(2);
        one.promote();
        other.promote();
        other.query("CREATE TABLE kept AS SELECT 7 AS id");
        other.stop(StopMode.FAST);

        RecoveryOutcome outcome = recover(builtIn(), other, one);

        assertThat(outcome.text())
                .isEqualTo("node recovery refused for node 2: its server was a primary on timeline 2, as the present"
                        + " primary is: which of them has what is to be kept is not known");
        other.start();
        assertThat(Cluster.ask(other, "SELECT id FROM kept")).isEqualTo("7");
        assertThat(beside(other)).isEmpty();
    }

    @Test
    void functionsOfThePrimaryAreCalledWithTheArgumentsOfPgpool() throws Exception {
        LocalCluster cluster = start(2, true);
        LocalNode primary = cluster.node(0);
        LocalNode standby = cluster.node(1);
        primary.query("CREATE TABLE calls (id serial, call text)");
        primary.query("CREATE FUNCTION pgpool_recovery(text, text, text, text, int, text, text) RETURNS bool"
                + " LANGUAGE sql AS 'INSERT INTO calls (call) SELECT concat_ws(''|'', $1, $2, $3, $4, $5, $6, $7,"
                + " current_setting(''statement_timeout'')) RETURNING true'");
        primary.query("CREATE FUNCTION pgpool_remote_start(text, text) RETURNS bool LANGUAGE sql"
                + " AS 'INSERT INTO calls (call) SELECT concat_ws(''|'', $1, $2) RETURNING true'");
        cluster.awaitStreaming();
        standby.stop(StopMode.FAST);

        CompletableFuture<RecoveryOutcome> ended =
                begin(commands("it's.sh"), target(standby), new RecoverySource(address(primary)));
        Eventually.holds(() -> assertThat(Cluster.ask(primary, "SELECT string_agg(call, ' + ' ORDER BY id) FROM calls"))
                .isEqualTo("it's.sh|127.0.0.1|" + standby.dataDirectory() + "|" + primary.port() + "|1|"
                        + standby.port() + "|127.0.0.1|0 + 127.0.0.1|" + standby.dataDirectory()));
        assertThat(ended).isNotDone();
        standby.start();

        assertThat(ended.get(LIMIT.toSeconds(), TimeUnit.SECONDS).succeeded()).isTrue();
    }

    @Test
    void scriptsOfTheExtensionMakeAndStartTheStandby() throws IOException {
        LocalCluster cluster = start(2, true);
        LocalNode primary = cluster.node(0);
        LocalNode standby = cluster.node(1);
        assumeExtension(primary, primary);
        cluster.awaitStreaming();
        standby.stop(StopMode.FAST);
        script(primary, "first_stage", "printf '%s\\n' \"$@\" > \"$1/arguments\"");
        script(
                primary,
                "pgpool_remote_start",
                Cluster.installation().program("pg_ctl") + " -D \"$2\" -l \"$2/startup.log\" -w start > /dev/null");

        assertThat(recover(commands("first_stage"), standby, primary).succeeded())
                .isTrue();

        assertThat(Files.readAllLines(primary.dataDirectory().resolve("arguments")))
                .containsExactly(
                        primary.dataDirectory().toString(),
                        "127.0.0.1",
                        standby.dataDirectory().toString(),
                        Integer.toString(primary.port()),
                        "1",
                        Integer.toString(standby.port()),
                        "127.0.0.1");
        cluster.awaitStreaming();

        standby.stop(StopMode.FAST);
        script(primary, "first_stage", "exit 3");
        RecoveryOutcome failed = recover(commands("first_stage"), standby, primary);
        assertThat(failed.message()).isEqualTo("executing recovery, execution of command failed at \"1st stage\"");
        assertThat(failed.detail()).startsWith("command:\"first_stage\"").contains("pgpool_recovery failed");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theSampleScriptsMakeAnOldPrimaryAStandby(boolean rewindable) throws IOException {
        LocalCluster cluster = start(2, rewindable);
        LocalNode old = cluster.node(0);
        LocalNode promoted = cluster.node(1);
        assumeExtension(promoted, old);
        cluster.awaitStreaming();
        old.query("ALTER SYSTEM SET primary_slot_name = 'of_another_time'");
        old.stop(StopMode.IMMEDIATE);
        promoted.promote();
        promoted.query("CREATE TABLE notes AS SELECT 'on the new primary' AS note");
        // where the old directory is kept
        own(old.dataDirectory().resolveSibling(""), old.dataDirectory());
        sample(promoted, "recovery_1st_stage");
        sample(promoted, "pgpool_remote_start");

        RecoveryOutcome outcome = recover(commands("recovery_1st_stage"), old, promoted);

        assertThat(outcome.text()).as(Files.readString(promoted.log())).isEqualTo("node recovery, node: 0 restarted");
        Eventually.holds(() -> assertThat(Cluster.ask(
                        promoted,
                        "SELECT application_name || ' ' || state FROM pg_stat_replication WHERE client_port > 0"))
                .isEqualTo("server0 streaming"));
        Eventually.holds(
                () -> assertThat(Cluster.ask(old, "SELECT note FROM notes")).isEqualTo("on the new primary"));
        assertThat(Cluster.ask(
                        old, "SELECT current_setting('port') || ' ' || current_setting('primary_slot_name') || '.'"))
                .isEqualTo(old.port() + " .");
    }

    private static void assumeExtension(LocalNode node, LocalNode primary) {
        Assumptions.assumeTrue(
                Cluster.ask(node, "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgpool_recovery'")
                        .equals("1"),
                "the extension pgpool_recovery is not installed");
        primary.query("CREATE EXTENSION pgpool_recovery");
    }

    /** With the settings at its top as an administrator would make them. */
    private static void sample(LocalNode node, String name) throws IOException {
        Path sample = Path.of("..", "cli", "src", "dist", "etc", "sample_scripts", name + ".sample");
        script(
                node,
                name,
                Files.readString(sample)
                        .replaceFirst(
                                "(?m)^PGBIN=.*$",
                                "PGBIN=" + Cluster.installation().bin()));
    }

    private LocalCluster start(int nodes, boolean rewindable) {
        LocalCluster cluster = Cluster.start(
                builder -> builder.nodes(nodes).configure("wal_log_hints = " + (rewindable ? "on" : "off")));
        clusters.add(cluster);
        return cluster;
    }

    private static RecoverySettings builtIn() {
        return settings(RecoveryMode.BUILTIN, "");
    }

    private static RecoverySettings commands(String script) {
        return settings(RecoveryMode.COMMANDS, script);
    }

    private static RecoverySettings settings(RecoveryMode mode, String script) {
        return new RecoverySettings(
                mode,
                "postgres",
                "",
                () -> BackendLogin.TRUST,
                Optional::empty,
                script,
                "",
                Duration.ofSeconds(30),
                Cluster.installation().bin().toString());
    }

    private RecoveryOutcome recover(RecoverySettings settings, LocalNode node, LocalNode primary) {
        return recover(settings, target(node), new RecoverySource(address(primary)));
    }

    private RecoveryOutcome recover(RecoverySettings settings, RecoveryTarget target, RecoverySource source) {
        return begin(settings, target, source)
                .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private CompletableFuture<RecoveryOutcome> begin(
            RecoverySettings settings, RecoveryTarget target, RecoverySource source) {
        CompletableFuture<RecoveryOutcome> ended = new CompletableFuture<>();
        new OnlineRecovery(loops.next(), opener, blocking, () -> settings).recover(target, source, ended::complete);
        return ended;
    }

    private static RecoveryTarget target(LocalNode node) {
        return new RecoveryTarget(address(node), node.dataDirectory().toString(), node.applicationName());
    }

    private static NodeAddress address(LocalNode node) {
        return new NodeAddress(node.id(), node.address(), node.port(), 5_000);
    }

    /** What there is beside a data directory that was made out of it. */
    private static List<String> beside(LocalNode node) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                node.dataDirectory().resolveSibling(""), node.dataDirectory().getFileName() + ".*")) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        }
        return names;
    }

    private static void own(Path directory, Path like) throws IOException {
        Files.setOwner(directory, Files.getOwner(like));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }

    private static void script(LocalNode node, String name, String commands) throws IOException {
        Path script = node.dataDirectory().resolve(name);
        Files.writeString(script, "#!/bin/sh\n" + commands + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
