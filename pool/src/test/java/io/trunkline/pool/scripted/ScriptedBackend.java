package io.trunkline.pool.scripted;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.protocol.StartupPacket;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The server's side of one connection that Trunkline has made. */
public final class ScriptedBackend {
    private final int node;
    private final int pid;
    private final EmbeddedChannel channel;
    private final ByteBuf in = Unpooled.buffer();
    private @Nullable StartupPacket first;

    ScriptedBackend(int node, int pid, EmbeddedChannel channel) {
        this.node = node;
        this.pid = pid;
        this.channel = channel;
    }

    public int node() {
        return node;
    }

    public int pid() {
        return pid;
    }

    /** Trunkline's side of the connection. */
    public EmbeddedChannel channel() {
        return channel;
    }

    /** The first packet: a StartupMessage or a CancelRequest; null if it has not come. */
    public @Nullable StartupPacket firstPacket() {
        drain();
        if (first == null && in.readableBytes() >= 4 && in.readableBytes() >= in.getInt(in.readerIndex())) {
            first = StartupPacket.decode(in.readSlice(in.readInt() - 4));
        }
        return first;
    }

    /** The StartupMessage. */
    public StartupPacket.Startup startup() {
        return (StartupPacket.Startup) Objects.requireNonNull(firstPacket());
    }

    /** What has come since the last call, as {@link WireText}. */
    public String received() {
        firstPacket();
        return WireText.decode(WireText.Sender.CLIENT, in);
    }

    /** Sends messages, in one read. */
    public ScriptedBackend sends(String messages) {
        sends(WireText.encode(WireText.Sender.SERVER, messages));
        return this;
    }

    /** Sends bytes. */
    public void sends(ByteBuf bytes) {
        ByteBuf read = channel.alloc().buffer(bytes.readableBytes()).writeBytes(bytes);
        bytes.release();
        channel.writeInbound(read);
    }

    /** The server closes the connection. */
    public void disconnects() {
        channel.close();
        channel.runPendingTasks();
    }

    public boolean isOpen() {
        channel.runPendingTasks();
        return channel.isOpen();
    }

    /** Whether the server is read from. */
    public boolean isRead() {
        return channel.config().isAutoRead();
    }

    private void drain() {
        channel.runPendingTasks();
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            in.writeBytes(bytes);
            bytes.release();
        }
    }

    void finish() {
        channel.finishAndReleaseAll();
        in.release();
    }
}
