package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.NodeRequest;
import io.trunkline.failover.NodeRequest.Answer;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeRequest.Manner;
import io.trunkline.failover.NodeRequest.Origin;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A cluster of its own for a test that breaks it, with a Trunkline before it that replaces a lost primary: checks every
 * second without repetitions, and a failover_command that promotes. The view {@code here} tells which node answers.
 */
final class FailoverRig implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** A file in the data directory of a server that failover_command is to take for out of its reach. */
    static final String OUT_OF_REACH = "out_of_reach";

    /** Files beside failover_command: while the first is there it says so by the second, and waits. */
    private static final String HOLD = "hold";

    private static final String HELD = "held";

    private final LocalCluster cluster;
    private final TestProxy proxy;

    private FailoverRig(LocalCluster cluster, TestProxy proxy) {
        this.cluster = cluster;
        this.proxy = proxy;
    }

    static FailoverRig start(int nodes, String... settings) {
        return start(builder -> builder.nodes(nodes), settings);
    }

    static FailoverRig start(UnaryOperator<LocalCluster.Builder> cluster, String... settings) {
        return start(cluster, started -> {}, settings);
    }

    /**
     * A rig of a special kind.
     *
     * @param prepare called before there is a Trunkline
     * @param settings lines of pgpool.conf, which come last
     */
    static FailoverRig start(
            UnaryOperator<LocalCluster.Builder> cluster, Consumer<LocalCluster> prepare, String... settings) {
        // pg_rewind needs the hints
        LocalCluster started = Cluster.start(builder -> cluster.apply(builder.configure("wal_log_hints = on")));
        try {
            started.node(0)
                    .query(
                            Cluster.USER,
                            Ledger.TABLE
                                    + "; CREATE VIEW here AS SELECT inet_server_port() AS port; GRANT ALL ON here TO app");
            started.awaitStreaming();
            prepare.accept(started);
            List<String> lines = new ArrayList<>(settings(started));
            lines.addAll(List.of(settings));
            TestProxy proxy = TestProxy.start(started, lines, List.of());
            FailoverRig rig = new FailoverRig(started, proxy);
            proxy.knowing("here");
            return rig;
        } catch (IOException failure) {
            started.close();
            throw new UncheckedIOException(failure);
        } catch (Error | RuntimeException failure) {
            started.close();
            throw failure;
        }
    }

    /** Lines of pgpool.conf for failover and recovery. */
    static List<String> settings(LocalCluster cluster) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "health_check_period = 1",
                "health_check_timeout = 1",
                "health_check_max_retries = 0",
                "health_check_user = '" + cluster.superuser() + "'",
                "health_check_not_ready_grace = 1",
                "failover_command = '" + failoverScript(cluster) + " %d %P %m %D'",
                "recovery_mode = 'builtin'",
                "recovery_user = '" + cluster.superuser() + "'",
                "recovery_bin_directory = '" + cluster.installation().bin() + "'"));
        for (LocalNode node : cluster.nodes()) {
            lines.add("backend_data_directory" + node.id() + " = '" + node.dataDirectory() + "'");
            lines.add("backend_application_name" + node.id() + " = '" + node.applicationName() + "'");
        }
        return lines;
    }

    /** An old primary that lives is stopped before another node is promoted; a hung one cannot be. */
    private static Path failoverScript(LocalCluster cluster) throws IOException {
        String cases = cluster.nodes().stream()
                .map(node -> "        " + node.id() + ") " + String.join(" ", node.controlCommand()) + " \"$@\" ;;\n")
                .collect(Collectors.joining());
        Path script = cluster.directory().resolve("failover.sh");
        Files.writeString(script, """
                #!/bin/sh
                # failover.sh NODE OLD_PRIMARY NEW_MAIN DATA_DIRECTORY
                control() {
                    node=$1
                    shift
                    case $node in
                %s        *) echo "no node takes over" >&2; return 1 ;;
                    esac
                }
                alive() {
                    [ ! -e "$1/%s" ] && { read -r pid && read -r _ _ state _ < "/proc/$pid/stat"; } 2> /dev/null < "$1/postmaster.pid" &&
                        [ "$state" != Z ] && [ "$state" != T ]
                }
                [ "$1" = "$2" ] || exit 0
                while [ -e "${0%%/*}/%s" ]; do
                    : > "${0%%/*}/%s"
                    sleep 0.1
                done
                alive "$4" && control "$2" -s -m fast -w -t 5 stop
                control "$3" -s -w promote
                """.formatted(cases, OUT_OF_REACH, HOLD, HELD));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    /** From now on failover_command waits. @return a file that is there once it does */
    Path holdCommand() throws IOException {
        Files.createFile(cluster.directory().resolve(HOLD));
        return cluster.directory().resolve(HELD);
    }

    void releaseCommand() throws IOException {
        Files.delete(cluster.directory().resolve(HOLD));
    }

    /** The settings that this was started with, with further lines. */
    List<String> settings(String... further) throws IOException {
        List<String> lines = new ArrayList<>(settings(cluster));
        lines.addAll(List.of(further));
        return lines;
    }

    LocalCluster cluster() {
        return cluster;
    }

    TestProxy proxy() {
        return proxy;
    }

    LocalNode node(int id) {
        return cluster.node(id);
    }

    ClusterView view() {
        return proxy.server().cluster();
    }

    /** From now on, where this node is the primary, no commit is acknowledged that no standby has. */
    void makeSynchronous(LocalNode node) {
        node.query("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'");
        node.query("SELECT pg_reload_conf()");
        Eventually.holds(() ->
                assertThat(Cluster.ask(node, "SHOW synchronous_standby_names")).isEqualTo("ANY 1 (*)"));
        if (node.id() == primary()) {
            // before Trunkline has asked, it cannot know
            Eventually.holds(() -> assertThat(view().nodes())
                    .anySatisfy(
                            seen -> assertThat(seen.replication().syncState()).isEqualTo("quorum")));
        }
    }

    /** The node that takes writes now, or -1. */
    int primary() {
        ClusterView now = view();
        return now.writes() == Writes.SERVED ? now.primary() : ClusterView.NO_PRIMARY;
    }

    /** Waits until this node takes writes. */
    void awaitPrimary(int id) {
        Eventually.holds(LIMIT, () -> assertThat(primary()).isEqualTo(id));
    }

    /** The node that answers a statement of this client: a write, which has to go to the primary, or a read. */
    int writesOn(RawClient client) throws IOException {
        return nodeOf(client.ask("SELECT inet_server_port(), txid_current()"));
    }

    int readsOn(RawClient client) throws IOException {
        return nodeOf(client.ask("SELECT port FROM here"));
    }

    private int nodeOf(String port) {
        return cluster.nodes().stream()
                .filter(node -> Integer.toString(node.port()).equals(port))
                .findFirst()
                .orElseThrow()
                .id();
    }

    /** Asks Trunkline for something to be done with a node, as an administrator does. */
    CompletableFuture<Answer> request(Kind kind, int node) {
        return proxy.server().request(NodeRequest.of(kind, node, Origin.ADMINISTRATOR));
    }

    Answer requestAndWait(Kind kind, int node) {
        return request(kind, node)
                .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    /** An orderly change of the primary. */
    CompletableFuture<Answer> switchover(int to) {
        return proxy.server()
                .request(new NodeRequest(Kind.PROMOTE, to, Origin.ADMINISTRATOR, Manner.SWITCHOVER, Duration.ZERO))
                .orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        try {
            proxy.close();
        } finally {
            cluster.close();
        }
    }
}
