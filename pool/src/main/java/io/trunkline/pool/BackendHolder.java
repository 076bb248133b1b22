package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/**
 * Who uses a {@link BackendConnection} now: a client session, or Trunkline itself. All calls come from the event loop
 * that both live on.
 */
public interface BackendHolder {
    /** Whole or partial messages for the client, in order. The receiver releases the buffer. */
    void replies(BackendConnection backend, ByteBuf run);

    /** The end of a batch of replies: the time to flush, and to go on with what waited for them. */
    void repliesRead(BackendConnection backend);

    /** A ReadyForQuery came; the status of the backend has been updated. */
    void ready(BackendConnection backend, ReplyQueue.Mode mode);

    /**
     * An ErrorResponse came.
     *
     * @param error null if it is too long to be looked into
     * @return whether it goes to the client, if {@code mode} says so
     */
    boolean failed(BackendConnection backend, ReplyQueue.Mode mode, @Nullable ServerMessage error);

    /** A ParameterStatus came and has been noted. @return whether it goes to the client */
    boolean parameterChanged(BackendConnection backend, ReplyQueue.Mode mode, String name, String value);

    /** Whether {@link #completed} wants to be told command tags now. */
    boolean wantsCommandTags();

    /** A CommandComplete came, and {@link #wantsCommandTags()}. */
    void completed(BackendConnection backend, ReplyQueue.Mode mode, String commandTag);

    /** The connection is gone, for a reason that {@code why} says. The holder must let go of it. */
    void lost(BackendConnection backend, String why);

    /** The backend takes bytes again, or should be sent no more for now. */
    void writabilityChanged(BackendConnection backend, boolean writable);
}
