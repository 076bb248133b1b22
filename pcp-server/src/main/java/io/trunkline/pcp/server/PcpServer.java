package io.trunkline.pcp.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.trunkline.pcp.AdminOperations;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Serves administrators who speak PCP. It listens nowhere itself: whoever listens hands its connections over to {@link
 * #newConnection}. At most {@value #MAX_CONNECTIONS} at a time; one more takes the place of the one that has been silent
 * for longest. What a request asks for is done on threads of its own, never on an event loop.
 */
public final class PcpServer implements AutoCloseable {
    static final int MAX_CONNECTIONS = 64;

    /** More than the longest request. */
    private static final int READ_BYTES = 512;

    private static final int THREADS = 4;
    private static final long IDLE_SECONDS = 10;

    private final OpenConnections open = new OpenConnections(MAX_CONNECTIONS);
    private final ThreadPoolExecutor threads;
    private final PcpCommands commands;
    private final Supplier<PcpSettings> settings;

    public PcpServer(AdminOperations operations, Supplier<PcpSettings> settings) {
        this.settings = settings;
        this.commands = new PcpCommands(operations, settings);
        // each connection has one request under way; this can be full only of such as nobody waits for any more
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MAX_CONNECTIONS), task -> {
                    Thread thread = new Thread(task, "pcp");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /** What makes a channel a connection of PCP. */
    public ChannelInitializer<Channel> newConnection() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                prepare(channel);
            }
        };
    }

    private void prepare(Channel channel) {
        prepare(channel, new PcpConnection(open, commands, threads, settings));
    }

    static void prepare(Channel channel, PcpConnection connection) {
        // what has been read and cannot be taken yet is kept, so it has to be little
        channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(READ_BYTES));
        channel.pipeline().addLast(new PcpFrameDecoder(), connection);
    }

    /** Ends all connections. What was asked for already may go on. */
    @Override
    public void close() {
        open.closeAll();
        threads.shutdown();
    }
}
