package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.config.PoolMode;
import io.trunkline.failover.ClusterView;
import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.scripted.ScriptedBackend;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** LISTEN with pool_mode = transaction: two clients, two connections to each node, of which one listens. */
class SessionListeningTest extends SessionScenario {
    private static final String AS_NEW =
            "Q(SET application_name TO 'Trunkline listener') Q(SET client_encoding TO 'UTF8')"
                    + " Q(SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings"
                    + " WHERE name = 'idle_session_timeout')";

    private ProxyFixture.Client other = client;

    @BeforeEach
    void sessionsShareBackends() {
        proxy.finish();
        proxy = new ProxyFixture(new PoolSettings(true, 8, 2, 0, 0, 0, 0, List.of("ABORT", "DISCARD ALL")));
        proxy.limits.poolModes = new PoolModes(PoolMode.TRANSACTION, List.of(), List.of());
        client = proxy.session();
        other = proxy.start();
        other.received();
        proxy.nodes.open(0).forEach(ScriptedBackend::received);
    }

    /** The first LISTEN of all, which opens the backend that listens. */
    private ScriptedBackend listens(String request, String answer) {
        client.sends(request);
        ScriptedBackend listener = primary();
        assertThat(listener.received()).isEqualTo(AS_NEW + " Q(LISTEN \"a\")");
        assertThat(client.received()).doesNotContain("LISTEN");
        listener.sends("C(SET) Z(I) C(SET) Z(I) C(SELECT 1) Z(I) C(LISTEN) Z(I)");
        assertThat(client.received()).isEqualTo(answer);
        return listener;
    }

    private ScriptedBackend listens() {
        return listens("Q(LISTEN a)", "C(LISTEN) Z(I)");
    }

