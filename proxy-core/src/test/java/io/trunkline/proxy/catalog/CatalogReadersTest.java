package io.trunkline.proxy.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.config.RoutingParameters.RelationCacheTarget;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeEvents;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.BackendPool;
import io.trunkline.pool.Borrower;
import io.trunkline.pool.IdleHolder;
import io.trunkline.pool.LendRequest;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.PoolShard;
import io.trunkline.pool.StartupKey;
import io.trunkline.pool.scripted.ScriptedNodes;
import io.trunkline.pool.scripted.WireText;
import io.trunkline.proxy.metrics.LoopMetrics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a question borrows a backend, and what becomes of it. */
class CatalogReadersTest {
    private static final StartupKey KEY = StartupKey.of(Map.of("user", "u", "database", "d"));
    private static final String SQL = "SELECT 'session'";
    private static final String RESET = "Q(DISCARD ALL)";

    private final ScriptedNodes nodes = new ScriptedNodes();
    private final EmbeddedChannel home = new EmbeddedChannel();
    private final List<String> events = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private final LoopMetrics metrics = new LoopMetrics(3);
    private final PoolShard shard;
    private ClusterView cluster = new ClusterView(1, List.of(node(0, true), node(1, true), node(2, true)), 0);
    private int readNode = 1;

    CatalogReadersTest() {
        home.freezeTime();
        shard = new BackendPool(
                        new BackendOpener(nodes),
                        new PoolSettings(true, 1, 0, 0, 0, 0, 0, List.of("ABORT", "DISCARD ALL")))
                .shard(home.eventLoop());
    }

    private static NodeView node(int id, boolean up) {
        return new NodeView(
                new NodeAddress(id, "10.0.0." + id, 5432, 0),
                1,
                up ? NodeStatus.UP : NodeStatus.DOWN,
                id == 0 ? NodeRole.PRIMARY : NodeRole.STANDBY,
                OptionalLong.empty(),
                Optional.empty(),
                up,
                Instant.EPOCH);
    }

    @AfterEach
    void finish() {
        nodes.finish();
        home.finishAndReleaseAll();
    }

    private CatalogReaders readers() {
        return new CatalogReaders(
                home.eventLoop(),
                shard,
                () -> cluster,
                new NodeEvents() {
                    @Override
                    public void connected(BackendConnection backend) {
                        events.add("connected " + backend.node());
                    }

                    @Override
                    public void unreachable(int node, String why) {
                        events.add("unreachable " + node);
                    }

                    @Override
                    public void shutDown(int node) {
                        events.add("shut down " + node);
                    }
                },
                metrics);
    }

    private void ask(RelationCacheTarget first) {
        readers()
                .reader(KEY, "app", () -> BackendLogin.TRUST, Admission.TRUST, () -> readNode)
                .ask(SQL, first, new CatalogReader.Answer() {
                    @Override
                    public void rows(List<List<@Nullable String>> rows) {
                        answers.add(rows.toString());
                    }

                    @Override
                    public void failed(String why) {
                        answers.add("failed: " + why);
                    }
                });
        pump();
    }

    private void pump() {
        for (int i = 0; i < 3; i++) {
            home.runPendingTasks();
            nodes.pump();
        }
    }

    private void pass(long millis) {
        home.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        home.runScheduledPendingTasks();
        pump();
    }

    private long asked() {
        return metrics.value(LoopMetrics.Counter.CATALOG_QUERIES);
    }

    /** Takes the only backend that a node may have. */
    private BackendConnection occupy(int node) {
        List<BackendConnection> lent = new ArrayList<>();
        shard.lend(
                new NodeAddress(node, "10.0.0." + node, 5432, 0),
                new Borrower(KEY, "app", () -> BackendLogin.TRUST, Admission.TRUST, false),
                new IdleHolder(),
                new LendRequest.Outcome() {
                    @Override
                    public void lent(BackendConnection backend) {
                        lent.add(backend);
                    }

                    @Override
                    public void refused(OpenFailure why) {
                        throw new AssertionError(why);
                    }
                });
        pump();
        return lent.get(0);
    }

    @Test
    void primaryAnswersAndItsBackendIsResetAndKept() {
        ask(RelationCacheTarget.PRIMARY);
        assertThat(nodes.last(0).received()).isEqualTo("Q(" + SQL + ")");
        assertThat(shard.lentCount()).isEqualTo(1);
        nodes.last(0).sends("T(a,b) D(session,NULL) D(x,y) C(SELECT 2) Z(I)");
        pump();

        assertThat(answers).containsExactly("[[session, null], [x, y]]");
        assertThat(nodes.last(0).received()).isEqualTo(RESET);
        nodes.last(0).sends("C(DISCARD ALL) Z(I)");
        assertThat(shard.lentCount()).isZero();
        assertThat(shard.idleCount(0)).isEqualTo(1);
        assertThat(asked()).isEqualTo(1);
        assertThat(events).containsExactly("connected 0");
    }

