package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.BackendConnection;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says which statements go where, to the log and to the client, in the words of Pgpool-II (its manual, "Error Reporting
 * and Logging": log_statement, log_per_node_statement, notice_per_node_statement). Event loop only.
 */
final class StatementLog {
    private static final Logger log = LoggerFactory.getLogger("io.trunkline.statements");

    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionNodes nodes;
    private final SessionState state;

    StatementLog(FrontendConnection front, LoopServices loop, SessionNodes nodes, SessionState state) {
        this.state = state;
        this.front = front;
        this.loop = loop;
        this.nodes = nodes;
    }

    /** Whether anybody wants to know; the texts of statements have to be kept then. */
    boolean isOn() {
        SessionLimits limits = loop.settings(state);
        return limits.logStatement() || limits.logPerNodeStatement() || limits.noticePerNodeStatement();
    }

    /** A Query goes to {@code backend}. */
    void query(BackendConnection backend, ByteBuf in, int from, int length) {
        if (isOn()) {
            String statement = in.toString(from, length, StandardCharsets.UTF_8);
            if (loop.settings(state).logStatement()) {
                log.info("{} statement: {}", front.identity(), statement);
            }
            perNode(backend, statement);
        }
    }

    /**
     * A message of the extended protocol goes to {@code backend}.
     *
     * @param message its name, such as {@code Parse}
     */
    void extended(BackendConnection backend, String message, PreparedStatement statement) {
        if (isOn()) {
            String text = statement.text();
            if (loop.settings(state).logStatement() && message.equals("Execute")) {
                log.info("{} statement: {}", front.identity(), text);
            }
            perNode(backend, message + ": " + text);
        }
    }

    private void perNode(BackendConnection backend, String statement) {
        if (loop.settings(state).logPerNodeStatement()) {
            log.info(
                    "{} DB node id: {} backend pid: {} statement: {}",
                    front.identity(),
                    backend.node(),
                    backend.serverPid(),
                    statement);
        }
        if (loop.settings(state).noticePerNodeStatement() && !nodes.isInsideReply()) {
            ByteBuf out = front.buffer();
            ServerMessage.notice(
                            SqlState.SUCCESSFUL_COMPLETION,
                            "DB node id: " + backend.node() + " statement: " + statement)
                    .encodeNotice(out);
            front.write(out);
        }
    }
}
