package io.trunkline.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.trunkline.pool.Transport;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of a proxy: event loops that serve clients, one that looks after the nodes and after administrators, and a
 * few for what blocks, such as name look-ups and password checks.
 */
final class ProxyThreads {
    private static final int BLOCKING_THREADS = 8;
    private static final int BLOCKING_QUEUE = 10_000;

    private final Transport transport = Transport.best();
    private final EventLoopGroup workers;
    private final EventLoopGroup coordinator;
    private final ExecutorService blocking;

    /** @param threads event loops for clients; 0 = half as many as there are processors */
    ProxyThreads(int threads) {
        this.workers = transport.eventLoops(
                threads > 0 ? threads : Math.max(1, Runtime.getRuntime().availableProcessors() / 2), "worker");
        this.coordinator = transport.eventLoops(1, "cluster");
        this.blocking = blockingExecutor();
    }

    private static ExecutorService blockingExecutor() {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                BLOCKING_THREADS,
                BLOCKING_THREADS,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(BLOCKING_QUEUE),
                task -> {
                    Thread thread = new Thread(task, "blocking");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** How sockets are driven. */
    Transport transport() {
        return transport;
    }

    /** For clients and their sessions. */
    EventLoopGroup workers() {
        return workers;
    }

    /** One thread, that of {@link #background}. */
    EventLoopGroup coordinator() {
        return coordinator;
    }

    /** The thread of the coordinator. */
    EventLoop background() {
        return coordinator.next();
    }

    /** For what blocks. */
    ExecutorService blocking() {
        return blocking;
    }

    /** Ends them; returns when they have ended, but for what blocks. */
    void close() {
        workers.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
        coordinator.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
        blocking.shutdownNow();
    }
}
