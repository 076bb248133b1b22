package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import java.util.concurrent.TimeUnit;

/**
 * The whole of a connection that is refused before anything is read from it: it is told why, and closed. What it sends is
 * thrown away until it closes too, at most for a second: closed at once, it would not get to read why.
 */
@ChannelHandler.Sharable
final class RefusedClient extends ChannelInboundHandlerAdapter {
    static final RefusedClient HALF_OPEN = new RefusedClient(
            ServerMessage.fatal(SqlState.TOO_MANY_CONNECTIONS, "too many connections that have not authenticated yet")
                    .withHint("See max_half_open_connections and max_half_open_connections_per_address."));

    private static final int LINGER_MILLIS = 1_000;

    private final ServerMessage why;

    private RefusedClient(ServerMessage why) {
        this.why = why;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            channelActive(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ByteBuf out = ctx.alloc().buffer(256);
        why.encodeError(out);
        ctx.writeAndFlush(out).addListener(sent -> {
            if (ctx.channel() instanceof DuplexChannel duplex && sent.isSuccess()) {
                duplex.shutdownOutput();
                ctx.executor().schedule((Runnable) ctx::close, LINGER_MILLIS, TimeUnit.MILLISECONDS);
            } else {
                ctx.close();
            }
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
