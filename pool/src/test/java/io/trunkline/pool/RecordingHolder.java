package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.pool.scripted.WireText;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Notes what a {@link BackendConnection} tells its holder. */
final class RecordingHolder implements BackendHolder {
    final List<String> events = new ArrayList<>();
    boolean wantsTags;
    private final ByteBuf replies = Unpooled.buffer();

    /** The messages that passed since the last call. */
    String replies() {
        return WireText.decode(WireText.Sender.SERVER, replies);
    }

    void finish() {
        if (replies.refCnt() > 0) {
            replies.release();
        }
    }

    @Override
    public void replies(BackendConnection backend, ByteBuf run) {
        replies.writeBytes(run);
        run.release();
    }

    @Override
    public void repliesRead(BackendConnection backend) {}

    @Override
    public void ready(BackendConnection backend, ReplyQueue.Mode mode) {
        events.add("ready " + (char) backend.status() + " " + mode);
    }

    @Override
    public boolean failed(BackendConnection backend, ReplyQueue.Mode mode, @Nullable ServerMessage error) {
        events.add("failed " + (error == null ? "unread" : error.sqlState()) + " " + mode);
        return true;
    }

    @Override
    public boolean parameterChanged(BackendConnection backend, ReplyQueue.Mode mode, String name, String value) {
        events.add(name + "=" + value);
        return mode == ReplyQueue.Mode.FORWARD;
    }

    @Override
    public boolean wantsCommandTags() {
        return wantsTags;
    }

    @Override
    public void completed(BackendConnection backend, ReplyQueue.Mode mode, String commandTag) {
        events.add("completed " + commandTag);
    }

    @Override
    public void lost(BackendConnection backend, String why) {
        events.add("lost: " + why);
    }

    @Override
    public void writabilityChanged(BackendConnection backend, boolean writable) {
        events.add("writable " + writable);
    }
}
