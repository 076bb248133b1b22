package io.trunkline.failover.probe;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.IdleHolder;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import org.jspecify.annotations.Nullable;

/** The query of one health check, whose rows nobody looks at. Event loop only. */
final class HealthQuery extends IdleHolder {
    /** How it ended. Just one method is called, once; none after {@link #abandon}. */
    interface Outcome {
        void succeeded();

        void failed(ServerMessage error);

        /** The connection ended without a word of the server. */
        void lost(String why);
    }

    private final Outcome outcome;
    private @Nullable BackendConnection backend;
    private @Nullable ServerMessage error;

    HealthQuery(Outcome outcome) {
        this.outcome = outcome;
    }

    /** Sends it over a connection that this holds. */
    void send(BackendConnection opened, String sql) {
        backend = opened;
        ByteBuf out = opened.buffer();
        FrontendMessages.query(out, sql);
        opened.replies().sent(Request.QUERY);
        opened.write(out);
        opened.flush();
    }

    /** Has the server stop, which would go on executing, and ends the connection. Nothing once the query has ended. */
    void abandon(BackendOpener opener) {
        if (backend != null) {
            opener.cancel(backend);
            close();
        }
    }

    private void close() {
        if (backend != null) {
            backend.close();
            backend = null;
        }
    }

    @Override
    public boolean failed(BackendConnection from, ReplyQueue.Mode mode, @Nullable ServerMessage message) {
        if (error == null) {
            error = message == null
                    ? ServerMessage.error(SqlState.INTERNAL_ERROR, "an error too long to be read")
                    : message;
        }
        return false;
    }

    @Override
    public void repliesRead(BackendConnection from) {
        if (backend != null && from.replies().isEmpty()) {
            close();
            if (error == null) {
                outcome.succeeded();
            } else {
                outcome.failed(error);
            }
        }
    }

    @Override
    public void lost(BackendConnection from, String why) {
        if (backend != null) {
            backend = null;
            if (error == null) {
                outcome.lost(why);
            } else {
                outcome.failed(error);
            }
        }
    }
}
