package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.TransactionStatus;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds a backend between two sessions: while the reset queries run, and while it is idle. A reset that fails, or a
 * backend that breaks, is told to {@code unusable}, once.
 */
final class ResetHolder extends IdleHolder {
    /** A server that takes longer to forget a session is not worth the wait. */
    private static final int TIMEOUT_SECONDS = 30;

    private final Consumer<BackendConnection> ready;
    private final Consumer<BackendConnection> unusable;
    private @Nullable ScheduledFuture<?> timeout;
    private boolean failed;
    private boolean resetting;

    ResetHolder(Consumer<BackendConnection> ready, Consumer<BackendConnection> unusable) {
        this.ready = ready;
        this.unusable = unusable;
    }

    void begin(BackendConnection backend, List<String> queries) {
        ByteBuf out = backend.buffer();
        for (String query : queries) {
            // ABORT is sent where there is something to abort; without, the server would warn
            if (!isAbort(query) || backend.status() != TransactionStatus.IDLE) {
                FrontendMessages.query(out, query);
                backend.replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, null);
            }
        }
        resetting = true;
        timeout = backend.eventLoop()
                .schedule(
                        () -> {
                            failed = true;
                            repliesRead(backend);
                        },
                        TIMEOUT_SECONDS,
                        TimeUnit.SECONDS);
        backend.write(out);
        backend.flush();
        repliesRead(backend);
    }

    private static boolean isAbort(String query) {
        String word = query.strip().toUpperCase(Locale.ROOT);
        return word.equals("ABORT") || word.equals("ROLLBACK");
    }

    @Override
    public void repliesRead(BackendConnection backend) {
        if (resetting && (failed || backend.replies().isEmpty())) {
            resetting = false;
            cancelTimeout();
            if (failed || !backend.isClean()) {
                unusable.accept(backend);
            } else {
                ready.accept(backend);
            }
        }
    }

    @Override
    public boolean failed(BackendConnection backend, ReplyQueue.Mode mode, @Nullable ServerMessage error) {
        failed = true;
        return false;
    }

    @Override
    public void lost(BackendConnection backend, String why) {
        resetting = false;
        cancelTimeout();
        unusable.accept(backend);
    }

    private void cancelTimeout() {
        if (timeout != null) {
            timeout.cancel(false);
            timeout = null;
        }
    }
}
