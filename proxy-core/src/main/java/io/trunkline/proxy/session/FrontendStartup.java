package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.ProtocolVersion;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.StartupPacket;
import io.trunkline.protocol.tls.ServerTls;
import io.trunkline.protocol.tls.TlsFailures;
import io.trunkline.protocol.tls.TlsHandler;
import io.trunkline.proxy.metrics.LoopMetrics;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first packets of a client: SSLRequest begins TLS if ssl is on, GSSENCRequest is declined, CancelRequest is carried
 * out, and a StartupMessage makes a {@link FrontendConnection}. Nothing longer than {@link StartupPacket#MAX_LENGTH} is
 * read, and who says nothing is cut off by authentication_timeout. Event loop only.
 *
 * <pre>
 *   SSLRequest        -> S, and the TLS handshake                  (N if ssl is off)
 *   0x16 (TLS itself) -> the TLS handshake, with ALPN              (manual, "SSL Session Encryption")
 * </pre>
 */
public final class FrontendStartup extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(FrontendStartup.class);
    private static final byte DECLINED = 'N';
    private static final byte ACCEPTED = 'S';

    /** The first byte of a TLS connection: a handshake record. No startup packet is long enough to begin so. */
    private static final byte TLS_RECORD = 0x16;

    /** What servers keep of a name (manual, section 4.1.1). */
    private static final int MAX_NAME_BYTES = 63;

    private final LoopServices loop;
    private final HalfOpenClients.Ticket halfOpen;
    private boolean handedOver;
    private @Nullable ByteBuf packet;
    private @Nullable ScheduledFuture<?> timeout;
    private int negotiations;
    private boolean direct;
    private boolean timedOut;
    private @Nullable AdmissionPhase admission;

    private FrontendStartup(LoopServices loop, HalfOpenClients.Ticket halfOpen) {
        this.loop = loop;
        this.halfOpen = halfOpen;
    }

    /** A client has connected: it is heard, or refused if there are too many that have not authenticated yet. */
    public static void accept(Channel client, LoopServices loop) {
        HalfOpenClients.Ticket halfOpen = loop.clients().enter(client.remoteAddress());
        client.pipeline().addLast(halfOpen == null ? RefusedClient.HALF_OPEN : new FrontendStartup(loop, halfOpen));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        long millis = loop.settings().authenticationTimeoutMillis();
        if (millis > 0) {
            timeout = loop.eventLoop().schedule(() -> timedOut(ctx), millis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (!handedOver) {
            halfOpen.release();
        }
        if (timeout != null && !handedOver) {
            timeout.cancel(false);
        }
        forgetPacket();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf read = (ByteBuf) message;
        if (packet == null) {
            packet = read;
        } else {
            ByteBuf joined = ctx.alloc().buffer(packet.readableBytes() + read.readableBytes());
            joined.writeBytes(packet).writeBytes(read);
            packet.release();
            read.release();
            packet = joined;
        }
        try {
            if (beginsWithTls(ctx, packet)) {
                acceptDirectly(ctx);
                return;
            }
            boolean more = true;
            while (more && packet != null && packet.readableBytes() >= 4) {
                more = takePacket(ctx, packet);
            }
        } catch (ProtocolViolation violation) {
            log.warn("[{}] {}", address(ctx), violation.getMessage());
            refuse(ctx, ServerMessage.fatal(SqlState.PROTOCOL_VIOLATION, String.valueOf(violation.getMessage())));
        }
    }

    /** @return whether there may be more to take */
    private boolean takePacket(ChannelHandlerContext ctx, ByteBuf in) {
        int length = in.getInt(in.readerIndex());
        if (length < 8 || length > StartupPacket.MAX_LENGTH) {
            throw new ProtocolViolation("invalid length of startup packet");
        }
        if (in.readableBytes() < length) {
            return false;
        }
        in.skipBytes(4);
        StartupPacket taken = StartupPacket.decode(in.readSlice(length - 4));
        if (taken instanceof StartupPacket.Ssl || taken instanceof StartupPacket.Gssenc) {
            return negotiate(ctx, taken, in.isReadable());
        }
        if (taken instanceof StartupPacket.Cancel cancel) {
            loop.cancel(cancel.pid(), cancel.key(), ctx::close);
            return false;
        }
        start(ctx, (StartupPacket.Startup) taken);
        return false;
    }

    // ---- encryption

    /** @return whether there may be more to take */
    private boolean negotiate(ChannelHandlerContext ctx, StartupPacket asked, boolean moreCame) {
        if (TlsHandler.of(ctx.channel()) != null) {
            throw new ProtocolViolation("encryption was asked for on a connection that is encrypted");
        }
        if (++negotiations > 2) {
            throw new ProtocolViolation("encryption was asked for more than twice");
        }
        Optional<ServerTls> tls = asked instanceof StartupPacket.Ssl ? loop.clientTls() : Optional.empty();
        if (tls.isEmpty()) {
            ctx.writeAndFlush(ctx.alloc().buffer(1).writeByte(DECLINED), ctx.voidPromise());
            return true;
        }
        if (moreCame) {
            // somebody in between may have put it there, to be taken for what comes encrypted (CVE-2021-23214)
            throw new ProtocolViolation("received unencrypted data after SSL request");
        }
        ctx.writeAndFlush(ctx.alloc().buffer(1).writeByte(ACCEPTED), ctx.voidPromise());
        forgetPacket();
        ctx.pipeline().addFirst("tls", tls.get().newHandler(ctx.alloc()));
        return false;
    }

    private boolean beginsWithTls(ChannelHandlerContext ctx, ByteBuf first) {
        return negotiations == 0
                && first.isReadable()
                && first.getByte(first.readerIndex()) == TLS_RECORD
                && TlsHandler.of(ctx.channel()) == null;
    }

    private void acceptDirectly(ChannelHandlerContext ctx) {
        Optional<ServerTls> tls = loop.clientTls();
        ByteBuf begun = packet;
        packet = null;
        if (tls.isEmpty() || begun == null) {
            log.warn("[{}] direct TLS connection refused: ssl is off", address(ctx));
            ReferenceCountUtil.release(begun);
            ctx.close();
            return;
        }
        direct = true;
        ctx.pipeline().addFirst("tls", tls.get().newHandler(ctx.alloc()));
        ctx.pipeline().fireChannelRead(begun);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent completion) {
            handshakeEnded(ctx, completion);
        }
        ctx.fireUserEventTriggered(event);
    }

    private void handshakeEnded(ChannelHandlerContext ctx, SslHandshakeCompletionEvent completion) {
        TlsHandler tls = TlsHandler.of(ctx.channel());
        String why = "";
        if (!completion.isSuccess()) {
            why = timedOut ? "not done within authentication_timeout" : TlsFailures.reason(completion.cause());
        } else if (direct && (tls == null || !tls.hasAgreedOnProtocol())) {
            why = "direct TLS connection without ALPN protocol negotiation for \"" + TlsHandler.ALPN_PROTOCOL + "\"";
        }
        if (why.isEmpty()) {
            loop.metrics().count(LoopMetrics.Counter.TLS_HANDSHAKES);
        } else {
            loop.metrics().count(LoopMetrics.Counter.TLS_HANDSHAKES_FAILED);
            log.warn("[{}] could not accept TLS connection: {}", address(ctx), why);
            ctx.close();
        }
    }

    private void timedOut(ChannelHandlerContext ctx) {
        timedOut = true;
        if (admission == null) {
            ctx.close();
        } else {
            admission.timedOut();
        }
    }

    private void forgetPacket() {
        if (packet != null) {
            packet.release();
            packet = null;
        }
    }

    // ---- start

    private void start(ChannelHandlerContext ctx, StartupPacket.Startup startup) {
        int asked = startup.protocol();
        if (ProtocolVersion.major(asked) != 3) {
            refuse(
                    ctx,
                    ServerMessage.fatal(
                            SqlState.FEATURE_NOT_SUPPORTED,
                            "unsupported frontend protocol " + ProtocolVersion.text(asked)
                                    + ": Trunkline supports 3.0 to 3.2"));
            return;
        }
        Map<String, String> parameters = startup.parameters();
        String user = parameters.getOrDefault("user", "");
        if (user.isEmpty()) {
            refuse(
                    ctx,
                    ServerMessage.fatal(
                            SqlState.INVALID_AUTHORIZATION, "no PostgreSQL user name specified in startup packet"));
            return;
        }
        for (String kind : List.of("user", "database")) {
            if (isTooLong(parameters.getOrDefault(kind, ""))) {
                refuse(ctx, tooLong(kind));
                return;
            }
        }
        if (isReplication(parameters)) {
            refuse(
                    ctx,
                    ServerMessage.fatal(
                                    SqlState.FEATURE_NOT_SUPPORTED,
                                    "replication connections do not pass through Trunkline")
                            .withHint("Connect to the server itself."));
            return;
        }
        if (!loop.clients().hasRoom(ctx.channel().remoteAddress())) {
            refuse(
                    ctx,
                    ServerMessage.fatal(
                                    SqlState.OUT_OF_MEMORY,
                                    "Trunkline has no memory left for the buffers of another connection")
                            .withHint("See max_buffer_memory."));
            return;
        }
        int protocol = Math.min(asked, ProtocolVersion.V3_2);
        List<String> unknown = unknownOptions(parameters);
        if (asked > protocol || !unknown.isEmpty()) {
            ByteBuf out = ctx.alloc().buffer(64);
            BackendMessages.negotiateProtocolVersion(out, protocol, unknown);
            ctx.write(out, ctx.voidPromise());
        }
        String database = parameters.getOrDefault("database", user);
        ClientIdentity identity = loop.newIdentity(
                protocol >= ProtocolVersion.V3_2 ? 32 : 4, user, database.isEmpty() ? user : database, address(ctx));
        FrontendConnection front = new FrontendConnection(ctx.channel(), identity, loop.peerUsers(), loop.memory());
        AdmissionPhase next = new AdmissionPhase(front, loop, new ClientStart(protocol, parameters), halfOpen, timeout);
        admission = next;
        handedOver = true;
        front.enter(next);
        loop.clients().accepted(front);
        ByteBuf rest = packet;
        packet = null;
        ctx.pipeline().replace(this, "session", front);
        next.begin();
        ChannelHandlerContext sessionContext = ctx.pipeline().context(front);
        if (rest != null && rest.isReadable() && sessionContext != null) {
            front.channelRead(sessionContext, rest);
        } else if (rest != null) {
            rest.release();
        }
        front.flush();
    }

    private static List<String> unknownOptions(Map<String, String> parameters) {
        List<String> unknown = List.of();
        for (String name : parameters.keySet()) {
            if (name.startsWith("_pq_.")) {
                unknown = unknown.isEmpty() ? new ArrayList<>() : unknown;
                unknown.add(name);
            }
        }
        return unknown;
    }

    /** A server would cut the name and take it for another one, which the rules have not been asked about. */
    private static boolean isTooLong(String name) {
        return name.length() > MAX_NAME_BYTES || ByteBufUtil.utf8Bytes(name) > MAX_NAME_BYTES;
    }

    private static ServerMessage tooLong(String kind) {
        return ServerMessage.fatal(
                SqlState.NAME_TOO_LONG,
                "the name of the " + kind + " in the startup packet is longer than " + MAX_NAME_BYTES + " bytes");
    }

    private static boolean isReplication(Map<String, String> parameters) {
        String value = parameters.get("replication");
        return value != null
                && !List.of("false", "off", "no", "0", "f", "n").contains(value.toLowerCase(java.util.Locale.ROOT));
    }

    private static void refuse(ChannelHandlerContext ctx, ServerMessage why) {
        ByteBuf out = ctx.alloc().buffer(256);
        why.encodeError(out);
        ctx.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
    }

    private static String address(ChannelHandlerContext ctx) {
        return ctx.channel().remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress().getHostAddress() + ":" + remote.getPort()
                : "[local]";
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
