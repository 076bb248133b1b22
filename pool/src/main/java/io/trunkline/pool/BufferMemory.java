package io.trunkline.pool;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bound to what the buffers of all connections, to clients and to servers, take together (max_buffer_memory).
 *
 * <p>Each connection has bounds of its own, but thousands that are slow at the same time would be more than there is.
 * So connections get less as the bound comes nearer: smaller reads, and less that may wait to be sent before the other
 * side is not read any more. Nothing is lost by it, all goes on more slowly. Where that is not enough, no more clients are
 * let in.
 *
 * <p>What is in use is what the allocator has given out, whole buffers with what is unused of them. It is looked at by
 * whoever reads: each time that an event loop has taken so much for it that the picture may have changed, and while memory
 * is short with every read, but once a millisecond at most. Safe for any thread.
 */
public final class BufferMemory {
    private static final Logger log = LoggerFactory.getLogger(BufferMemory.class);

    /** How near the bound is. */
    public enum Pressure {
        /** Not near. */
        NONE(64 * 1024, 32 * 1024, 64 * 1024),

        /** Half is in use. */
        TIGHT(4 * 1024, 4 * 1024, 8 * 1024),

        /** Three quarters are: nothing is read for a connection that has anything left to send. The rest is for what is there. */
        FULL(2 * 1024, 1, 1);

        private final int read;
        private final int low;
        private final int high;

        Pressure(int read, int low, int high) {
            this.read = read;
            this.low = low;
            this.high = high;
        }

        /** The most that is read at once, in bytes. */
        public int read() {
            return read;
        }
    }

    private static final PooledByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** So much may an event loop take at most without looking, and this part of the bound. */
    private static final int LOOK_BYTES = 128 * 1024;

    private static final int LOOK_PART = 64;

    private static final FastThreadLocal<Unseen> UNSEEN = new FastThreadLocal<>() {
        @Override
        protected Unseen initialValue() {
            return new Unseen();
        }
    };
    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(10);

    private volatile long limit;
    private volatile int lookBytes;
    private volatile Pressure pressure = Pressure.NONE;
    private volatile long lookedNanos = System.nanoTime() - LOOK_NANOS;
    private volatile long loggedNanos = System.nanoTime() - LOG_NANOS;

    /** @param limit in bytes */
    public BufferMemory(long limit) {
        this.limit = limit;
        this.lookBytes = lookBytes(limit);
    }

    private static int lookBytes(long limit) {
        return (int) Math.min(LOOK_BYTES, limit / LOOK_PART);
    }

    /** For few connections, which need no bound. */
    public static BufferMemory unbounded() {
        return new BufferMemory(Long.MAX_VALUE);
    }

    /** Puts another bound in the place of the old. */
    public void bound(long bytes) {
        limit = bytes;
        lookBytes = lookBytes(bytes);
        look();
    }

    public long limit() {
        return limit;
    }

    /** What all buffers of this process take now, in bytes. */
    public static long inUse() {
        return ALLOCATOR.pinnedDirectMemory() + ALLOCATOR.pinnedHeapMemory();
    }

    /** What has been taken from the operating system for them, and is not given back at once. */
    public static long reserved() {
        return ALLOCATOR.metric().usedDirectMemory() + ALLOCATOR.metric().usedHeapMemory();
    }

    /** As of a moment ago. */
    public Pressure pressure() {
        return pressure;
    }

    /** Whether connections have to do with less than they would like. */
    public boolean isTight() {
        return pressure != Pressure.NONE;
    }

    /** Looks anew. @return whether nobody else is to be let in */
    public boolean isFull() {
        look();
        return pressure == Pressure.FULL;
    }

    /** Has a connection's buffers count, and its reads get smaller when they have to. Before its first read. */
    public void govern(Channel channel) {
        ChannelConfig config = channel.config();
        config.setAllocator(ALLOCATOR);
        config.setRecvByteBufAllocator(new MeasuredReads(this));
    }

    /** A buffer of {@code bytes} is about to be taken, to read into. */
    void reading(int bytes) {
        Unseen unseen = UNSEEN.get();
        unseen.bytes += bytes;
        if (unseen.bytes < lookBytes && pressure == Pressure.NONE) {
            return;
        }
        long now = System.nanoTime();
        if (now - lookedNanos >= LOOK_NANOS) {
            unseen.bytes = 0;
            lookedNanos = now;
            look();
        }
    }

    /** What an event loop has taken since it looked last. */
    private static final class Unseen {
        int bytes;
    }

    private void look() {
        long bound = limit;
        long used = bound == Long.MAX_VALUE ? 0 : inUse();
        Pressure now = used < bound / 2 ? Pressure.NONE : used < bound - bound / 4 ? Pressure.TIGHT : Pressure.FULL;
        if (now != pressure) {
            pressure = now;
            tell(now, used, bound);
        }
    }

    private void tell(Pressure now, long used, long bound) {
        long time = System.nanoTime();
        if (now != Pressure.NONE && time - loggedNanos > LOG_NANOS) {
            loggedNanos = time;
            log.warn(
                    "buffers take {} of the {} bytes of max_buffer_memory: {}",
                    used,
                    bound,
                    now == Pressure.FULL ? "no more clients are let in" : "connections are read more slowly");
        }
    }

    /** What may wait to be sent on a connection before {@code channel.isWritable()} says no, as things stand. */
    public static void press(Channel channel, Pressure pressure) {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(pressure.low, pressure.high));
    }
}
