package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.tls.TlsFailures;
import org.jspecify.annotations.Nullable;

/** Feeds what a node sends to the start-up of its connection, and once that is done to the connection. */
final class BackendChannelHandler extends ChannelInboundHandlerAdapter {
    private static final String CLOSED = "the server closed the connection";

    /** Null once it is done: it knows the session that the connection was opened for, and the connection outlives that. */
    private @Nullable BackendStartup startup;

    private @Nullable BackendConnection connection;

    BackendChannelHandler(BackendStartup startup) {
        this.startup = startup;
    }

    void opened(BackendConnection opened) {
        connection = opened;
        startup = null;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (connection != null) {
            connection.read(bytes);
        } else if (startup != null) {
            start(ctx, startup, bytes);
        }
    }

    private void start(ChannelHandlerContext ctx, BackendStartup starting, ByteBuf bytes) {
        try {
            starting.read(bytes);
        } catch (ProtocolViolation violation) {
            fail(ctx, starting, "protocol violation: " + violation.getMessage());
        }
        if (connection != null) {
            ByteBuf more = starting.takeUnread();
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
        if (connection != null) {
            connection.gone(why);
        } else if (startup != null) {
            startup.close();
            fail(ctx, startup, why);
        }
    }

    private static void fail(ChannelHandlerContext ctx, BackendStartup starting, String why) {
        ctx.close();
        NodeAddress address = starting.address();
        starting.fail(new OpenFailure(
                address,
                ServerMessage.error(SqlState.CONNECTION_FAILURE, "could not connect to " + address + ": " + why),
                OpenFailure.Cause.BROKEN));
    }
}
