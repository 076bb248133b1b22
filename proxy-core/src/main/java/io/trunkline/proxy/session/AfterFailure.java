package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;
import java.nio.charset.StandardCharsets;

/**
 * Query messages in a transaction that has failed at a server: an older Pgpool-II refuses them itself and quotes the
 * statement, where {@link SessionLimits#likeOlderPgpool} says so. Event loop only.
 */
final class AfterFailure {
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionNodes nodes;
    private final SessionState state;

    AfterFailure(FrontendConnection front, LoopServices loop, SessionNodes nodes, SessionState state) {
        this.front = front;
        this.loop = loop;
        this.nodes = nodes;
        this.state = state;
    }

    /** What a server tells who goes on in a transaction that has failed. */
    static ServerMessage error() {
        return ServerMessage.error(
                SqlState.IN_FAILED_TRANSACTION,
                "current transaction is aborted, commands ignored until end of transaction block");
    }

    /** Whether a statement, a single one, does not end the transaction, so that a server would only refuse it. */
    boolean takes(Plan plan) {
        if (!loop.settings().likeOlderPgpool()
                || !nodes.backends().isDrained()
                || nodes.backends().status() != TransactionStatus.FAILED
                || state.transaction.isFailed()) {
            return false;
        }
        return switch (plan.effect()) {
            case COMMIT, ROLLBACK, ROLLBACK_TO, PREPARE_TRANSACTION -> false;
            default ->
                plan.rule() != Rule.MULTIPLE && plan.rule() != Rule.TOO_LONG && plan.rule() != Rule.NOT_UNDERSTOOD;
        };
    }

    /** Refuses it. */
    void refuse(ByteBuf in, int body, int available) {
        front.reader().cutRun();
        String statement = in.toString(body, RequestFields.queryLength(in, body, available), StandardCharsets.UTF_8);
        ByteBuf out = front.buffer();
        error().withDetail("statement: " + statement).encodeError(out);
        BackendMessages.readyForQuery(out, TransactionStatus.FAILED);
        front.write(out);
    }
}
