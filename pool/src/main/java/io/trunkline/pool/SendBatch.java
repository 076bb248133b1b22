package io.trunkline.pool;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;

/**
 * The connections of one event loop that have something to send. They send when the loop has read from some that were
 * ready: several receives and then several sends cost less than both in turn, as each stays on its own path through the
 * kernel and whoever is woken finds more to do. One for each event loop, and only for its thread.
 */
final class SendBatch {
    /** So many connections wait for one another at most, which bounds what the first of them loses. */
    static final int LIMIT = 8;

    private static final FastThreadLocal<SendBatch> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected SendBatch initialValue() {
            return new SendBatch();
        }
    };

    private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>(LIMIT);
    private final Runnable run = this::run;
    private boolean scheduled;

    private SendBatch() {}

    /** The batch of the calling event loop. */
    static SendBatch ofThisLoop() {
        return OF_THREAD.get();
    }

    /** Has {@code next} send, before {@code loop}, the calling one, waits for anything. */
    void add(Outgoing next, EventLoop loop) {
        waiting.add(next);
        if (waiting.size() >= LIMIT) {
            flushAll();
        } else if (!scheduled) {
            scheduled = true;
            loop.execute(run);
        }
    }

    private void run() {
        scheduled = false;
        flushAll();
    }

    private void flushAll() {
        // to send may end in a call to add(): hence not a loop over a fixed number
        Outgoing next = waiting.poll();
        while (next != null) {
            next.send();
            next = waiting.poll();
        }
    }
}
