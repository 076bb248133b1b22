package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.trunkline.protocol.BackendTag;
import io.trunkline.protocol.FrameReader;
import io.trunkline.protocol.FrameSink;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection of Trunkline's own to a node, for small queries with small answers, one at a time. Event loop only.
 */
public final class QueryConnection extends IdleHolder {
    /** More than this is no small answer. */
    private static final int MAX_ROWS = 10_000;

    private static final int MAX_MESSAGE = 1024 * 1024;

    /** How a query ended. Called once, on the event loop. */
    public interface Answer {
        /** @param rows values as texts, null for SQL's null */
        void rows(List<List<@Nullable String>> rows);

        /** @param answered whether the server said no, or was not to be reached in time */
        void failed(String why, boolean answered);

        /** The server said no, and the connection goes on. */
        default void refused(ServerMessage error) {
            failed(error.toString(), true);
        }
    }

    private final EventLoop loop;
    private @Nullable BackendConnection backend;
    private @Nullable Answer awaited;
    private @Nullable ScheduledFuture<?> timeout;
    private final List<List<@Nullable String>> rows = new ArrayList<>();
    private @Nullable ServerMessage error;
    private final FrameReader reader = new FrameReader(new RowSink());

    public QueryConnection(EventLoop loop) {
        this.loop = loop;
    }

    /** The connection that it uses from now on; it is the holder of that. */
    public void use(BackendConnection opened) {
        backend = opened;
        opened.heldBy(this);
    }

    public boolean isOpen() {
        return backend != null && backend.isOpen();
    }

    /** Sends a query. The connection is closed if there is no answer within {@code timeoutMillis}. */
    public void query(String sql, long timeoutMillis, Answer answer) {
        send(timeoutMillis, answer, connection -> {
            ByteBuf out = connection.buffer();
            FrontendMessages.query(out, sql);
            connection.replies().sent(Request.QUERY);
            return out;
        });
    }

    /** The same for one statement with parameters, which are sent apart from it. */
    public void query(String sql, List<String> parameters, long timeoutMillis, Answer answer) {
        send(timeoutMillis, answer, connection -> {
            ByteBuf out = connection.buffer();
            FrontendMessages.extendedQuery(out, sql, parameters);
            connection.replies().sent(Request.PARSE);
            connection.replies().sent(Request.BIND);
            connection.replies().sent(Request.EXECUTE);
            connection.replies().sent(Request.SYNC);
            return out;
        });
    }

    private void send(long timeoutMillis, Answer answer, Function<BackendConnection, ByteBuf> request) {
        BackendConnection connection = backend;
        if (connection == null || !connection.isOpen() || awaited != null) {
            answer.failed(awaited != null ? "a query is running already" : "the connection is closed", false);
            return;
        }
        awaited = answer;
        rows.clear();
        error = null;
        timeout = loop.schedule(
                () -> {
                    close();
                    finish(waiting -> waiting.failed("no answer within " + timeoutMillis + " ms", false));
                },
                timeoutMillis,
                TimeUnit.MILLISECONDS);
        connection.write(request.apply(connection));
        connection.flush();
    }

    public void close() {
        if (backend != null) {
            backend.close();
            backend = null;
        }
        reader.close();
    }

    private void finish(Consumer<Answer> how) {
        Answer to = awaited;
        awaited = null;
        if (timeout != null) {
            timeout.cancel(false);
            timeout = null;
        }
        if (to != null) {
            how.accept(to);
        }
    }

    @Override
    public void replies(BackendConnection from, ByteBuf run) {
        reader.feed(run);
    }

    @Override
    public void repliesRead(BackendConnection from) {
        if (awaited != null && from.replies().isEmpty()) {
            ServerMessage refusal = error;
            if (refusal != null) {
                finish(answer -> answer.refused(refusal));
            } else {
                finish(answer -> answer.rows(List.copyOf(rows)));
            }
        }
    }

    @Override
    public boolean failed(BackendConnection from, ReplyQueue.Mode mode, @Nullable ServerMessage message) {
        error = message == null ? ServerMessage.error("XX000", "an error too long to be read") : message;
        return false;
    }

    @Override
    public void lost(BackendConnection from, String why) {
        backend = null;
        reader.close();
        String reason = error == null ? why : error.toString();
        finish(answer -> answer.failed(reason, false));
    }

    /** Collects the rows of an answer. */
    private final class RowSink implements FrameSink {
        @Override
        public int header(byte tag, int length) {
            if (tag != BackendTag.DATA_ROW) {
                return DROP;
            }
            if (length > MAX_MESSAGE || rows.size() >= MAX_ROWS) {
                throw new ProtocolViolation("an answer larger than expected");
            }
            return length + 1;
        }

        @Override
        public int message(byte tag, int length, ByteBuf in, int body, int available) {
            ByteBuf row = in.slice(body, available);
            int columns = row.readUnsignedShort();
            List<@Nullable String> values = new ArrayList<>(columns);
            for (int i = 0; i < columns; i++) {
                int size = row.readInt();
                values.add(
                        size < 0
                                ? null
                                : row.readCharSequence(size, StandardCharsets.UTF_8)
                                        .toString());
            }
            rows.add(values);
            return DROP;
        }

        @Override
        public void run(ByteBuf run) {
            run.release();
        }
    }
}