    private ScriptedBackend begins(ProxyFixture.Client who) {
        who.sends("Q(BEGIN) Q(DELETE FROM t)");
        ScriptedBackend backend = primary();
        assertThat(backend.received()).isEqualTo("Q(BEGIN) Q(DELETE FROM t)");
        backend.sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        assertThat(who.received()).isEqualTo("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        return backend;
    }

    @Test
    void oneBackendListensForAll() {
        ScriptedBackend listener = listens();
        other.sends("Q(LISTEN A)");
        assertThat(other.received()).isEqualTo("C(LISTEN) Z(I)");
        assertThat(listener.received()).isEmpty();
        listener.sends("A(a) A(a)");
        assertThat(client.received()).isEqualTo("A(a) A(a)");
        assertThat(other.received()).isEqualTo("A(a) A(a)");
        assertThat(proxy.nodes.open(0)).containsExactly(listener);
    }

    @Test
    void eachHearsItsOwnChannels() {
        ScriptedBackend listener = listens();
        other.sends("Q(LISTEN \"b \"\"c\")");
        assertThat(listener.received()).isEqualTo("Q(LISTEN \"b \"\"c\")");
        listener.sends("C(LISTEN) Z(I)");
        assertThat(other.received()).isEqualTo("C(LISTEN) Z(I)");
        listener.sends("A(b \"c) A(a)");
        assertThat(client.received()).isEqualTo("A(a)");
        assertThat(other.received()).isEqualTo("A(b \"c)");
    }

    @Test
    void whoListensOnNothingMoreIsToldNothingMore() {
        ScriptedBackend listener = listens();
        other.sends("Q(LISTEN a) Q(LISTEN b)");
        listener.received();
        listener.sends("C(LISTEN) Z(I)");
        assertThat(other.received()).isEqualTo("C(LISTEN) Z(I) C(LISTEN) Z(I)");
        client.sends("Q(UNLISTEN a)");
        assertThat(client.received()).isEqualTo("C(UNLISTEN) Z(I)");
        assertThat(listener.received()).isEmpty();
        listener.sends("A(a)");
        assertThat(client.received()).isEmpty();
        assertThat(other.received()).isEqualTo("A(a)");
        other.sends("Q(UNLISTEN a)");
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN \"a\")");
        listener.sends("C(UNLISTEN) Z(I)");
        other.disconnects();
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN *) Q(RESET ALL)");
        listener.sends("C(UNLISTEN) Z(I) C(RESET) Z(I)");
        assertThat(listener.received()).isEqualTo("Q(DISCARD ALL)");
    }

    @Test
    void whoListensWhileTheListenerLeavesIsHeard() {
        ScriptedBackend listener = listens();
        client.sends("Q(UNLISTEN *)");
        assertThat(client.received()).isEqualTo("C(UNLISTEN) Z(I)");
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN *) Q(RESET ALL)");
        other.sends("Q(LISTEN a)");
        assertThat(listener.received()).isEqualTo(AS_NEW + " Q(LISTEN \"a\")");
        listener.sends("C(UNLISTEN) Z(I) C(RESET) Z(I) C(SET) Z(I) C(SET) Z(I) C(SELECT 1) Z(I) C(LISTEN) Z(I)");
        assertThat(other.received()).isEqualTo("C(LISTEN) Z(I)");
        listener.sends("A(a)");
        assertThat(other.received()).isEqualTo("A(a)");
        assertThat(client.received()).isEmpty();
    }

    @Test
    void aListenerThatHasGoneIsReplaced() {
        ScriptedBackend listener = listens();
        client.sends("Q(DISCARD ALL)");
        ScriptedBackend own = standby();
        assertThat(own.received()).isEqualTo("Q(DISCARD ALL)");
        own.sends("C(DISCARD ALL) Z(I)");
        assertThat(client.received()).isEqualTo("C(DISCARD ALL) Z(I)");
        listener.received();
        listener.sends("C(UNLISTEN) Z(I) C(RESET) Z(I)");
        assertThat(listener.received()).isEqualTo("Q(DISCARD ALL)");
        listener.sends("C(DISCARD ALL) Z(I)");
        assertThat(listens()).isSameAs(listener);
    }

    @Test
    void anOpenTransactionHearsNothing() {
        ScriptedBackend listener = listens();
        ScriptedBackend backend = begins(client);
        listener.sends("A(a) A(a)");
        assertThat(client.received()).isEmpty();
        client.sends("Q(COMMIT)");
        assertThat(client.received()).isEmpty();
        backend.sends("C(COMMIT) Z(I)");
        assertThat(client.received()).isEqualTo("C(COMMIT) Z(I) A(a) A(a)");
    }

    @Test
    void aStatementUnderWayHearsNothing() {
        ScriptedBackend listener = listens();
        client.sends("Q(DELETE FROM t)");
        ScriptedBackend backend = primary();
        backend.sends("T(x) D(1)");
        listener.sends("A(a)");
        assertThat(client.received()).isEqualTo("T(x) D(1)");
        backend.sends("C(DELETE 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(DELETE 1) Z(I) A(a)");
    }

    @Test
    void listenComesIntoEffectWithItsTransaction() {
        ScriptedBackend backend = begins(client);
        ScriptedBackend listener = listens("Q(LISTEN a)", "C(LISTEN) Z(T)");
        listener.sends("A(a)");
        assertThat(client.received()).isEmpty();
        client.sends("Q(COMMIT)");
        assertThat(backend.received()).isEqualTo("Q(COMMIT)");
        listener.sends("A(a)");
        backend.sends("C(COMMIT) Z(I)");
        // what was sent before the COMMIT is not for it
        assertThat(client.received()).isEqualTo("C(COMMIT) Z(I) A(a)");
        listener.sends("A(a)");
        assertThat(client.received()).isEqualTo("A(a)");
    }

    @Test
    void listenIsUndoneWithItsTransaction() {
        ScriptedBackend backend = begins(client);
        ScriptedBackend listener = listens("Q(LISTEN a)", "C(LISTEN) Z(T)");
        client.sends("Q(ROLLBACK)");
        backend.sends("C(ROLLBACK) Z(I)");
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(I)");
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN *) Q(RESET ALL)");
        listener.sends("A(a)");
        assertThat(client.received()).isEmpty();
    }

    @Test
    void aCommitThatFailsUndoesListen() {
        ScriptedBackend backend = begins(client);
        ScriptedBackend listener = listens("Q(LISTEN a)", "C(LISTEN) Z(T)");
        client.sends("Q(COMMIT)");
        backend.sends("E(ERROR 23505 deferred) Z(I)");
        assertThat(client.received()).isEqualTo("E(ERROR 23505 deferred) Z(I)");
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN *) Q(RESET ALL)");
    }

    @Test
    void aSavepointUndoesWhatCameAfterIt() {
        ScriptedBackend backend = begins(client);
        ScriptedBackend listener = listens("Q(LISTEN a)", "C(LISTEN) Z(T)");
        client.sends("Q(SAVEPOINT s)");
        backend.sends("C(SAVEPOINT) Z(T)");
        assertThat(client.received()).isEqualTo("C(SAVEPOINT) Z(T)");
        client.sends("Q(UNLISTEN a)");
        assertThat(client.received()).isEqualTo("C(UNLISTEN) Z(T)");
        client.sends("Q(ROLLBACK TO s)");
        backend.sends("C(ROLLBACK) Z(T)");
        assertThat(client.received()).isEqualTo("C(ROLLBACK) Z(T)");
        client.sends("Q(COMMIT)");
        backend.sends("C(COMMIT) Z(I)");
        assertThat(client.received()).isEqualTo("C(COMMIT) Z(I)");
        listener.sends("A(a)");
        assertThat(client.received()).isEqualTo("A(a)");
    }

    @Test
    void aFailedTransactionTakesNoListen() {
        ScriptedBackend backend = begins(client);
        client.sends("Q(DELETE FROM u)");
        backend.sends("E(ERROR 42P01 no u) Z(E)");
        client.received();
        client.sends("Q(LISTEN a)");
        assertThat(client.received())
                .isEqualTo("E(ERROR 25P02 current transaction is aborted, commands ignored until end of transaction"
                        + " block) Z(E)");
        client.sends("P(|LISTEN a) B(|) E() S");
        assertThat(client.received())
                .isEqualTo("E(ERROR 25P02 current transaction is aborted, commands ignored until end of transaction"
                        + " block) Z(E)");
    }

    @Test
    void theExtendedProtocolListensAtSync() {
        ScriptedBackend listener = listens("P(s|LISTEN a) D(Ss) B(|s) E() S", "C(LISTEN) Z(I)");
        listener.sends("A(a)");
        assertThat(client.received()).isEqualTo("A(a)");
        client.sends("P(|UNLISTEN *) B(|) D(P) E() S");
        assertThat(client.received()).isEqualTo("1 2 n C(UNLISTEN) Z(I)");
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN *) Q(RESET ALL)");
    }

    @Test
    void anErrorInItsBatchUndoesListen() {
        client.sends("P(|LISTEN a) B(|) E() P(|DELETE x) B(|) E() S");
        ScriptedBackend listener = primary();
        listener.received();
        listener.sends("C(SET) Z(I) C(SET) Z(I) C(SELECT 1) Z(I) C(LISTEN) Z(I)");
        ScriptedBackend backend = primary();
        assertThat(backend.received()).isEqualTo("P(|DELETE x) B(|) E() S");
        backend.sends("E(ERROR 42703 no x) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 C(LISTEN) E(ERROR 42703 no x) Z(I)");
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN *) Q(RESET ALL)");
    }

    @Test
    void whatTheServerSaysAgainstItIsTold() {
        client.sends("Q(LISTEN a)");
        ScriptedBackend listener = primary();
        listener.received();
        listener.sends("C(SET) Z(I) C(SET) Z(I) C(SELECT 1) Z(I) E(ERROR 25006 in recovery) Z(I)");
        assertThat(client.received()).isEqualTo("E(ERROR 25006 in recovery) Z(I)");
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN *) Q(RESET ALL)");
    }

    @Test
    void ofAStringWithSeveralStatementsTheBackendKeepsTheSession() {
        ScriptedBackend listener = listens();
        client.sends("Q(LISTEN a; SELECT 1)");
        ScriptedBackend backend = primary();
        assertThat(backend.received()).isEqualTo("Q(LISTEN a; SELECT 1)");
        backend.sends("C(LISTEN) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(LISTEN) C(SELECT 1) Z(I)");
        // heard there now, and not twice
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN *) Q(RESET ALL)");
        backend.received();
        backend.sends("A(a)");
        assertThat(client.received()).isEqualTo("A(a)");
    }

    @Test
    void aStringWithUnlistenIsHeeded() {
        ScriptedBackend listener = listens();
        client.sends("Q(SELECT 1; UNLISTEN *)");
        ScriptedBackend backend = primary();
        backend.sends("C(SELECT 1) C(UNLISTEN) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) C(UNLISTEN) Z(I)");
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN *) Q(RESET ALL)");
        assertThat(backend.received()).isEqualTo("Q(SELECT 1; UNLISTEN *)");
        other.sends("Q(DELETE FROM t)");
        assertThat(backend.received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void itsListenersEndWithTheBackend() {
        ScriptedBackend listener = listens();
        listener.disconnects();
        assertThat(client.received())
                .isEqualTo("E(FATAL 57P01 terminating connection because the backend that listened for it was lost)");
        assertThat(client.isOpen()).isFalse();
        other.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void itsListenersEndWithThePrimary() {
        listens();
        proxy.published(ClusterView.Writes.SERVED, 1, ProxyFixture.outOfService(0, false), ProxyFixture.node(1, 1));
        assertThat(client.received())
                .isEqualTo("E(FATAL 57P01 terminating connection because the backend that listened for it is not on the"
                        + " primary any more)");
        assertThat(other.isOpen()).isTrue();
    }

    @Test
    void whoListensWaitsForAPrimary() {
        proxy.losses(ProxyFixture.losses(30_000));
        proxy.published(ClusterView.Writes.AWAITED, -1, ProxyFixture.outOfService(0, false), ProxyFixture.node(1, 1));
        client.sends("Q(LISTEN a)");
        proxy.pass(5_000);
        assertThat(client.received()).isEmpty();
        proxy.published(ClusterView.Writes.SERVED, 1, ProxyFixture.outOfService(0, false), ProxyFixture.node(1, 1));
        proxy.pass(200);
        assertThat(standby().received()).isEqualTo(AS_NEW + " Q(LISTEN \"a\")");
        client.disconnects();
    }

    @Test
    void whoWaitsInVainForAConnectionIsTold() {
        begins(client);
        begins(other);
        client.sends("Q(LISTEN a)");
        proxy.pass(9_900);
        assertThat(client.received()).isEmpty();
        proxy.pass(200);
        assertThat(client.received())
                .isEqualTo(
                        "E(ERROR 53300 no connection to the primary node came free to listen on within 10.0 s) Z(E)");
    }

    @Test
    void aListenThatWaitsCanBeCancelled() {
        ProxyFixture.Client third = proxy.start();
        byte[] greeting = third.receivedBytes();
        byte[] key = Arrays.copyOfRange(greeting, greeting.length - 10, greeting.length - 6);
        third.sends("Q(LISTEN a)");
        ScriptedBackend listener = primary();
        listener.received();
        proxy.loop().cancel(3, key, () -> {});
        assertThat(third.received()).isEqualTo("E(ERROR 57014 canceling statement due to user request) Z(I)");
        third.sends("Q(LISTEN a)");
        assertThat(third.received()).isEmpty();
        listener.sends("C(SET) Z(I) C(SET) Z(I) C(SELECT 1) Z(I) C(LISTEN) Z(I)");
        assertThat(third.received()).isEqualTo("C(LISTEN) Z(I)");
        listener.sends("A(a)");
        assertThat(third.received()).isEqualTo("A(a)");
    }

    @Test
    void tooManyNotificationsEndTheSession() {
        ScriptedBackend listener = listens();
        begins(client);
        String notification = "A(a)";
        int size = 5 + 4 + 2 + 1;
        for (int sent = 0; sent <= SessionListening.QUEUE_BYTES / size / 1000; sent++) {
            listener.sends((notification + " ").repeat(1000).trim());
        }
        assertThat(client.received())
                .isEqualTo("E(FATAL 54000 terminating connection because too many notifications wait for the client)");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void whoDoesNotReadIsDisconnectedAllTheSame() {
        DeafChannel channel = new DeafChannel();
        ProxyFixture.Client deaf = proxy.start(channel);
        deaf.received();
        deaf.sends("Q(LISTEN a)");
        ScriptedBackend listener = primary();
        listener.received();
        listener.sends("C(SET) Z(I) C(SET) Z(I) C(SELECT 1) Z(I) C(LISTEN) Z(I)");
        assertThat(deaf.received()).isEqualTo("C(LISTEN) Z(I)");
        channel.deaf = true;
        String many = ("A(a) ").repeat(1000).trim();
        for (int sent = 0; sent <= 2 * SessionListening.QUEUE_BYTES / 12 / 1000; sent++) {
            listener.sends(many);
        }
        assertThat(deaf.isOpen()).isTrue();
        channel.advanceTimeBy(FrontendConnection.LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(deaf.isOpen()).isFalse();
        assertThat(listener.received()).isEqualTo("Q(UNLISTEN *) Q(RESET ALL)");
    }

    /** That of a client that reads until it does not. */
    private static final class DeafChannel extends EmbeddedChannel {
        private boolean deaf;

        @Override
        protected void doWrite(ChannelOutboundBuffer in) throws Exception {
            if (!deaf) {
                super.doWrite(in);
            }
        }
    }

    @Test
    void inSessionModeTheServerHearsOfListen() {
        proxy.limits.poolModes = PoolModes.SESSION;
        ProxyFixture.Client third = proxy.start();
        third.received();
        third.sends("Q(LISTEN a)");
        assertThat(primary().received()).isEqualTo("Q(LISTEN a)");
        primary().sends("C(LISTEN) Z(I) A(a)");
        assertThat(third.received()).isEqualTo("C(LISTEN) Z(I) A(a)");
    }
}
