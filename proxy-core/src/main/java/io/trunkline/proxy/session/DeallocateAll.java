package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.LendRequest;
import io.trunkline.pool.OpenFailure;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.proxy.route.StatementGroup;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * DEALLOCATE ALL of a session that does as with an older Pgpool-II, where each session has a connection to each node: the
 * node for reads gets the statement too, even if nothing of the session is there yet. It gets it first, so that nothing
 * is prepared there before it is through.
 *
 * <p>If no connection to that node can be had, or only when others give one back, the statement goes without. Event loop
 * only.
 */
final class DeallocateAll {
    private final ClientSession session;
    private final LoopServices loop;
    private final SessionLogin login;
    private final SessionNodes nodes;
    private final StatementLog log;

    /** A backend of the read node that is being opened for the statement at hand. */
    private @Nullable LendRequest wanted;

    /** The backend of the read node that has got the statement at hand. */
    private @Nullable AttachedBackend asked;

    /** None could be had for it. */
    private boolean goesWithout;

    DeallocateAll(ClientSession session, LoopServices loop, SessionLogin login, SessionNodes nodes, StatementLog log) {
        this.session = session;
        this.loop = loop;
        this.login = login;
        this.nodes = nodes;
        this.log = log;
    }

    /** Whether sessions have this habit. */
    static boolean isHabit(LoopServices loop) {
        return loop.settings().likeOlderPgpool() && loop.isBalancing();
    }

    /**
     * Whether the statement has to wait, as it goes to the read node first; it is offered again then.
     *
     * @param here where it goes anyway
     * @param statement its text
     */
    boolean isAwaited(AttachedBackend here, byte[] statement) {
        if (wanted != null || owesAnswer()) {
            return true;
        }
        if (asked != null
                || goesWithout
                || login.ownBackend() != null
                || nodes.pooling().isOn()) {
            over();
            return false;
        }
        int node = nodes.choice().chosenReadNode();
        if (node < 0 || node == here.node()) {
            return false;
        }
        if (nodes.backends().on(node) == null) {
            ask(node);
        }
        AttachedBackend there = nodes.backends().on(node);
        if (there == null) {
            return wanted != null;
        }
        if (there.batchOpen || there.hasFailed() || there.isUnusable()) {
            return false;
        }
        send(there, statement);
        return true;
    }

    /** The statement at hand is done with. */
    void over() {
        asked = null;
        goesWithout = false;
        if (wanted != null) {
            wanted.withdraw();
            wanted = null;
        }
    }

    private boolean owesAnswer() {
        return asked != null && nodes.backends().on(asked.node()) == asked && !asked.isDrained();
    }

    private void send(AttachedBackend there, byte[] statement) {
        asked = there;
        ByteBuf out = there.connection.buffer();
        FrontendMessages.query(out, statement);
        there.replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, ok -> {
            if (ok) {
                there.statements.forgetAll();
            }
        });
        there.statements.forgetUnnamed();
        there.connection.write(out);
        there.connection.flush();
        loop.metrics().sent(there.node(), StatementGroup.OTHER);
        log.alsoTo(there.connection, new String(statement, StandardCharsets.UTF_8));
    }

    private void ask(int node) {
        Outcome outcome = new Outcome(node);
        LendRequest request = nodes.loans().ask(node, outcome);
        outcome.inCall = false;
        if (outcome.isOver) {
            return;
        }
        if (request.isQueued()) {
            request.withdraw();
        } else {
            wanted = request;
        }
    }

    private final class Outcome implements LendRequest.Outcome {
        private final int node;
        private boolean inCall = true;
        private boolean isOver;

        Outcome(int node) {
            this.node = node;
        }

        @Override
        public void lent(BackendConnection backend) {
            boolean inService = loop.cluster().node(node).status().isInService();
            if (nodes.isReleased() || !inService) {
                loop.shard().giveBack(backend);
            } else {
                nodes.loans().lent(backend);
            }
            ended(!inService);
        }

        @Override
        public void refused(OpenFailure why) {
            loop.failedToConnect(node, why);
            ended(true);
        }

        private void ended(boolean inVain) {
            isOver = true;
            wanted = null;
            if (!inCall && !nodes.isReleased()) {
                goesWithout = inVain;
                session.proceed();
            }
        }
    }
}
