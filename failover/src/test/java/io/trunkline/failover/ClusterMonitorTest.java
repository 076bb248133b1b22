package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.BackendPool;
import io.trunkline.pool.IdleFilter;
import io.trunkline.pool.IdleHolder;
import io.trunkline.pool.LendRequest;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.StartupKey;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.ScriptedNodes;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the monitor makes of what three nodes tell it. */
class ClusterMonitorTest {
    private static final CheckSettings SETTINGS =
            new CheckSettings("check", "postgres", () -> BackendLogin.TRUST, 10_000, 5_000, true);

    private final ScriptedNodes nodes = new ScriptedNodes();
    private final EmbeddedChannel home = new EmbeddedChannel();
    private final BackendOpener opener = new BackendOpener(nodes);
    private final SteppedClock clock = new SteppedClock();
    private ClusterMonitor monitor = monitor(SETTINGS);

    @AfterEach
    void everythingIsReleased() {
        monitor.stop();
        pump();
        nodes.finish();
        home.finishAndReleaseAll();
    }

    private ClusterMonitor monitor(CheckSettings settings) {
        home.freezeTime();
        List<NodeView> views = new ArrayList<>();
        for (int id = 0; id < 3; id++) {
            NodeAddress address = new NodeAddress(id, "10.0.0." + id, 5432, 0);
            views.add(ClusterMonitor.initialNode(address, 1.0 / 3, true, clock.instant()));
        }
        return new ClusterMonitor(home.eventLoop(), opener, clock, views, settings);
    }

    private CompletableFuture<ClusterView> start() {
        CompletableFuture<ClusterView> first = monitor.start();
        pump();
        return first;
    }

    private void pump() {
        for (int i = 0; i < 3; i++) {
            home.runPendingTasks();
            nodes.pump();
        }
    }

    private void pass(long millis) {
        clock.step(millis);
        home.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        home.runScheduledPendingTasks();
        pump();
    }

    /** The node answers the question that it has been asked. */
    private void answers(int node, boolean inRecovery, String lsn) {
        pump();
        ScriptedBackend server = nodes.open(node).get(0);
        assertThat(server.received()).as("asked").startsWith("Q(SELECT 'node', pg_catalog.pg_is_in_recovery()");
        server.sends("T(a,b,c,d) D(node," + (inRecovery ? "t" : "f") + "," + lsn + "," + lsn + ") C(SELECT 1) Z(I)");
        pump();
    }

    private ClusterView primaryZero() {
        start();
        answers(0, false, "0/3000");
        answers(1, true, "0/2000");
        answers(2, true, "0/3000");
        return monitor.view();
    }

    @Test
    void rolesAndLagComeFromTheAnswers() {
        ClusterView view = primaryZero();
        assertThat(view.primary()).isZero();
        assertThat(view.nodes())
                .extracting(NodeView::role)
                .containsExactly(NodeRole.PRIMARY, NodeRole.STANDBY, NodeRole.STANDBY);
        assertThat(view.nodes())
                .extracting(NodeView::lagBytes)
                .containsExactly(OptionalLong.of(0), OptionalLong.of(0x1000), OptionalLong.of(0));
    }

    @Test
    void standbysThatAnswerBeforeThePrimaryAreMeasuredToo() {
        start();
        answers(1, true, "0/2000");
        answers(2, true, "NULL");
        assertThat(monitor.view().hasPrimary()).isFalse();
        answers(0, false, "0/3000");
        assertThat(monitor.view().node(1).lagBytes()).hasValue(0x1000);
        assertThat(monitor.view().node(2).lagBytes()).isEmpty();
    }

    @Test
    void theFirstRoundIsOverWhenEveryNodeHasAnsweredOrFailed() {
        nodes.down(2);
        CompletableFuture<ClusterView> first = start();
        answers(0, false, "0/1");
        assertThat(first).isNotDone();
        answers(1, true, "0/1");
        assertThat(first).isCompletedWithValueMatching(view -> view.primary() == 0);
        assertThat(monitor.view().node(2).reachable()).isFalse();
        assertThat(monitor.view().node(2).status().isInService()).isTrue();
    }

