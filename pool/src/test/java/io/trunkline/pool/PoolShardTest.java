package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.trunkline.pool.PoolFixture.Client;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoolShardTest {
    /** The answers to DISCARD ALL. */
    private static final String RESET = "C(DISCARD ALL) Z(I)";

    private static final String CHALLENGE = "R(3) R(0) K() Z(I)";

    private PoolFixture pool = new PoolFixture(PoolFixture.SETTINGS);

    @AfterEach
    void everythingIsReleased() {
        pool.finish();
    }

    private void with(PoolSettings settings) {
        pool.finish();
        pool = new PoolFixture(settings);
    }

    private static PoolSettings limits(int perNode, int perKey) {
        return new PoolSettings(true, perNode, perKey, 0, 0, 0, 0, PoolFixture.SETTINGS.resetQueries());
    }

    private ScriptedBackend server() {
        return pool.nodes.last(0);
    }

    // ---- lending and giving back

    @Test
    void aBackendIsResetAndLentToTheNextSessionWithTheSameKey() {
        Client first = pool.lend("u");
        BackendConnection backend = first.backend();
        first.giveBack();
        assertThat(server().received()).isEqualTo("Q(DISCARD ALL)");
        assertThat(pool.shard(0).idleCount()).isZero();
        server().sends(RESET);
        assertThat(pool.shard(0).idleCount()).isOne();

        assertThat(pool.lend("u").backend()).isSameAs(backend);
        assertThat(pool.shard(0).idleCount()).isZero();
        assertThat(pool.shard(0).lentCount()).isOne();
        assertThat(pool.nodes.opened(0)).isOne();
    }

    @Test
    void aBackendThatWasNotUsedIsNotReset() {
        pool.clientsUse = false;
        pool.lend("u").giveBack();
        assertThat(server().received()).isEmpty();
        assertThat(pool.shard(0).idleCount()).isOne();
        server().disconnects();
        assertThat(pool.pool.open(0)).isZero();
    }

    @Test
    void aBackendIsNotLentWhileItIsReset() {
        pool.lend("u").giveBack();
        Client second = pool.lend("u");
        assertThat(second.hasBackend()).isTrue();
        assertThat(pool.nodes.opened(0)).isEqualTo(2);
    }

    @Test
    void anotherUserOrNodeGetsABackendOfItsOwn() {
        Client first = pool.lend("u");
        first.giveBack();
        server().sends(RESET);
        pool.lend("v");
        pool.lend(0, 1, "u", Admission.TRUST);
        assertThat(pool.nodes.opened(0)).isEqualTo(2);
        assertThat(pool.nodes.opened(1)).isOne();
    }

    @Test
    void anOpenOrFailedTransactionIsAbortedFirst() {
        for (String status : List.of("T", "E")) {
            Client client = pool.lend("u");
            client.backend().replies().sent(Request.QUERY);
            server().received();
            server().sends("C(BEGIN) Z(" + status + ")");
            client.giveBack();
            assertThat(server().received()).isEqualTo("Q(ABORT) Q(DISCARD ALL)");
            server().sends("C(ROLLBACK) Z(I) " + RESET);
            assertThat(pool.shard(0).idleCount()).isOne();
        }
    }

    @Test
    void whatTheServerTellsDuringTheResetReachesNobody() {
        Client client = pool.lend("u");
        client.giveBack();
        server().sends("N(NOTICE 00000 x) A(news) S(TimeZone=CET) " + RESET);
        assertThat(client.holder.replies()).isEmpty();
        assertThat(pool.lend("u").backend().parameters().get("TimeZone")).isEqualTo("CET");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "E(ERROR 25001 DISCARD ALL cannot run) Z(I)",
                "E(FATAL 57P01 terminating)",
                "C(DISCARD ALL) Z(T)",
                "C(DISCARD ALL) Z(E)",
                "D(1) Z(X)",
                "1"
            })
    void aResetThatFailsClosesTheBackend(String answer) {
        pool.lend("u").giveBack();
        ScriptedBackend server = server();
        server.sends(answer);
        assertThat(server.isOpen()).isFalse();
        assertThat(pool.shard(0).idleCount()).isZero();
        assertThat(pool.pool.open(0)).isZero();
    }

    @Test
    void aBackendWithAnythingUnansweredIsClosed() {
        Client client = pool.lend("u");
        client.backend().replies().sent(Request.QUERY);
        ScriptedBackend server = server();
        client.giveBack();
        assertThat(server.isOpen()).isFalse();
        assertThat(server.received()).isEqualTo("X");
        assertThat(pool.pool.open(0)).isZero();
    }

    @Test
    void aBackendInTheMiddleOfAMessageIsClosed() {
        Client client = pool.lend("u");
        client.backend().replies().sent(Request.QUERY);
        ScriptedBackend server = server();
        server.sends(Unpooled.copiedBuffer(new byte[] {'D', 0, 0, 0, 99, 1}));
        client.backend().replies().abandonFirst();
        client.giveBack();
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void withoutResetQueriesACleanBackendIsKeptAndOneInATransactionIsNot() {
        with(new PoolSettings(true, 4, 2, 0, 0, 0, 0, List.of()));
        pool.lend("u").giveBack();
        assertThat(pool.shard(0).idleCount()).isOne();
        Client client = pool.lend("u");
        client.backend().replies().sent(Request.QUERY);
        server().sends("C(BEGIN) Z(T)");
        client.giveBack();
        assertThat(pool.shard(0).idleCount()).isZero();
        assertThat(pool.pool.open(0)).isZero();
    }

    @Test
    void withoutConnectionCacheNothingIsKept() {
        with(new PoolSettings(false, 4, 2, 0, 0, 0, 0, List.of()));
        pool.lend("u").giveBack();
        assertThat(pool.pool.open(0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"template0", "template1", "postgres", "regression"})
    void theDatabasesOfTheSystemAreNeverCached(String database) {
        StartupKey key = StartupKey.of(Map.of("user", "u", "database", database));
        assertThat(PoolFixture.SETTINGS.caches(key)).isFalse();
    }

    @Test
    void aBackendIsClosedAfterItsNumberOfSessions() {
        with(new PoolSettings(true, 4, 2, 0, 2, 0, 0, List.of()));
        pool.lend("u").giveBack();
        assertThat(pool.shard(0).idleCount()).isOne();
        pool.lend("u").giveBack();
        assertThat(pool.shard(0).idleCount()).isZero();
        assertThat(pool.nodes.opened(0)).isOne();
    }

    @Test
    void anIdleBackendIsClosedWhenItsTimeIsOver() {
        with(new PoolSettings(true, 4, 2, 1, 0, 0, 0, List.of()));
        pool.lend("u").giveBack();
        assertThat(pool.shard(0).idleCount()).isOne();
        long over = System.nanoTime() + 2_000_000;
        while (System.nanoTime() - over < 0) {
            Thread.onSpinWait();
        }
        pool.pass(1000);
        assertThat(pool.shard(0).idleCount()).isZero();
        assertThat(pool.pool.open(0)).isZero();
    }

    @Test
    void anIdleBackendThatTheServerClosesIsForgotten() {
        pool.lend("u").giveBack();
        server().sends(RESET);
        server().disconnects();
        assertThat(pool.shard(0).idleCount()).isZero();
        assertThat(pool.pool.open(0)).isZero();
        assertThat(pool.lend("u").hasBackend()).isTrue();
    }

    @Test
    void anIdleBackendThatSaysSomethingSenselessIsClosed() {
        pool.lend("u").giveBack();
        server().sends(RESET);
        server().sends("D(1)");
        assertThat(pool.pool.open(0)).isZero();
    }

    // ---- limits

    @Test
    void beyondTheLimitOfItsKeyASessionWaitsForTheNextThatComesBack() {
        Client first = pool.lend("u");
        pool.lend("u");
        Client third = pool.lend("u");
        Client fourth = pool.lend("u");
        assertThat(third.hasBackend()).isFalse();
        assertThat(third.request).matches(LendRequest::isQueued);
        assertThat(pool.pool.waiting(0)).isEqualTo(2);

        BackendConnection backend = first.backend();
        first.giveBack();
        assertThat(third.hasBackend()).isFalse();
        pool.nodes.open(0).get(0).sends(RESET);
        assertThat(third.backend()).isSameAs(backend);
        assertThat(fourth.hasBackend()).isFalse();
        assertThat(pool.nodes.opened(0)).isEqualTo(2);
    }

    @Test
    void whoeverCameFirstIsServedFirst() {
        with(limits(1, 1));
        Client holder = pool.lend("u");
        Client second = pool.lend("v");
        Client third = pool.lend("u");
        holder.giveBack();
        // the backend would fit the third, but its permit is the turn of the second
        server().sends(RESET);
        pool.pump();
        assertThat(second.hasBackend()).isTrue();
        assertThat(third.hasBackend()).isFalse();
        second.giveBack();
        server().sends(RESET);
        pool.pump();
        assertThat(third.hasBackend()).isTrue();
        assertThat(pool.nodes.opened(0)).isEqualTo(3);
    }

    @Test
    void aLostBackendMakesRoomForWhoWaits() {
        with(limits(1, 1));
        Client first = pool.lend("u");
        Client second = pool.lend("u");
        server().disconnects();
        assertThat(first.holder.events).containsExactly("lost: the server closed the connection");
        first.lost();
        assertThat(second.hasBackend()).isTrue();
        assertThat(pool.pool.open(0)).isOne();
    }

    @Test
    void anIdleBackendOfAnotherKeyMakesRoomWhenTheNodeIsFull() {
        with(limits(1, 1));
        pool.lend("u").giveBack();
        server().sends(RESET);
        ScriptedBackend idle = server();
        assertThat(pool.lend("v").hasBackend()).isTrue();
        assertThat(idle.isOpen()).isFalse();
        assertThat(pool.pool.open(0)).isOne();
    }

    @Test
    void theIdleBackendThatWasUsedLongestAgoMakesRoom() {
        with(limits(2, 2));
        Client one = pool.lend("u");
        Client two = pool.lend("v");
        List<ScriptedBackend> servers = pool.nodes.open(0);
        two.giveBack();
        servers.get(1).sends(RESET);
        one.giveBack();
        servers.get(0).sends(RESET);
        pool.lend("w");
        assertThat(servers.get(1).isOpen()).isFalse();
        assertThat(servers.get(0).isOpen()).isTrue();
    }

    @Test
    void anIdleBackendOfAnotherEventLoopMakesRoom() {
        with(limits(1, 1));
        pool.lend(0, "u", Admission.TRUST).giveBack();
        server().sends(RESET);
        assertThat(pool.lend(1, "v", Admission.TRUST).hasBackend()).isTrue();
        assertThat(pool.pool.open(0)).isOne();
    }

    @Test
    void anIdleBackendOfTheSameKeyOnAnotherEventLoopMakesRoomToo() {
        with(limits(4, 1));
        pool.lend(0, "u", Admission.TRUST).giveBack();
        server().sends(RESET);
        assertThat(pool.lend(1, "u", Admission.TRUST).hasBackend()).isTrue();
        assertThat(pool.pool.open(0)).isOne();
    }

    @Test
    void anIdleBackendThatMayNotBeLentMakesRoomForOneThatMay() {
        with(limits(4, 1));
        pool.nodes.welcome(0, CHALLENGE);
        pool.lend(0, "u", Admission.VERIFIED).giveBack();
        server().sends(RESET);
        Client relayed = pool.lend(0, "u", Admission.RELAYED);
        assertThat(relayed.hasBackend()).isTrue();
        assertThat(pool.nodes.opened(0)).isEqualTo(2);
        assertThat(pool.pool.open(0)).isOne();
    }

    @Test
    void whatComesBackMovesToTheEventLoopOfWhoWaits() {
        with(limits(1, 1));
        Client first = pool.lend(0, "u", Admission.TRUST);
        Client second = pool.lend(1, "u", Admission.TRUST);
        first.giveBack();
        server().sends(RESET);
        pool.pump();
        assertThat(second.hasBackend()).isTrue();
        assertThat(pool.nodes.opened(0)).isOne();
        assertThat(pool.pool.open(0)).isOne();
    }

    @Test
    void waitingEndsWithTheTimeThatIsAllowedForIt() {
        with(new PoolSettings(true, 1, 1, 0, 0, 500, 0, List.of()));
        pool.lend("u");
        Client second = pool.lend("u");
        pool.pass(499);
        assertThat(second.failure).isNull();
        // those who wait are looked after ten times a second
        pool.pass(100);
        assertThat(second.why()).contains("client_wait_timeout");
        assertThat(pool.pool.waiting(0)).isZero();
    }

    @Test
    void aRequestThatIsWithdrawnWhileItWaitsIsForgotten() {
        with(limits(1, 1));
        Client first = pool.lend("u");
        Client second = pool.lend("u");
        Client third = pool.lend("u");
        second.withdraw();
        assertThat(pool.pool.waiting(0)).isOne();
        first.giveBack();
        server().sends(RESET);
        assertThat(second.hasBackend()).isFalse();
        assertThat(third.hasBackend()).isTrue();
    }

    @Test
    void aBackendThatIsOpenedForSomebodyWhoHasGoneIsKeptForOthers() {
        pool.nodes.welcome(0, "");
        Client gone = pool.lend("u");
        gone.withdraw();
        server().sends("R(0) K(1) Z(I)");
        assertThat(gone.hasBackend()).isFalse();
        assertThat(pool.shard(0).idleCount()).isOne();
        assertThat(pool.shard(0).lentCount()).isZero();
    }

    @Test
    void aNodeThatCannotBeReachedCostsNoPermit() {
        pool.nodes.down(0);
        assertThat(pool.lend("u").why()).contains("Connection refused");
        assertThat(pool.pool.open(0)).isZero();
    }

    @Test
    void aServerThatRefusesLetsTheNextTry() {
        with(limits(1, 1));
        pool.nodes.welcome(0, "");
        Client first = pool.lend("u");
        Client second = pool.lend("u");
        server().sends("E(FATAL 53300 sorry, too many clients already)");
        assertThat(first.why()).contains("too many clients");
        pool.nodes.welcome(0, "R(0) K() Z(I)");
        pool.pump();
        assertThat(second.hasBackend()).isTrue();
    }

    @Test
    void lowerLimitsAreReachedAsBackendsComeBack() {
        Client first = pool.lend("u");
        pool.lend("u");
        pool.pool.reload(limits(1, 1));
        Client third = pool.lend("u");
        first.lost();
        assertThat(third.hasBackend()).isFalse();
        assertThat(pool.pool.open(0)).isOne();
    }

    // ---- who may get what

    @ParameterizedTest
    @EnumSource(Admission.class)
    void whatTrustAdmittedGoesToWhoeverIsAdmitted(Admission asking) {
        BackendConnection trusted = idle(Admission.TRUST);
        boolean same = pool.lend(0, "u", asking).backend() == trusted;
        // a client whose own proof is to be relayed, or shown by a login, gets a fresh one always
        assertThat(same).isEqualTo(asking == Admission.TRUST || asking == Admission.VERIFIED);
    }

    @ParameterizedTest
    @EnumSource(Admission.class)
    void whatWasVerifiedGoesOnlyToWhoeverIsVerified(Admission asking) {
        pool.nodes.welcome(0, CHALLENGE);
        BackendConnection verified = idle(Admission.VERIFIED);
        assertThat(verified.admission()).isEqualTo(Admission.VERIFIED);
        boolean same = pool.lend(0, "u", asking).backend() == verified;
        assertThat(same).isEqualTo(asking == Admission.VERIFIED);
    }

    @Test
    void loginThatShowsThePasswordRightLeavesABackendForWhoeverIsVerified() {
        pool.nodes.welcome(0, CHALLENGE);
        BackendConnection shown = idle(Admission.PROVING);
        assertThat(shown.admission()).isEqualTo(Admission.VERIFIED);
        assertThat(pool.lend(0, "u", Admission.VERIFIED).backend()).isSameAs(shown);
    }

    @Test
    void whatWasRelayedGoesToNobodyElse() {
        pool.nodes.welcome(0, CHALLENGE);
        Client relayed = pool.lend(0, "u", Admission.RELAYED);
        assertThat(relayed.backend().admission()).isEqualTo(Admission.RELAYED);
        relayed.giveBack();
        assertThat(pool.pool.open(0)).isZero();
    }

    private BackendConnection idle(Admission admission) {
        Client client = pool.lend(0, "u", admission);
        BackendConnection backend = client.backend();
        client.giveBack();
        server().sends(RESET);
        assertThat(pool.shard(0).idleCount()).isOne();
        return backend;
    }

    // ---- discarding

    @Test
    void whatIsDiscardedIsClosedNowOrWhenItComesBack() {
        Client lent = pool.lend("u");
        pool.lend("u").giveBack();
        server().sends(RESET);
        pool.lend("v").giveBack();
        server().sends(RESET);
        assertThat(pool.shard(0).idleCount()).isEqualTo(2);

        pool.pool.discard(IdleFilter.ofUser("u"));
        assertThat(pool.shard(0).idleCount()).isOne();
        lent.giveBack();
        assertThat(pool.pool.open(0)).isOne();

        Client fresh = pool.lend("u");
        fresh.giveBack();
        server().sends(RESET);
        assertThat(pool.shard(0).idleCount()).isEqualTo(2);
    }

    @Test
    void manyDiscardsAreBoundedAndStillHold() {
        Client lent = pool.lend("u");
        pool.pool.discard(IdleFilter.ofUser("u"));
        for (int i = 0; i < 100; i++) {
            pool.pool.discard(IdleFilter.ofDatabase("other" + i));
        }
        lent.giveBack();
        assertThat(pool.pool.open(0)).isZero();
    }

    // ---- cancels

    @Test
    void aBackendIsNotResetBeforeTheCancelForItHasEnded() {
        Client client = pool.lend("u");
        pool.pool.opener().cancel(client.backend());
        ScriptedBackend cancel = pool.nodes.cancels().get(0);
        client.giveBack();
        assertThat(server().received()).isEmpty();
        cancel.disconnects();
        assertThat(server().received()).isEqualTo("Q(DISCARD ALL)");
        server().sends(RESET);
        assertThat(pool.shard(0).idleCount()).isOne();
    }

    @Test
    void aBackendWhoseCancelNeverEndsIsClosed() {
        Client client = pool.lend("u");
        ScriptedBackend server = server();
        server.channel().freezeTime();
        pool.pool.opener().cancel(client.backend());
        assertThat(pool.nodes.cancels()).hasSize(1);
        client.giveBack();
        server.channel().advanceTimeBy(6, TimeUnit.SECONDS);
        server.channel().runScheduledPendingTasks();
        pool.nodes.cancels().get(0).isOpen();
        assertThat(server.isOpen()).isFalse();
        assertThat(pool.pool.open(0)).isZero();
    }

    @Test
    void aCancelThatCannotBeSentHoldsNothingUp() {
        Client client = pool.lend("u");
        pool.nodes.down(0);
        pool.pool.opener().cancel(client.backend());
        pool.pump();
        client.giveBack();
        assertThat(server().received()).isEqualTo("Q(DISCARD ALL)");
    }

    @Test
    void aBackendThatBreaksWhileItsCancelIsUnderWayIsForgottenOnce() {
        Client client = pool.lend("u");
        ScriptedBackend server = server();
        pool.pool.opener().cancel(client.backend());
        ScriptedBackend cancel = pool.nodes.cancels().get(0);
        client.giveBack();
        server.disconnects();
        cancel.disconnects();
        assertThat(pool.pool.open(0)).isZero();
        pool.lend("u");
        assertThat(pool.pool.open(0)).isOne();
    }

    @Test
    void aBackendThatServedACopyWithADoubtIsNotKept() {
        Client client = pool.lend("u");
        ReplyQueue replies = client.backend().replies();
        replies.sent(Request.EXECUTE);
        server().sends("G");
        replies.sent(Request.SYNC);
        server().sends("E(ERROR 57014 canceled) Z(I)");
        client.giveBack();
        assertThat(pool.pool.open(0)).isZero();
    }
}
