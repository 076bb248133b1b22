package io.trunkline.proxy.session;

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
import io.trunkline.proxy.route.ReadNode;
import io.trunkline.proxy.route.Reader;
import org.jspecify.annotations.Nullable;

/**
 * Whether a server admits a user without asking for proof: one login on one node, the primary if there is one, that is
 * given up when the server asks. Nothing is proved to it, so that it can be done for whoever has not proved anything.
 * Event loop only.
 */
final class TrustProbe {
    /** How it ends; one of these, once, unless it is withdrawn. */
    interface Outcome {
        /** The server asks for nothing. */
        void trusted();

        /** It asks, or cannot tell now. */
        void asked();

        /** It asks for nothing, and does not let anybody in for this reason. */
        void refused(ServerMessage why);
    }

    private static final ServerMessage GIVEN_UP =
            ServerMessage.fatal(SqlState.INVALID_AUTHORIZATION, "the server asks for a proof");

    private final LoopServices loop;
    private final StartupKey key;
    private final String applicationName;
    private @Nullable LendRequest lending;
    private boolean underWay;
    private boolean challenged;

    TrustProbe(LoopServices loop, StartupKey key, String applicationName) {
        this.loop = loop;
        this.key = key;
        this.applicationName = applicationName;
    }

    void begin(Outcome outcome) {
        int node = node();
        if (node < 0) {
            outcome.asked();
            return;
        }
        BackendLogin unanswered = (code, data, answer) -> {
            challenged = true;
            answer.fail(GIVEN_UP);
        };
        underWay = true;
        lending = loop.shard()
                .lend(
                        loop.cluster().node(node).address(),
                        // a cached one would tell of the past
                        new Borrower(key, applicationName, () -> unanswered, Admission.PROVING, false),
                        new IdleHolder(),
                        new LendRequest.Outcome() {
                            @Override
                            public void lent(BackendConnection backend) {
                                underWay = false;
                                loop.connected(backend);
                                loop.shard().giveBack(backend);
                                outcome.trusted();
                            }

                            @Override
                            public void refused(OpenFailure why) {
                                underWay = false;
                                TrustProbe.this.refused(node, why, outcome);
                            }
                        });
    }

    private void refused(int node, OpenFailure why, Outcome outcome) {
        loop.failedToConnect(node, why);
        if (challenged) {
            loop.profiles().learnAsks(key);
            outcome.asked();
        } else if (why.answered() && why.message().sqlState().equals(SqlState.DATABASE_UNKNOWN)) {
            // no server looks for the database before it has taken the user in
            outcome.refused(why.message().asFatal());
        } else {
            outcome.asked();
        }
    }

    private int node() {
        ClusterView cluster = loop.cluster();
        Reader who = new Reader(applicationName, key.database(), key.user());
        return cluster.hasPrimary()
                ? cluster.primary()
                : loop.readNodeChooser(who)
                        .choose(loop.routing(), cluster, ReadNode.NONE)
                        .id();
    }

    /** Whether it is under way. */
    boolean isWanted() {
        return underWay;
    }

    void withdraw() {
        if (lending != null) {
            lending.withdraw();
        }
        underWay = false;
    }
}
