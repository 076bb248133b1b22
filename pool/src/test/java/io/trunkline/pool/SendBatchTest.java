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
    @Test
    void nothingIsSentBeforeTheLoopHasReadAll() {
        EmbeddedChannel first = written("first");
        EmbeddedChannel second = written("second");

        sends(first);
        sends(second);

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
            sends(channels.get(i));
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
                sends(second);
            }
        });
        first.write(Unpooled.buffer());

        sends(first);
        first.runPendingTasks();

        assertThat(second.outboundMessages()).hasSize(1);
    }

    private static void sends(EmbeddedChannel channel) {
        SendBatch.ofThisLoop().add(new Outgoing(channel), channel.eventLoop());
    }

    private static EmbeddedChannel written(String text) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.write(text);
        return channel;
    }
}