    @Test
    void readNodeIsAskedFirstWhereTheSettingSaysSo() {
        ask(RelationCacheTarget.LOAD_BALANCE_NODE);
        assertThat(nodes.last(1).received()).isEqualTo("Q(" + SQL + ")");
    }

    @Test
    void primaryIsAskedWhileTheReadNodeIsNotChosen() {
        readNode = -1;
        ask(RelationCacheTarget.LOAD_BALANCE_NODE);
        assertThat(nodes.last(0).received()).isEqualTo("Q(" + SQL + ")");
    }

    @Test
    void standbyIsAskedWhileThereIsNoPrimary() {
        cluster = new ClusterView(2, List.of(node(0, false), node(1, false), node(2, true)), -1);
        ask(RelationCacheTarget.PRIMARY);
        assertThat(nodes.last(2).received()).isEqualTo("Q(" + SQL + ")");
    }

    @Test
    void questionFailsWhileNoNodeIsUp() {
        cluster = new ClusterView(2, List.of(node(0, false), node(1, false), node(2, false)), -1);
        ask(RelationCacheTarget.PRIMARY);
        assertThat(answers).containsExactly("failed: no node is in service");
        assertThat(asked()).isZero();
    }

    @Test
    void nodeThatCannotBeReachedIsPassedOverAndReported() {
        nodes.down(0);
        ask(RelationCacheTarget.PRIMARY);
        nodes.last(1).sends("D(x) C(SELECT 1) Z(I)");
        pump();

        assertThat(answers).containsExactly("[[x]]");
        assertThat(events).containsExactly("unreachable 0", "connected 1");
    }

    @Test
    void nodeThatRefusesTheQuestionIsPassedOverAndItsBackendKept() {
        ask(RelationCacheTarget.PRIMARY);
        nodes.last(0).sends("E(ERROR 42501 permission denied) Z(I)");
        pump();
        assertThat(nodes.last(0).received()).endsWith(RESET);
        nodes.last(1).sends("D(x) C(SELECT 1) Z(I)");
        pump();

        assertThat(answers).containsExactly("[[x]]");
        assertThat(events).containsExactly("connected 0", "connected 1");
    }

    @Test
    void whyTheLastNodeFailedIsTold() {
        nodes.down(0);
        nodes.down(1);
        ask(RelationCacheTarget.PRIMARY);
        nodes.last(2).sends("E(ERROR 42501 permission denied for pg_class) Z(I)");
        pump();

        assertThat(answers).singleElement().asString().contains("node 2", "permission denied for pg_class");
    }

    @Test
    void questionDoesNotWaitLongForABackendAndHasNoneThatComesTooLate() {
        BackendConnection busy = occupy(0);
        ask(RelationCacheTarget.PRIMARY);
        assertThat(nodes.opened(1)).isZero();
        pass(3_000);
        assertThat(nodes.last(1).received()).isEqualTo("Q(" + SQL + ")");
        shard.giveBack(busy);
        pump();

        assertThat(shard.idleCount(0)).isEqualTo(1);
        nodes.last(1).sends("D(x) C(SELECT 1) Z(I)");
        pump();
        assertThat(answers).containsExactly("[[x]]");
    }

    @Test
    void lostBackendIsPassedOverAndItsPlaceIsFree() {
        ask(RelationCacheTarget.PRIMARY);
        nodes.last(0).disconnects();
        pump();

        assertThat(nodes.last(1).received()).isEqualTo("Q(" + SQL + ")");
        assertThat(shard.lentCount(0)).isZero();
        assertThat(events).containsExactly("connected 0", "unreachable 0", "connected 1");
        occupy(0);
    }

    @Test
    void nodeThatDoesNotAnswerIsPassedOverAndItsBackendClosed() {
        ask(RelationCacheTarget.PRIMARY);
        ByteBuf answer = WireText.encode(WireText.Sender.SERVER, "T(a) D(never whole)");
        nodes.last(0).sends(answer.writerIndex(answer.writerIndex() - 3));
        pass(5_000);

        assertThat(nodes.open(0)).isEmpty();
        assertThat(shard.lentCount(0)).isZero();
        nodes.last(1).sends("D(x) C(SELECT 1) Z(I)");
        pump();
        assertThat(answers).containsExactly("[[x]]");
    }

    @Test
    void sessionWhoseLoginIsRelayedHasNoReader() {
        assertThatThrownBy(() -> readers().reader(KEY, "app", () -> BackendLogin.TRUST, Admission.RELAYED, () -> -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("relayed");
    }
}
