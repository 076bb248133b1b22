package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.tls.TlsFailures;
import io.trunkline.protocol.tls.TlsHandler;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts a connection to a node before anything else is said on it (manual, "SSL Session Encryption").
 *
 * <pre>
 *   SSLRequest ->  S: handshake -> connected       N: connected in clear, or refused where encryption is required
 * </pre>
 *
 * <p>It reads with automatic reading off, and one byte decides: anything in clear that comes with it may be from
 * somebody in between, and ends the attempt.
 */
final class TlsNegotiation extends ChannelInboundHandlerAdapter {
    /** Where connect_timeout sets no limit. */
    private static final int LIMIT_MILLIS = 60_000;

    private final Channel channel;
    private final NodeAddress address;
    private final NodeTls node;
    private final Connector.Outcome outcome;
    private @Nullable ScheduledFuture<?> timeout;
    private boolean handshaking;
    private boolean done;

    private TlsNegotiation(Channel channel, NodeAddress address, NodeTls node, Connector.Outcome outcome) {
        this.channel = channel;
        this.address = address;
        this.node = node;
        this.outcome = outcome;
    }

    /** Begins on a channel that has just been connected. */
    static void begin(Channel channel, NodeAddress address, NodeTls node, Connector.Outcome outcome) {
        TlsNegotiation negotiation = new TlsNegotiation(channel, address, node, outcome);
        channel.pipeline().addLast(negotiation);
        negotiation.begin();
    }

    private void begin() {
        int millis = address.connectTimeoutMillis() > 0 ? address.connectTimeoutMillis() : LIMIT_MILLIS;
        timeout = channel.eventLoop()
                .schedule(() -> timedOut("no TLS within " + millis + " ms"), millis, TimeUnit.MILLISECONDS);
        if (node.direct()) {
            handshake();
        } else {
            ByteBuf request = channel.alloc().ioBuffer(8);
            FrontendMessages.sslRequest(request);
            channel.writeAndFlush(request, channel.voidPromise());
            channel.read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf answer = (ByteBuf) message;
        try {
            if (done || !answer.isReadable()) {
                return;
            }
            byte first = answer.readByte();
            if (handshaking || answer.isReadable() && first != 'E') {
                refused("the server sent something before the connection was encrypted or asked for anything");
            } else if (first == 'S') {
                handshake();
            } else if (first == 'N' && !node.required()) {
                connected();
            } else if (first == 'N') {
                refused("the server does not offer TLS, and backend_sslmode requires it");
            } else {
                refused("the server does not know what to say to an SSLRequest");
            }
        } finally {
            answer.release();
        }
    }

    private void handshake() {
        handshaking = true;
        // its limit is the one of this whole negotiation
        channel.pipeline().addFirst(node.tls().newHandler(channel.alloc(), address.host(), address.port(), 0));
        channel.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent completion && !done) {
            TlsHandler encrypted = TlsHandler.of(channel);
            if (!completion.isSuccess()) {
                Throwable cause = completion.cause();
                if (cause instanceof java.nio.channels.ClosedChannelException) {
                    failed("the server closed the connection during the TLS handshake");
                } else {
                    refused("TLS handshake failed: " + TlsFailures.reason(cause));
                }
            } else if (node.direct() && (encrypted == null || !encrypted.hasAgreedOnProtocol())) {
                refused("the server did not agree on the protocol by ALPN, which direct TLS needs");
            } else {
                connected();
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        failed("the server closed the connection");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!TlsFailures.is(cause)) {
            failed(TlsFailures.reason(cause));
        }
        // else the end of the handshake tells
    }

    private void connected() {
        end();
        channel.pipeline().remove(this);
        outcome.connected(channel);
    }

    private void refused(String why) {
        if (!done) {
            end();
            channel.close();
            outcome.refused(why);
        }
    }

    private void failed(String why) {
        if (!done) {
            end();
            channel.close();
            outcome.failed(why);
        }
    }

    private void timedOut(String why) {
        if (!done) {
            end();
            channel.close();
            outcome.timedOut(why);
        }
    }

    private void end() {
        done = true;
        if (timeout != null) {
            timeout.cancel(false);
        }
    }
}
