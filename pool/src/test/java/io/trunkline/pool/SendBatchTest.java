package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SendBatchTest {
    private final SendBatch batch = SendBatch.ofThisLoop();

    @Test
    void nothingIsSentBeforeTheLoopHasReadAll() {
        EmbeddedChannel first = written("first");
        EmbeddedChannel second = written("second");

        batch.flush(first);
        batch.flush(second);

        assertThat(first.outboundMessages()).isEmpty();
        first.runPendingTasks();
        assertThat(first.outboundMessages()).hasSize(1);
        assertThat(second.outboundMessages()).hasSize(1);
    }

    @Test
    void aFullBatchIsSentAtOnce() {
        List<EmbeddedChannel> channels = new ArrayList<>();
        for (int i = 0; i < SendBatch.LIMIT; i++) {
            channels.add(written("x"));
            batch.flush(channels.get(i));
        }

        assertThat(channels)
                .allSatisfy(channel -> assertThat(channel.outboundMessages()).hasSize(1));
    }

    @Test
    void aFlushThatAsksForAnotherIsSentInTheSameBatch() {
        EmbeddedChannel second = written("second");
        EmbeddedChannel first = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
            @Override
            public void flush(ChannelHandlerContext ctx) {
                ctx.flush();
                batch.flush(second);
            }
        });
        first.write(Unpooled.buffer());

        batch.flush(first);
        first.runPendingTasks();

        assertThat(second.outboundMessages()).hasSize(1);
    }

    private static EmbeddedChannel written(String text) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.write(text);
        return channel;
    }
}
