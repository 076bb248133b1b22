package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.trunkline.protocol.FrameReader;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.tls.TlsFailures;
import org.jspecify.annotations.Nullable;

/** Feeds what a node sends to the start-up of its connection, and once that is done to the connection. */
final class BackendChannelHandler extends ChannelInboundHandlerAdapter {
    private static final String CLOSED = "the server closed the connection";

    private final BackendStartup startup;
    private final FrameReader startupReader;
    private @Nullable BackendConnection connection;

    BackendChannelHandler(BackendStartup startup) {
        this.startup = startup;
        this.startupReader = new FrameReader(startup);
    }

    void opened(BackendConnection opened) {
        connection = opened;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (connection != null) {
            connection.read(bytes);
            return;
        }
        try {
            startupReader.feed(bytes);
        } catch (ProtocolViolation violation) {
            startup.fail(failure(ctx, "protocol violation: " + violation.getMessage()));
        }
        if (connection != null) {
            ByteBuf more = startupReader.takeUnread();
            if (more != null) {
                connection.read(more);
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (connection != null) {
            connection.readComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (connection != null) {
            connection.writabilityChanged();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        broken(ctx, CLOSED);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // what was to be written when it closed fails with an exception that has no message
        broken(ctx, cause.getMessage() == null ? CLOSED : TlsFailures.reason(cause));
    }

    private void broken(ChannelHandlerContext ctx, String why) {
        startupReader.close();
        if (connection != null) {
            connection.gone(why);
        } else {
            startup.fail(failure(ctx, why));
        }
    }

    private OpenFailure failure(ChannelHandlerContext ctx, String why) {
        ctx.close();
        return new OpenFailure(
                startup.address(),
                ServerMessage.error(
                        SqlState.CONNECTION_FAILURE, "could not connect to " + startup.address() + ": " + why),
                OpenFailure.Cause.BROKEN);
    }
}
