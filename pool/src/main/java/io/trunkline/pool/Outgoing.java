package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.trunkline.protocol.tls.TlsHandler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What one connection sends, together with others of its event loop ({@link SendBatch}).
 *
 * <p>Most often that is one buffer, with a few bytes behind it perhaps, which the socket takes whole. Then it is given to the
 * socket as it is: on the way through the channel's pipeline and its queue a short message costs as much as all that is
 * decided about it. Whatever is more, or does not fit, or is to be encrypted, goes that way. Event loop only, from when the
 * channel's handlers for TLS are there.
 */
public final class Outgoing {
    /** So many bytes are sooner copied behind others than sent beside them. */
    private static final int FEW = 1024;

    private final Channel channel;

    /** Null where bytes have to go through the channel. */
    private final @Nullable Socket socket;

    private SendBatch sends = SendBatch.ofThisLoop();

    /** All that is to be sent and that the channel does not know of; null if there is nothing. */
    private @Nullable ByteBuf single;

    private boolean dirty;

    public Outgoing(Channel channel) {
        this.channel = channel;
        this.socket = (channel instanceof EpollSocketChannel || channel instanceof EpollDomainSocketChannel)
                        && TlsHandler.of(channel) == null
                ? (Socket) ((UnixChannel) channel).fd()
                : null;
    }

    /** Belongs to the calling event loop from now on. */
    void entered() {
        sends = SendBatch.ofThisLoop();
    }

    /** Sends bytes with the next {@link #flush()}. Takes the buffer over. */
    public void write(ByteBuf bytes) {
        dirty = true;
        if (socket != null && single == null && bytes.hasMemoryAddress() && hasNothingPending()) {
            single = bytes;
        } else if (single != null && joins(single, bytes)) {
            single.writeBytes(bytes);
            bytes.release();
        } else {
            passSingle();
            channel.write(bytes, channel.voidPromise());
        }
    }

    /** Whether there is room in {@code first} that nobody else may look at; a slice has none. */
    private static boolean joins(ByteBuf first, ByteBuf bytes) {
        int few = bytes.readableBytes();
        return few <= FEW && few <= first.writableBytes() && first.refCnt() == 1;
    }

    /** Sends what was written since the last call, if anything. */
    public void flush() {
        if (dirty) {
            dirty = false;
            sends.add(this, channel.eventLoop());
        }
    }

    /** Gives all that was written to the channel, before something else is written there. */
    public void passToChannel() {
        dirty = false;
        passSingle();
    }

    /** Whether the operating system has all that was written. */
    public boolean isAllSent() {
        return single == null && hasNothingPending();
    }

    /** The channel is closed: nothing is sent any more. */
    public void discard() {
        if (single != null) {
            single.release();
            single = null;
        }
    }

    /** Sends at once. */
    void send() {
        ByteBuf bytes = single;
        if (bytes == null || socket == null) {
            channel.flush();
            return;
        }
        single = null;
        if (!channel.isOpen()) {
            // the number of its socket may be another connection's by now
            bytes.release();
            return;
        }
        try {
            bytes.skipBytes(socket.sendAddress(bytes.memoryAddress(), bytes.readerIndex(), bytes.writerIndex()));
        } catch (IOException broken) {
            // the channel meets it too, and tells its handlers
        }
        if (bytes.isReadable()) {
            channel.writeAndFlush(bytes, channel.voidPromise());
        } else {
            bytes.release();
        }
    }

    private void passSingle() {
        ByteBuf bytes = single;
        if (bytes != null) {
            single = null;
            channel.write(bytes, channel.voidPromise());
        }
    }

    private boolean hasNothingPending() {
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        return pending != null && pending.totalPendingWriteBytes() == 0;
    }
}
