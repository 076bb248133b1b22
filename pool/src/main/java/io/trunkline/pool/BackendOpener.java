package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ProtocolVersion;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Opens connections to nodes, and sends cancel requests. Can be used from any event loop. */
public final class BackendOpener {
    /** How long a server may take to answer the start of a connection, beyond the connection itself. */
    private static final int STARTUP_TIMEOUT_MILLIS = 60_000;

    /** How long a cancel connection is waited for. */
    private static final int CANCEL_TIMEOUT_MILLIS = 5_000;

    private final Connector connector;
    private final ServerPids serverPids = new ServerPids();

    /** The protocol that each node agreed to last: older servers are not asked twice for a newer one. */
    private final Map<Integer, Integer> protocols = new ConcurrentHashMap<>();

    public BackendOpener(Transport transport, AddressResolver resolver) {
        this(transport, resolver, BackendEncryption.NONE);
    }

    public BackendOpener(Transport transport, AddressResolver resolver, BackendEncryption encryption) {
        this(transport, resolver, encryption, BufferMemory.unbounded());
    }

    /** @param memory what the buffers of the connections are part of */
    public BackendOpener(
            Transport transport, AddressResolver resolver, BackendEncryption encryption, BufferMemory memory) {
        this(new SocketConnector(transport, resolver, encryption, memory));
    }

    /** For connections that are made in another way. */
    public BackendOpener(Connector connector) {
        this.connector = connector;
    }

    /** The process ids of the connections that are open. */
    public ServerPids serverPids() {
        return serverPids;
    }

    /**
     * Opens a connection. Exactly one of {@code opened} and {@code failed} is called, on {@code loop}, unless it is given
     * up before.
     *
     * @param holder who holds the connection from the start
     * @param admissionIfChallenged what the connection counts as if the server asks for proof
     */
    public BackendOpening open(
            EventLoop loop,
            NodeAddress address,
            StartupKey startup,
            String applicationName,
            BackendLogin login,
            Admission admissionIfChallenged,
            BackendHolder holder,
            Consumer<BackendConnection> opened,
            Consumer<OpenFailure> failed) {
        BackendOpening opening = new BackendOpening();
        connector.connect(loop, address, new Connector.Outcome() {
            @Override
            public void connected(Channel channel) {
                if (!opening.wants(channel)) {
                    return;
                }
                PoolKey key = new PoolKey(address.node(), startup);
                start(
                        opening,
                        loop,
                        channel,
                        address,
                        key,
                        applicationName,
                        login,
                        admissionIfChallenged,
                        holder,
                        opened,
                        failed);
            }

            @Override
            public void failed(String why) {
                ended(OpenFailure.Cause.UNREACHABLE, why);
            }

            @Override
            public void timedOut(String why) {
                ended(OpenFailure.Cause.TIMED_OUT, why);
            }

            @Override
            public void refused(String why) {
                ended(OpenFailure.Cause.ANSWERED, why);
            }

            private void ended(OpenFailure.Cause cause, String why) {
                if (!opening.isGivenUp()) {
                    failed.accept(new OpenFailure(address, couldNotConnect(address, why), cause));
                }
            }
        });
        return opening;
    }

    private void start(
            BackendOpening opening,
            EventLoop loop,
            Channel channel,
            NodeAddress address,
            PoolKey key,
            String applicationName,
            BackendLogin login,
            Admission admissionIfChallenged,
            BackendHolder holder,
            Consumer<BackendConnection> opened,
            Consumer<OpenFailure> failed) {
        BackendChannelHandler[] handler = new BackendChannelHandler[1];
        ScheduledFuture<?>[] timeout = new ScheduledFuture<?>[1];
        BackendStartup start = new BackendStartup(
                channel, address, key, applicationName, login, admissionIfChallenged, new BackendStartup.Outcome() {
                    @Override
                    public void opened(OpenedBackend backend) {
                        timeout[0].cancel(false);
                        protocols.put(address.node(), backend.protocol());
                        BackendConnection connection = new BackendConnection(backend, holder);
                        handler[0].opened(connection);
                        note(serverPids, connection, channel);
                        opened.accept(connection);
                    }

                    @Override
                    public void failed(OpenFailure why) {
                        timeout[0].cancel(false);
                        failed.accept(why);
                    }
                });
        handler[0] = new BackendChannelHandler(start);
        timeout[0] = loop.schedule(
                () -> start.fail(new OpenFailure(
                        address,
                        couldNotConnect(address, "no answer within " + STARTUP_TIMEOUT_MILLIS / 1000 + " s"),
                        OpenFailure.Cause.TIMED_OUT)),
                STARTUP_TIMEOUT_MILLIS,
                TimeUnit.MILLISECONDS);
        opening.started(start, timeout[0]);
        channel.pipeline().addLast(handler[0]);
        channel.config().setAutoRead(true);
        start.begin(protocols.getOrDefault(address.node(), ProtocolVersion.V3_2));
    }

    /** Static, as what listens stays for as long as the connection, and whoever has opened it need not. */
    private static void note(ServerPids serverPids, BackendConnection connection, Channel channel) {
        serverPids.opened(connection);
        channel.closeFuture().addListener(closed -> serverPids.closed(connection));
    }

    /**
     * Asks the server to cancel what {@code backend} executes. Until the server has taken the request in, the backend
     * is not lent on.
     */
    public void cancel(BackendConnection backend) {
        cancel(backend, () -> {});
    }

    /** The same; {@code ended} is called on the backend's event loop when the request can hit nothing sent later. */
    public void cancel(BackendConnection backend, Runnable ended) {
        if (backend.cancelKey().length == 0) {
            ended.run();
            return;
        }
        EventLoop loop = backend.eventLoop();
        backend.cancelStarted();
        connector.connect(loop, backend.address(), new Connector.Outcome() {
            @Override
            public void connected(Channel channel) {
                channel.closeFuture().addListener(closed -> ended.run());
                sendCancel(loop, channel, backend);
            }

            @Override
            public void failed(String why) {
                ended.run();
                backend.cancelEnded();
            }
        });
    }

    private static void sendCancel(EventLoop loop, Channel channel, BackendConnection backend) {
        channel.closeFuture().addListener(closed -> backend.cancelEnded());
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                ctx.close();
            }
        });
        ByteBuf request = channel.alloc().ioBuffer(280);
        FrontendMessages.cancelRequest(request, backend.serverPid(), backend.cancelKey());
        channel.writeAndFlush(request, channel.voidPromise());
        // the server closes when it is done; reading is how that is seen
        channel.config().setAutoRead(true);
        loop.schedule(
                () -> {
                    if (channel.isOpen()) {
                        backend.cancelInDoubt();
                        channel.close();
                    }
                },
                CANCEL_TIMEOUT_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    private static ServerMessage couldNotConnect(NodeAddress address, String why) {
        return ServerMessage.error(SqlState.CONNECTION_FAILURE, "could not connect to " + address + ": " + why);
    }
}
