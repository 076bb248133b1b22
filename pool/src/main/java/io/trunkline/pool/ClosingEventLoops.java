package io.trunkline.pool;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/**
 * Event loops that close their channels when they end, whatever they are doing just then. Netty's look at whether they end
 * before they run their tasks; one that is told to end while it runs them is gone after that, and its channels stay open.
 */
final class ClosingEventLoops extends MultiThreadIoEventLoopGroup {
    ClosingEventLoops(int threads, ThreadFactory threadFactory, IoHandlerFactory ioHandlers) {
        super(threads, threadFactory, ioHandlers);
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory ioHandlers, Object... arguments) {
        return new Loop(this, executor, ioHandlers);
    }

    private static final class Loop extends SingleThreadIoEventLoop {
        Loop(ClosingEventLoops group, Executor executor, IoHandlerFactory ioHandlers) {
            super(group, executor, ioHandlers);
        }

        /** Called after the tasks of each round, and runs those that have come since. */
        @Override
        protected boolean confirmShutdown() {
            if (!isShuttingDown()) {
                return false;
            }
            ioHandler().prepareToDestroy();
            boolean isOver = super.confirmShutdown();
            if (isOver) {
                // the last tasks may have opened one more
                ioHandler().prepareToDestroy();
            }
            return isOver;
        }
    }
}
