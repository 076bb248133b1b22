package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Decides how much is read from a connection at once, and how often before others have their turn: buffers as large as what
 * came last, and smaller ones while memory is short ({@link BufferMemory}).
 */
final class MeasuredReads implements RecvByteBufAllocator {
    /** Reads of one connection before others have their turn. */
    private static final int READS = 16;

    /** Shared: only its handles have a state. */
    private static final AdaptiveRecvByteBufAllocator ADAPTIVE = adaptive();

    private final BufferMemory memory;

    MeasuredReads(BufferMemory memory) {
        this.memory = memory;
    }

    private static AdaptiveRecvByteBufAllocator adaptive() {
        AdaptiveRecvByteBufAllocator adaptive = new AdaptiveRecvByteBufAllocator();
        adaptive.maxMessagesPerRead(READS);
        return adaptive;
    }

    @Override
    @SuppressWarnings("deprecation") // the type that the transports ask for
    public Handle newHandle() {
        return new Measured((ExtendedHandle) ADAPTIVE.newHandle(), memory);
    }

    private static final class Measured implements ExtendedHandle {
        private final ExtendedHandle adaptive;
        private final BufferMemory memory;

        Measured(ExtendedHandle adaptive, BufferMemory memory) {
            this.adaptive = adaptive;
            this.memory = memory;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            int bytes = guess();
            memory.reading(bytes);
            return allocator.ioBuffer(bytes);
        }

        @Override
        public int guess() {
            return Math.min(adaptive.guess(), memory.pressure().read());
        }

        @Override
        public void reset(ChannelConfig config) {
            adaptive.reset(config);
        }

        @Override
        public void incMessagesRead(int messages) {
            adaptive.incMessagesRead(messages);
        }

        @Override
        public void lastBytesRead(int bytes) {
            adaptive.lastBytesRead(bytes);
        }

        @Override
        public int lastBytesRead() {
            return adaptive.lastBytesRead();
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            adaptive.attemptedBytesRead(bytes);
        }

        @Override
        public int attemptedBytesRead() {
            return adaptive.attemptedBytesRead();
        }

        @Override
        public boolean continueReading() {
            return adaptive.continueReading();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return adaptive.continueReading(maybeMoreData);
        }

        @Override
        public void readComplete() {
            adaptive.readComplete();
        }
    }
}
