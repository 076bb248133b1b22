package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/** Holds a backend that no client uses: nothing that comes is for anyone. What else there is to do, subclasses say. */
public class IdleHolder implements BackendHolder {
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