    @Test
    void aHintDuringTheFirstRoundDoesNotEndIt() {
        CompletableFuture<ClusterView> first = start();
        monitor.unreachable(0, "broken");
        answers(0, false, "0/1");
        answers(1, true, "0/1");
        assertThat(first).isNotDone();
        answers(2, true, "0/1");
        assertThat(first).isCompleted();
    }

    @Test
    void nodesAreAskedAgainOverTheSameConnections() {
        primaryZero();
        long epoch = monitor.view().epoch();
        pass(10_000);
        answers(0, false, "0/3000");
        answers(1, true, "0/2800");
        assertThat(monitor.view().node(1).lagBytes()).hasValue(0x800);
        assertThat(monitor.view().epoch()).isGreaterThan(epoch);
        assertThat(nodes.opened(0)).isOne();
    }

    @Test
    void nothingIsPublishedWhenNothingChanged() {
        ClusterView before = primaryZero();
        pass(10_000);
        answers(0, false, "0/3000");
        answers(1, true, "0/2000");
        assertThat(monitor.view()).isSameAs(before);
    }

    @Test
    void aPromotedStandbyTakesThePlaceOfAPrimaryThatIsGone() {
        primaryZero();
        nodes.last(0).disconnects();
        nodes.down(0);
        pass(10_000);
        assertThat(monitor.view().primary()).as("nobody else claims it yet").isZero();
        assertThat(monitor.view().node(0).reachable()).isFalse();
        answers(1, false, "0/4000");
        answers(2, true, "0/3000");
        assertThat(monitor.view().primary()).isOne();
        assertThat(monitor.view().node(2).lagBytes()).hasValue(0x1000);
    }

    @Test
    void twoThatClaimToBeThePrimaryChangeNothing() {
        primaryZero();
        pass(10_000);
        answers(1, false, "0/9000");
        assertThat(monitor.view().primary()).isZero();
        answers(0, true, "0/3000");
        assertThat(monitor.view().primary()).isOne();
    }

    @Test
    void withoutAnyPrimaryNoneIsNamed() {
        start();
        for (int node = 0; node < 3; node++) {
            answers(node, true, "0/1");
        }
        assertThat(monitor.view().primary()).isEqualTo(ClusterView.NO_PRIMARY);
        assertThat(monitor.view().primaryNode()).isEmpty();
    }

