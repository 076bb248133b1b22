package io.trunkline.proxy.session;

import io.netty.util.concurrent.ScheduledFuture;
import io.trunkline.failover.ClusterView;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.Borrower;
import io.trunkline.pool.IdleHolder;
import io.trunkline.pool.LendRequest;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.auth.LoginFailure;
import io.trunkline.proxy.route.ReadNode;
import io.trunkline.proxy.route.Reader;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The backend over which a client is admitted, where it takes one: of the primary, or of any node while there is none. If
 * the node is in trouble another is tried, and again, for {@code primary_wait_timeout}. Event loop only.
 */
final class FirstBackend {
    /** How it ends; one of the two, once, unless it is withdrawn. */
    interface Outcome {
        void lent(BackendConnection backend);

        void refused(LoginFailure reason, ServerMessage why);
    }

    private static final long PAUSE_MILLIS = 100;

    /** Notes whether the server has asked for proof: the proof for another connection would have to be another one. */
    private static final class WatchedLogin implements BackendLogin {
        private final BackendLogin login;
        private boolean isUsed;

        WatchedLogin(BackendLogin login) {
            this.login = login;
        }

        @Override
        public void challenged(int code, byte[] data, Answer answer) {
            isUsed = true;
            login.challenged(code, data, answer);
        }

        @Override
        public boolean isComplete() {
            return login.isComplete();
        }
    }

    private final LoopServices loop;
    private final StartupKey key;
    private final String applicationName;
    private @Nullable LendRequest lending;
    private @Nullable ScheduledFuture<?> again;
    private long startNanos;

    FirstBackend(LoopServices loop, StartupKey key, String applicationName) {
        this.loop = loop;
        this.key = key;
        this.applicationName = applicationName;
    }

    void lend(BackendLogin login, Admission admission, Outcome outcome) {
        startNanos = loop.eventLoop().ticker().nanoTime();
        attempt(new WatchedLogin(login), admission, outcome, ReadNode.NONE);
    }

    /** @param avoid a node that has just failed */
    private void attempt(WatchedLogin login, Admission admission, Outcome outcome, int avoid) {
        again = null;
        ClusterView cluster = loop.cluster();
        int chosen = node(admission, avoid);
        if (chosen < 0 && tryAgain(login, admission, outcome, ReadNode.NONE)) {
            return;
        }
        int node = chosen < 0 ? readNode(cluster, ReadNode.NONE) : chosen;
        if (node < 0) {
            outcome.refused(
                    LoginFailure.UNAVAILABLE,
                    ServerMessage.fatal(SqlState.CANNOT_CONNECT_NOW, "no node is in service"));
            return;
        }
        lending = loop.shard()
                .lend(
                        cluster.node(node).address(),
                        new Borrower(key, applicationName, () -> login, admission, false),
                        new IdleHolder(),
                        new LendRequest.Outcome() {
                            @Override
                            public void lent(BackendConnection backend) {
                                lending = null;
                                loop.connected(backend);
                                outcome.lent(backend);
                            }

                            @Override
                            public void refused(OpenFailure why) {
                                lending = null;
                                loop.failedToConnect(node, why);
                                boolean mayPass = !login.isUsed
                                        && (!why.answered()
                                                || why.message().sqlState().equals(SqlState.CANNOT_CONNECT_NOW));
                                if (!mayPass || !tryAgain(login, admission, outcome, node)) {
                                    outcome.refused(reason(why), why.message().asFatal());
                                }
                            }
                        });
    }

    /** A client whose login is relayed has this one backend for good: it is the primary's, if there will be one. */
    private int node(Admission admission, int avoid) {
        ClusterView cluster = loop.cluster();
        if (admission == Admission.RELAYED) {
            boolean awaited = cluster.writes() == ClusterView.Writes.AWAITED;
            return cluster.hasPrimary() || awaited ? cluster.primary() : readNode(cluster, ReadNode.NONE);
        }
        if (cluster.hasPrimary() && cluster.primary() != avoid) {
            return cluster.primary();
        }
        int other = readNode(cluster, avoid);
        return other >= 0 ? other : cluster.primary();
    }

    private boolean tryAgain(WatchedLogin login, Admission admission, Outcome outcome, int avoid) {
        long waited = loop.eventLoop().ticker().nanoTime() - startNanos;
        if (TimeUnit.NANOSECONDS.toMillis(waited) >= loop.settings().losses().primaryWaitMillis()) {
            return false;
        }
        again = loop.eventLoop()
                .schedule(() -> attempt(login, admission, outcome, avoid), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        return true;
    }

    private static LoginFailure reason(OpenFailure why) {
        if (!why.answered()) {
            return LoginFailure.UNAVAILABLE;
        }
        return why.message().sqlState().equals(SqlState.INVALID_PASSWORD)
                ? LoginFailure.WRONG_PROOF
                : LoginFailure.SERVER;
    }

    /** Whether it is under way. */
    boolean isWanted() {
        return lending != null || again != null;
    }

    void withdraw() {
        if (lending != null) {
            lending.withdraw();
            lending = null;
        }
        if (again != null) {
            again.cancel(false);
            again = null;
        }
    }

    private int readNode(ClusterView cluster, int avoid) {
        Reader who = new Reader(applicationName, key.database(), key.user());
        return loop.readNodeChooser(who).choose(loop.routing(), cluster, avoid).id();
    }
}
