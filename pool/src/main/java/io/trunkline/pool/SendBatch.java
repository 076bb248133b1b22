package io.trunkline.pool;

import io.netty.channel.Channel;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;

/**
 * The connections of one event loop that have something to send. They send when the loop has read from all that were
 * ready: many receives and then many sends cost less than both in turn, as each stays on its own path through the
 * kernel and whoever is woken finds more to do. One for each event loop, and only for its thread.
 */
public final class SendBatch {
    /** So many connections wait for one another at most, which bounds what the first of them loses. */
    static final int LIMIT = 32;

    private static final FastThreadLocal<SendBatch> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected SendBatch initialValue() {
            return new SendBatch();
        }
    };

    private final ArrayDeque<Channel> waiting = new ArrayDeque<>(LIMIT);
    private final Runnable run = this::run;
    private boolean scheduled;

    private SendBatch() {}

    /** The batch of the calling event loop. */
    public static SendBatch ofThisLoop() {
        return OF_THREAD.get();
    }

    /** Flushes {@code channel}, before the loop waits for anything. */
    public void flush(Channel channel) {
        waiting.add(channel);
        if (waiting.size() >= LIMIT) {
            flushAll();
        } else if (!scheduled) {
            scheduled = true;
            channel.eventLoop().execute(run);
        }
    }

    private void run() {
        scheduled = false;
        flushAll();
    }

    private void flushAll() {
        // a flush may end in a call to flush(): hence not a loop over a fixed number
        Channel next = waiting.poll();
        while (next != null) {
            next.flush();
            next = waiting.poll();
        }
    }
}