    @Test
    void aNodeThatDoesNotAnswerInTimeIsNotReachable() {
        primaryZero();
        pass(10_000);
        pass(5_000);
        assertThat(monitor.view().nodes()).extracting(NodeView::reachable).containsOnly(false);
        assertThat(nodes.open(0)).isEmpty();
        pass(5_000);
        answers(0, false, "0/3000");
        assertThat(monitor.view().node(0).reachable()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            E(ERROR 57014 canceling statement) Z(I)
            C(SELECT 0) Z(I)
            T(a) D(t) C(SELECT 1) Z(I)
            T(a,b) D(node,NULL) C(SELECT 1) Z(I)
            """)
    void anAnswerThatTellsNothingLeavesTheRoleAsItWas(String answer) {
        primaryZero();
        pass(10_000);
        nodes.last(0).sends(answer);
        pump();
        assertThat(monitor.view().primary()).isZero();
        assertThat(monitor.view().node(0).reachable()).isTrue();
        assertThat(monitor.view().node(0).lagBytes()).isEmpty();
    }

    @Test
    void aServerThatBreaksTheProtocolCountsAsUnreachable() {
        primaryZero();
        pass(10_000);
        for (int connection = 0; connection < 2; connection++) {
            nodes.last(1).sends("D(1,2,3) 1");
            pump();
        }
        assertThat(monitor.view().node(1).reachable()).isFalse();
    }

    @Test
    void aRowThatLiesAboutItsLengthsHarmsNobody() {
        primaryZero();
        pass(10_000);
        for (int connection = 0; connection < 2; connection++) {
            nodes.last(1).sends(Unpooled.copiedBuffer(new byte[] {'D', 0, 0, 0, 10, 0, 2, 127, 127, 127, 127}));
            pump();
        }
        assertThat(monitor.view().node(1).reachable()).isFalse();
        assertThat(monitor.view().primary()).isZero();
    }

    @Test
    void sessionsThatReportTroubleHaveTheNodeAskedButNotTooOften() {
        primaryZero();
        pass(1_000);
        monitor.unreachable(1, "x");
        monitor.unreachable(1, "x");
        pump();
        answers(1, true, "0/3000");
        assertThat(monitor.view().node(1).lagBytes()).hasValue(0);
        monitor.unreachable(1, "x");
        pump();
        assertThat(nodes.last(1).received()).isEmpty();
        pass(200);
        monitor.unreachable(1, "x");
        pump();
        answers(1, true, "0/2000");
    }

    @Test
    void withoutACheckUserTheFirstNodeIsThePrimaryUntilAConnectionShowsOtherwise() {
        monitor = monitor(new CheckSettings("", "postgres", () -> BackendLogin.TRUST, 10_000, 5_000, true));
        assertThat(start()).isCompleted();
        assertThat(monitor.view().primary()).isZero();
        assertThat(nodes.attempts()).isZero();
        connected(0, "on");
        connected(2, "off");
        assertThat(monitor.view().primary()).isEqualTo(2);
        assertThat(monitor.view().node(2).status()).isEqualTo(NodeStatus.UP);
    }

    @Test
    void inRawModeTheFirstNodeStaysThePrimary() {
        monitor = monitor(new CheckSettings("check", "postgres", () -> BackendLogin.TRUST, 10_000, 5_000, false));
        assertThat(start()).isCompleted();
        connected(1, "off");
        assertThat(monitor.view().primary()).isZero();
        assertThat(nodes.open(0)).isEmpty();
    }

    @Test
    void aConnectionThatIsNotNewSaysNothingOfTheRole() {
        primaryZero();
        BackendPool pool = new BackendPool(opener, new PoolSettings(true, 4, 4, 0, 0, 0, List.of()));
        BackendConnection backend = lend(pool, 1, "on");
        monitor.connected(backend);
        pool.shard(home.eventLoop()).giveBack(backend);
        pass(10_000);
        answers(1, false, "0/4000");
        answers(0, true, "0/3000");
        assertThat(monitor.view().primary()).isOne();
        BackendConnection again = lend(pool, 1, "on");
        assertThat(again).isSameAs(backend);
        monitor.connected(again);
        pump();
        assertThat(monitor.view().primary()).isOne();
        pool.discard(IdleFilter.ALL);
    }

    @Test
    void aReloadTakesWeightsOverAndAsksAnew() {
        primaryZero();
        monitor.reload(SETTINGS, Map.of(0, 0.0, 1, 0.75, 2, 0.25));
        pump();
        assertThat(monitor.view().nodes()).extracting(NodeView::weight).containsExactly(0.0, 0.75, 0.25);
        answers(0, false, "0/3000");
        assertThat(nodes.opened(0)).isEqualTo(2);
        assertThat(monitor.view().primary()).isZero();
    }

    @Test
    void onceStoppedItAsksNoMore() {
        primaryZero();
        monitor.stop();
        pass(20_000);
        monitor.unreachable(0, "x");
        pump();
        assertThat(nodes.open(0)).isEmpty();
    }

    private void connected(int node, String inHotStandby) {
        BackendPool pool = new BackendPool(opener, new PoolSettings(true, 4, 4, 0, 0, 0, List.of()));
        monitor.connected(lend(pool, node, inHotStandby));
        pump();
    }

    private BackendConnection lend(BackendPool pool, int node, String inHotStandby) {
        nodes.welcome(node, String.format(ScriptedNodes.WELCOME, inHotStandby) + " K() Z(I)");
        List<BackendConnection> lent = new ArrayList<>();
        pool.shard(home.eventLoop())
                .lend(
                        monitor.view().node(node).address(),
                        StartupKey.of(Map.of("user", "u")),
                        "",
                        BackendLogin.TRUST,
                        Admission.TRUST,
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

    /** A clock that stands still between steps. */
    private static final class SteppedClock extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        void step(long millis) {
            now = now.plusMillis(millis);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
