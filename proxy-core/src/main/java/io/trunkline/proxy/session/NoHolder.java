package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendHolder;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/** Holds a backend between its opening and its first use: nothing that comes is for anyone. */
enum NoHolder implements BackendHolder {
    INSTANCE;

    @Override
    public void replies(BackendConnection backend, ByteBuf run) {
        run.release();
    }

    @Override
    public void repliesRead(BackendConnection backend) {}

    @Override
    public void ready(BackendConnection backend, ReplyQueue.Mode mode) {}

    @Override
    public boolean failed(BackendConnection backend, ReplyQueue.Mode mode, @Nullable ServerMessage error) {
        return false;
    }

    @Override
    public boolean parameterChanged(BackendConnection backend, ReplyQueue.Mode mode, String name, String value) {
        return false;
    }

    @Override
    public boolean wantsCommandTags() {
        return false;
    }

    @Override
    public void completed(BackendConnection backend, ReplyQueue.Mode mode, String commandTag) {}

    @Override
    public void lost(BackendConnection backend, String why) {}

    @Override
    public void writabilityChanged(BackendConnection backend, boolean writable) {}
}
