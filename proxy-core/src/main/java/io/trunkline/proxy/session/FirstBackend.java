package io.trunkline.proxy.session;

import io.trunkline.failover.ClusterView;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.IdleHolder;
import io.trunkline.pool.LendRequest;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.auth.LoginFailure;
import io.trunkline.proxy.route.ReadNode;
import io.trunkline.proxy.route.Reader;
import org.jspecify.annotations.Nullable;

/**
 * The backend over which a client is admitted, where it takes one: of the primary, or of any node while there is none.
 * Event loop only.
 */
final class FirstBackend {
    /** How it ends; one of the two, once, unless it is withdrawn. */
    interface Outcome {
        void lent(BackendConnection backend);

        void refused(LoginFailure reason, ServerMessage why);
    }

    private final LoopServices loop;
    private final StartupKey key;
    private final String applicationName;
    private @Nullable LendRequest lending;

    FirstBackend(LoopServices loop, StartupKey key, String applicationName) {
        this.loop = loop;
        this.key = key;
        this.applicationName = applicationName;
    }

    void lend(BackendLogin login, Admission admission, Outcome outcome) {
        ClusterView cluster = loop.cluster();
        int node = cluster.hasPrimary() ? cluster.primary() : readNode(cluster);
        if (node < 0) {
            outcome.refused(
                    LoginFailure.UNAVAILABLE,
                    ServerMessage.fatal(SqlState.CANNOT_CONNECT_NOW, "no node is in service"));
            return;
        }
        lending = loop.shard()
                .lend(
                        cluster.node(node).address(),
                        key,
                        applicationName,
                        login,
                        admission,
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
                                outcome.refused(reason(why), why.message().asFatal());
                            }
                        });
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
        return lending != null;
    }

    void withdraw() {
        if (lending != null) {
            lending.withdraw();
            lending = null;
        }
    }

    private int readNode(ClusterView cluster) {
        Reader who = new Reader(applicationName, key.database(), key.user());
        return loop.readNodeChooser(who)
                .choose(loop.routing(), cluster, ReadNode.NONE)
                .id();
    }
}
