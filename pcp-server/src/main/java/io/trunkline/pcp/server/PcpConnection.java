package io.trunkline.pcp.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The connection of one administrator:
 *
 * <pre>
 *   M, salt, R, ok   then requests, each with its answer, until X
 * </pre>
 *
 * <p>One request is under way at a time; the next is not even read. Everything has a deadline. The event loop's thread,
 * apart from {@link #isAtWork} and {@link #end}.
 */
final class PcpConnection extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(PcpConnection.class);

    /** By these the server's log tells severity and detail, which it prints as Pgpool-II does. */
    private static final Marker FATAL = MarkerFactory.getMarker("FATAL");

    private static final String DETAIL = "detail";

    private interface Work {
        CompletableFuture<PcpReply> begin() throws PcpFailure;
    }

    private final OpenConnections open;
    private final PcpCommands commands;
    private final Executor threads;
    private final Supplier<PcpSettings> settings;

    private volatile @Nullable ChannelHandlerContext context;
    private volatile boolean atWork;

    /** What has come and not been taken yet: {@link PcpRequest}s, and at the end perhaps a {@link PcpFailure}. */
    private final Queue<Object> waiting = new ArrayDeque<>();

    private boolean answering;
    private boolean ending;
    private @Nullable Future<?> deadline;
    private byte @Nullable [] salt;

    /** Who has logged in. */
    private volatile @Nullable String user;

    PcpConnection(OpenConnections open, PcpCommands commands, Executor threads, Supplier<PcpSettings> settings) {
        this.open = open;
        this.commands = commands;
        this.threads = threads;
        this.settings = settings;
    }

    /** Whether a request is being carried out. Any thread. */
    boolean isAtWork() {
        return atWork;
    }

    /** Ends the connection, without a word to the client. Any thread. */
    void end(String why) {
        ChannelHandlerContext ctx = context;
        if (ctx != null) {
            log.debug("PCP: connection from {} is ended: {}", address(ctx), why);
            ctx.close();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        if (settings.get().logsConnections()) {
            log.info("new PCP connection from {}", address(ctx));
        }
        if (!open.enter(this)) {
            fail(ctx, PcpFailure.fatal("no more PCP connections are possible at the moment", "all are at work"));
            return;
        }
        Duration limit = settings.get().limits().login();
        within(
                ctx,
                limit,
                () -> fail(
                        ctx,
                        PcpFailure.fatal(
                                "authentication failed for new PCP connection",
                                "no password within " + limit.toSeconds() + " s")));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        open.leave(this);
        ending = true;
        callOffDeadline();
        if (settings.get().logsConnections()) {
            log.info("the PCP connection from {} has ended", address(ctx));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log.debug("PCP: connection from {} is broken: {}", address(ctx), cause.toString());
        ctx.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (ending) {
            return;
        }
        open.heard(this);
        waiting.add(message);
        advance(ctx);
    }

    /** Takes the next request when the one before has been answered; until then no more is read than has come already. */
    private void advance(ChannelHandlerContext ctx) {
        while (!answering && !ending && !waiting.isEmpty()) {
            answering = true;
            Object next = waiting.remove();
            if (next instanceof PcpFailure failure) {
                fail(ctx, failure);
            } else {
                take(ctx, (PcpRequest) next);
            }
        }
        ctx.channel().config().setAutoRead(!answering && !ending);
    }

    private void take(ChannelHandlerContext ctx, PcpRequest request) {
        switch (request.type()) {
            case 'M' -> {
                byte[] fresh = PcpLogin.newSalt();
                salt = fresh;
                send(ctx, PcpReply.of(PcpPacket.ofBytes('m', fresh)), false);
            }
            case 'R' -> logIn(ctx, request);
            case 'X' -> ctx.close();
            default -> {
                String asker = user;
                if (asker == null) {
                    fail(
                            ctx,
                            PcpFailure.fatal(
                                    "authentication failed for new PCP connection", "connection not authorized"));
                } else {
                    String from = "user \"" + asker + "\" from " + address(ctx);
                    carryOut(ctx, commands.limit(request), () -> commands.begin(request, from));
                }
            }
        }
    }

    private void logIn(ChannelHandlerContext ctx, PcpRequest request) {
        byte[] asked = salt;
        // to be used once
        salt = null;
        user = null;
        carryOut(ctx, settings.get().limits().request(), () -> {
            if (asked == null) {
                throw PcpFailure.fatal("authentication failed", "username and/or password does not match");
            }
            user = PcpLogin.verify(request, asked, settings.get().pcpConf());
            return CompletableFuture.completedFuture(PcpReply.of(PcpPacket.of('r', "AuthenticationOK", List.of())));
        });
    }

    // ---- work

    /** Does it on another thread, and sends what comes of it, or that nothing has come of it in time. */
    private void carryOut(ChannelHandlerContext ctx, Duration limit, Work work) {
        atWork = true;
        CompletableFuture<PcpReply> answer = new CompletableFuture<>();
        within(
                ctx,
                limit,
                () -> answer.completeExceptionally(PcpFailure.error(
                        "the PCP request has not been answered within " + limit.toSeconds() + " s",
                        "what it has begun may go on")));
        answer.whenComplete((reply, failure) -> onEventLoop(ctx, () -> answered(ctx, reply, failure)));
        try {
            threads.execute(() -> begin(work, answer));
        } catch (RejectedExecutionException noThread) {
            answer.completeExceptionally(PcpFailure.fatal(
                    "the PCP request cannot be carried out",
                    "too many others take too long, or Trunkline is stopping"));
        }
    }

    private static void begin(Work work, CompletableFuture<PcpReply> answer) {
        try {
            work.begin().whenComplete((reply, failure) -> {
                if (failure == null) {
                    answer.complete(reply);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        } catch (PcpFailure | RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    private static void onEventLoop(ChannelHandlerContext ctx, Runnable work) {
        if (ctx.executor().inEventLoop()) {
            work.run();
        } else {
            try {
                ctx.executor().execute(work);
            } catch (RejectedExecutionException stopped) {
                log.debug("PCP: an answer comes after the end");
            }
        }
    }

    private void answered(ChannelHandlerContext ctx, @Nullable PcpReply reply, @Nullable Throwable failure) {
        atWork = false;
        if (ending) {
            return;
        }
        if (reply != null) {
            send(ctx, reply, false);
        } else {
            fail(ctx, asFailure(failure));
        }
    }

    private static PcpFailure asFailure(@Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
        if (cause instanceof PcpFailure known) {
            return known;
        }
        log.error("internal error in a PCP request", cause);
        return PcpFailure.error("internal error in the PCP request", String.valueOf(cause));
    }

    private void fail(ChannelHandlerContext ctx, PcpFailure failure) {
        LoggingEventBuilder entry = failure.isFatal() ? log.atError().addMarker(FATAL) : log.atError();
        String detail = failure.detail().isEmpty() ? "PCP client " : failure.detail() + "; PCP client ";
        entry.addKeyValue(DETAIL, detail + address(ctx)).log(failure.message());
        send(ctx, PcpReply.of(failure.packet()), failure.isFatal() || user == null);
    }

    /** Sends it, does what is to be done then, and reads on or ends. */
    private void send(ChannelHandlerContext ctx, PcpReply reply, boolean isLast) {
        ending = isLast;
        if (isLast || user != null) {
            within(ctx, settings.get().limits().sending(), () -> end("it does not take its answer"));
        }
        ByteBuf buffer = ctx.alloc().buffer();
        reply.packets().forEach(packet -> packet.writeTo(buffer));
        ctx.writeAndFlush(buffer).addListener(sent -> {
            if (user != null) {
                callOffDeadline();
            }
            doAfterwards(reply);
            if (isLast || !sent.isSuccess()) {
                ctx.close();
            } else {
                answering = false;
                advance(ctx);
            }
        });
    }

    private void doAfterwards(PcpReply reply) {
        if (!reply.hasAfterwards()) {
            return;
        }
        try {
            threads.execute(reply.afterwards());
        } catch (RejectedExecutionException stopped) {
            log.debug("PCP: nothing is done any more after the end");
        }
    }

    // ---- deadlines

    private void within(ChannelHandlerContext ctx, Duration limit, Runnable otherwise) {
        callOffDeadline();
        deadline = ctx.executor().schedule(otherwise, limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void callOffDeadline() {
        Future<?> running = deadline;
        if (running != null) {
            running.cancel(false);
            deadline = null;
        }
    }

    private static String address(ChannelHandlerContext ctx) {
        SocketAddress remote = ctx.channel().remoteAddress();
        return remote instanceof InetSocketAddress internet
                ? internet.getAddress().getHostAddress() + ":" + internet.getPort()
                : "this host";
    }
}
