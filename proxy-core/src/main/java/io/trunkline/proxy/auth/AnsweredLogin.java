package io.trunkline.proxy.auth;

import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Asks the client what a server asks, one question at a time, until the client is gone. Event loop only. */
abstract class AnsweredLogin implements ServerProof {
    private static final ServerMessage GONE =
            ServerMessage.fatal(SqlState.CONNECTION_FAILURE, "the client did not answer");

    private final Consumer<byte[]> toClient;
    private @Nullable Answer awaited;
    private boolean abandoned;

    /** @param toClient takes the bodies of Authentication messages */
    AnsweredLogin(Consumer<byte[]> toClient) {
        this.toClient = toClient;
    }

    @Override
    public final void challenged(int code, byte[] data, Answer answer) {
        if (abandoned) {
            answer.fail(GONE);
        } else {
            asked(code, data, answer);
        }
    }

    /** The server asks, and the client is there. */
    abstract void asked(int code, byte[] data, Answer answer);

    /** Says this to the client, and awaits what goes to {@code answer}. */
    final void ask(byte[] authentication, Answer answer) {
        awaited = answer;
        toClient.accept(authentication);
    }

    /** Says this to the client, and awaits nothing. */
    final void tell(byte[] authentication) {
        awaited = null;
        toClient.accept(authentication);
    }

    @Override
    public final boolean isAsking() {
        return awaited != null;
    }

    @Override
    public final void answered(byte[] body) {
        Answer answer = awaited;
        if (answer == null) {
            throw new ProtocolViolation("password message without a request");
        }
        awaited = null;
        answered(body, answer);
    }

    /** The client has answered; the server is told by {@code answer}. */
    abstract void answered(byte[] body, Answer answer);

    @Override
    public final void abandon() {
        abandoned = true;
        Answer answer = awaited;
        awaited = null;
        if (answer != null) {
            answer.fail(GONE);
        }
    }
}
