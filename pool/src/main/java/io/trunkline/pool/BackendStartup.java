package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.trunkline.protocol.BackendTag;
import io.trunkline.protocol.FrameReader;
import io.trunkline.protocol.FrameSink;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ProtocolVersion;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.Wire;
import io.trunkline.protocol.auth.ChannelBinding;
import io.trunkline.protocol.tls.TlsHandler;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The start-up of one connection to a node, from StartupMessage to the first ReadyForQuery (manual, "Start-up").
 *
 * <pre>
 *   StartupMessage 3.2 ->  v (an older server)  R (challenges, answered by the login)  R=0  S...  K  Z
 * </pre>
 */
final class BackendStartup implements FrameSink {
    /** Longest message that is read before the connection is open. */
    private static final int MAX_LENGTH = 64 * 1024;

    private static final int HEADER = 5;
    private static final int AUTHENTICATION_OK = 0;
    private static final int AUTHENTICATION_SASL_FINAL = 12;

    /** How a start-up ended. Called once. */
    interface Outcome {
        void opened(OpenedBackend backend);

        void failed(OpenFailure failure);
    }

    private final Channel channel;
    private final NodeAddress address;
    private final PoolKey key;
    private final String applicationName;
    private final BackendLogin login;
    private final Admission admissionIfChallenged;
    private final Outcome outcome;
    private final FrameReader reader = new FrameReader(this);
    private final Map<String, String> parameters = new LinkedHashMap<>();

    private int protocol;
    private int serverPid;
    private byte[] cancelKey = new byte[0];
    private Admission admission = Admission.TRUST;
    private boolean authenticated;
    private boolean done;

    BackendStartup(
            Channel channel,
            NodeAddress address,
            PoolKey key,
            String applicationName,
            BackendLogin login,
            Admission admissionIfChallenged,
            Outcome outcome) {
        this.channel = channel;
        this.address = address;
        this.key = key;
        this.applicationName = applicationName;
        this.login = login;
        this.admissionIfChallenged = admissionIfChallenged;
        this.outcome = outcome;
    }

    void begin(int firstProtocol) {
        protocol = firstProtocol;
        ByteBuf out = channel.alloc().ioBuffer(256);
        key.startup().startupMessage(protocol, applicationName).encode(out);
        channel.writeAndFlush(out, channel.voidPromise());
    }

    NodeAddress address() {
        return address;
    }

    /** Takes what the node has sent, and the buffer over. */
    void read(ByteBuf bytes) {
        reader.feed(bytes);
    }

    /** What was read behind the end of the start-up; null if nothing. The caller's to release. */
    @Nullable
    ByteBuf takeUnread() {
        return reader.takeUnread();
    }

    /** Releases what is held. */
    void close() {
        reader.close();
    }

    /** The connection broke, or took too long. */
    void fail(OpenFailure failure) {
        if (!done) {
            done = true;
            channel.close();
            outcome.failed(failure);
        }
    }

    /** Nobody wants it any more. */
    void giveUp() {
        if (!done) {
            done = true;
            channel.close();
        }
    }

    @Override
    public int header(byte tag, int length) {
        if (done) {
            // what follows is for the connection, if it has been opened
            return HEADER;
        }
        if (length > MAX_LENGTH) {
            throw new ProtocolViolation("message of type " + ProtocolViolation.tagName(tag) + " with length " + length
                    + " during the start of a connection");
        }
        return length + 1;
    }

    @Override
    public int message(byte tag, int length, ByteBuf in, int body, int available) {
        if (done) {
            return STOP;
        }
        ByteBuf message = in.slice(body, available);
        switch (tag) {
            case BackendTag.AUTHENTICATION -> authentication(message);
            case BackendTag.NEGOTIATE_PROTOCOL_VERSION -> negotiated(message);
            case BackendTag.PARAMETER_STATUS ->
                parameters.put(
                        Wire.readCString(message, StandardCharsets.UTF_8),
                        Wire.readCString(message, StandardCharsets.UTF_8));
            case BackendTag.BACKEND_KEY_DATA -> keyData(message);
            case BackendTag.ERROR_RESPONSE ->
                fail(new OpenFailure(address, ServerMessage.decode(message), OpenFailure.Cause.ANSWERED));
            case BackendTag.NOTICE_RESPONSE -> {}
            case BackendTag.READY_FOR_QUERY -> ready();
            default ->
                throw new ProtocolViolation(
                        "message of type " + ProtocolViolation.tagName(tag) + " during the start of a connection");
        }
        return DROP;
    }

    @Override
    public void run(ByteBuf run) {
        // everything is dropped
        run.release();
    }

    private void authentication(ByteBuf message) {
        if (message.readableBytes() < 4 || authenticated) {
            throw new ProtocolViolation("unexpected authentication request");
        }
        int code = message.readInt();
        if (code == AUTHENTICATION_OK) {
            if (!login.isComplete()) {
                throw new ProtocolViolation("the server ended the authentication without a proof of its own");
            }
            authenticated = true;
            return;
        }
        byte[] data = new byte[message.readableBytes()];
        message.readBytes(data);
        if (code != AUTHENTICATION_SASL_FINAL) {
            admission = admissionIfChallenged;
        }
        login.challenged(code, data, new BackendLogin.Answer() {
            @Override
            public void send(byte[] answer) {
                if (!done) {
                    ByteBuf out = channel.alloc().ioBuffer(answer.length + 5);
                    FrontendMessages.authenticationResponse(out, answer);
                    channel.writeAndFlush(out, channel.voidPromise());
                }
            }

            @Override
            public void fail(ServerMessage why) {
                BackendStartup.this.fail(new OpenFailure(address, why, OpenFailure.Cause.ANSWERED));
            }

            @Override
            public ChannelBinding channelBinding() {
                TlsHandler encrypted = TlsHandler.of(channel);
                return encrypted == null ? ChannelBinding.NONE : encrypted.binding();
            }
        });
    }

    private void negotiated(ByteBuf message) {
        if (message.readableBytes() < 4) {
            throw new ProtocolViolation("malformed NegotiateProtocolVersion");
        }
        int newest = message.readInt();
        // servers before 18 send the minor version alone
        int offered = ProtocolVersion.major(newest) == 0 ? ProtocolVersion.V3_0 | newest : newest;
        if (ProtocolVersion.major(offered) != 3 || offered > protocol) {
            throw new ProtocolViolation("the server offers protocol " + ProtocolVersion.text(offered));
        }
        protocol = offered;
    }

    private void keyData(ByteBuf message) {
        if (message.readableBytes() < 8 || message.readableBytes() > 4 + 256) {
            throw new ProtocolViolation("malformed BackendKeyData");
        }
        serverPid = message.readInt();
        cancelKey = new byte[message.readableBytes()];
        message.readBytes(cancelKey);
    }

    private void ready() {
        if (!authenticated) {
            throw new ProtocolViolation("ready without authentication");
        }
        done = true;
        outcome.opened(new OpenedBackend(
                channel,
                address,
                key,
                admission,
                protocol,
                serverPid,
                cancelKey,
                new ServerParameters(parameters),
                applicationName));
    }
}
