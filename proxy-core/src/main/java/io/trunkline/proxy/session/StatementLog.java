package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.BackendConnection;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import java.nio.charset.StandardCharsets;

/**
 * Says which statements go where, to the log and to the client, in the words of Pgpool-II (its manual, "Error Reporting
 * and Logging": log_statement, log_per_node_statement, notice_per_node_statement). Event loop only.
 */
final class StatementLog {
    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionNodes nodes;
    private final SessionState state;

    StatementLog(FrontendConnection front, LoopServices loop, SessionNodes nodes, SessionState state) {
        this.front = front;
        this.loop = loop;
        this.nodes = nodes;
        this.state = state;
    }

    /** Whether anybody wants to know; the texts of statements have to be kept then. */
    boolean isOn() {
        return loop.settings(state).logging().asksForStatements();
    }

    /** A Query goes to {@code backend}. */
    void query(BackendConnection backend, ByteBuf in, int from, int length) {
        SessionLogging logging = loop.settings(state).logging();
        if (logging.asksForStatements()) {
            String statement = in.toString(from, length, StandardCharsets.UTF_8);
            if (logging.statements()) {
                say(logging, "statement: " + statement);
            }
            perNode(logging, backend, statement);
        }
    }

    /** A statement that goes elsewhere goes to {@code backend} as well. */
    void alsoTo(BackendConnection backend, String statement) {
        perNode(loop.settings(state).logging(), backend, statement);
    }

    /**
     * A message of the extended protocol goes to {@code backend}.
     *
     * @param message its name, such as {@code Parse}
     */
    void extended(BackendConnection backend, String message, PreparedStatement statement) {
        SessionLogging logging = loop.settings(state).logging();
        if (logging.asksForStatements()) {
            String text = statement.text();
            if (logging.statements() && message.equals("Execute")) {
                say(logging, "statement: " + text);
            }
            perNode(logging, backend, message + ": " + text);
        }
    }

    private void perNode(SessionLogging logging, BackendConnection backend, String statement) {
        if (logging.nodeStatements()) {
            say(
                    logging,
                    "DB node id: " + backend.node() + " backend pid: " + backend.serverPid() + " statement: "
                            + statement);
        }
        if (logging.nodeNotices() && logging.tellsNotices() && !nodes.backends().isInsideReply()) {
            front.tell(ServerMessage.notice(
                    SqlState.SUCCESSFUL_COMPLETION, "DB node id: " + backend.node() + " statement: " + statement));
        }
    }

    private void say(SessionLogging logging, String message) {
        SessionLog.say(front, message, null);
        if (logging.tellsLog() && !nodes.backends().isInsideReply()) {
            front.tell(ServerMessage.log(message));
        }
    }
}
