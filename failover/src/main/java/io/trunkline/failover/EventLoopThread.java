package io.trunkline.failover;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** An event loop as the coordinator's thread. */
public final class EventLoopThread implements CoordinatorLoop {
    private final EventLoop loop;
    private final Clock clock;

    public EventLoopThread(EventLoop loop, Clock clock) {
        this.loop = loop;
        this.clock = clock;
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(task);
    }

    @Override
    public Runnable schedule(long delayMillis, Runnable task) {
        ScheduledFuture<?> scheduled = loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        return () -> scheduled.cancel(false);
    }

    @Override
    public long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    @Override
    public Instant now() {
        return clock.instant();
    }
}
