package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.pool.BufferMemory.Pressure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BufferMemoryTest {
    private static final int KILOBYTE = 1024;

    private final long before = BufferMemory.inUse();
    private final BufferMemory memory = new BufferMemory(before + 1024 * KILOBYTE);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private ByteBuf held = Unpooled.EMPTY_BUFFER;

    @AfterEach
    void release() {
        held.release();
        channel.finishAndReleaseAll();
    }

    private void take(int kilobytes) {
        memory.govern(channel);
        held = channel.alloc().directBuffer(kilobytes * KILOBYTE);
        memory.bound(before + 1024 * KILOBYTE);
    }

    @Test
    void whatIsInUseIsMeasuredAsItComesAndGoes() {
        take(768);
        assertThat(BufferMemory.inUse() - before).isBetween(768L * KILOBYTE, 1024L * KILOBYTE);
        assertThat(memory.isFull()).isTrue();
        held.release();
        held = Unpooled.EMPTY_BUFFER;
        assertThat(memory.isFull()).isFalse();
        assertThat(memory.pressure()).isEqualTo(Pressure.NONE);
    }

    @Test
    @SuppressWarnings("deprecation") // the type that the transports ask for
    void readsGetSmallerFromHalfOfTheBoundOn() {
        take(512);
        assertThat(memory.pressure()).isEqualTo(Pressure.TIGHT);
        assertThat(memory.isFull()).isFalse();
        RecvByteBufAllocator.Handle reads =
                channel.config().getRecvByteBufAllocator().newHandle();
        for (int read = 0; read < 20; read++) {
            reads.attemptedBytesRead(64 * KILOBYTE);
            reads.lastBytesRead(64 * KILOBYTE);
            reads.readComplete();
        }
        ByteBuf read = reads.allocate(channel.alloc());
        assertThat(read.capacity()).isEqualTo(Pressure.TIGHT.read());
        read.release();
    }

    @Test
    @SuppressWarnings("deprecation") // the type that the transports ask for
    void whoReadsMuchNoticesThatMemoryHasGotShort() {
        take(1);
        ByteBuf taken = channel.alloc().directBuffer(600 * KILOBYTE);
        assertThat(memory.pressure()).isEqualTo(Pressure.NONE);
        RecvByteBufAllocator.Handle reads =
                channel.config().getRecvByteBufAllocator().newHandle();
        for (int read = 0; read < 1024 && memory.pressure() == Pressure.NONE; read++) {
            reads.allocate(channel.alloc()).release();
        }
        assertThat(memory.pressure()).isEqualTo(Pressure.TIGHT);
        taken.release();
    }

    @Test
    void lessMayWaitToBeSentWhileMemoryIsShort() {
        assertThat(channel.isWritable()).isTrue();
        BufferMemory.press(channel, Pressure.FULL);
        channel.write(Unpooled.buffer().writeByte(1));
        assertThat(channel.isWritable()).isFalse();
        channel.flush();
        assertThat(channel.isWritable()).isTrue();
    }

    @Test
    void withoutABoundThereIsNoPressure() {
        take(768);
        assertThat(BufferMemory.unbounded().isFull()).isFalse();
    }
}
