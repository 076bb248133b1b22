package io.trunkline.pool;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;

/**
 * An event loop that has nothing to do lets others on its processor run first, and waits only then. Those that it has just
 * sent something to run meanwhile, and what they answer finds it awake; on an idle machine it costs one system call. See
 * docs/adr/0029-yield-before-waiting.md for what it is worth.
 */
final class YieldBeforeWait implements SelectStrategy {
    @Override
    public int calculateStrategy(IntSupplier selectNow, boolean hasTasks) throws Exception {
        if (hasTasks) {
            return selectNow.get();
        }
        Thread.yield();
        return SELECT;
    }
}
