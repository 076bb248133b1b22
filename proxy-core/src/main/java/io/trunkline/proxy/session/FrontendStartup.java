package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.ProtocolVersion;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.StartupPacket;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first packets of a client: SSLRequest and GSSENCRequest are declined, CancelRequest is carried out, and a
 * StartupMessage makes a {@link FrontendConnection}. Nothing longer than {@link StartupPacket#MAX_LENGTH} is read, and
 * who says nothing is cut off by authentication_timeout. Event loop only.
 */
public final class FrontendStartup extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(FrontendStartup.class);
    private static final byte DECLINED = 'N';

    private final LoopServices loop;
    private @Nullable ByteBuf packet;
    private @Nullable ScheduledFuture<?> timeout;
    private int negotiations;

    public FrontendStartup(LoopServices loop) {
        this.loop = loop;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        long millis = loop.settings().authenticationTimeoutMillis();
        if (millis > 0) {
            timeout = loop.eventLoop().schedule((Runnable) ctx::close, millis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (packet != null) {
            packet.release();
            packet = null;
        }
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
            decline(ctx);
            return true;
        }
        if (taken instanceof StartupPacket.Cancel cancel) {
            loop.cancel(cancel.pid(), cancel.key(), ctx::close);
            return false;
        }
        start(ctx, (StartupPacket.Startup) taken);
        return false;
    }

    private void decline(ChannelHandlerContext ctx) {
        if (++negotiations > 2) {
            throw new ProtocolViolation("encryption was asked for more than twice");
        }
        ctx.writeAndFlush(ctx.alloc().buffer(1).writeByte(DECLINED), ctx.voidPromise());
    }

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
        if (isReplication(parameters)) {
            refuse(
                    ctx,
                    ServerMessage.fatal(
                                    SqlState.FEATURE_NOT_SUPPORTED,
                                    "replication connections do not pass through Trunkline")
                            .withHint("Connect to the server itself."));
            return;
        }
        int protocol = Math.min(asked, ProtocolVersion.V3_2);
        List<String> unknown = parameters.keySet().stream()
                .filter(name -> name.startsWith("_pq_."))
                .toList();
        if (asked > protocol || !unknown.isEmpty()) {
            ByteBuf out = ctx.alloc().buffer(64);
            BackendMessages.negotiateProtocolVersion(out, protocol, unknown);
            ctx.write(out, ctx.voidPromise());
        }
        String database = parameters.getOrDefault("database", user);
        ClientIdentity identity = loop.newIdentity(
                protocol >= ProtocolVersion.V3_2 ? 32 : 4, user, database.isEmpty() ? user : database, address(ctx));
        FrontendConnection front = new FrontendConnection(ctx.channel(), identity);
        AdmissionPhase admission = new AdmissionPhase(front, loop, new ClientStart(protocol, parameters));
        front.enter(admission);
        loop.accepted(front);
        ByteBuf rest = packet;
        packet = null;
        ctx.pipeline().replace(this, "session", front);
        admission.begin();
        ChannelHandlerContext sessionContext = ctx.pipeline().context(front);
        if (rest != null && rest.isReadable() && sessionContext != null) {
            front.channelRead(sessionContext, rest);
        } else if (rest != null) {
            rest.release();
        }
        front.flush();
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
