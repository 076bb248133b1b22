package io.trunkline.proxy.auth;

import io.trunkline.pool.Admission;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets the client answer the server's authentication requests itself. Trunkline never learns the password, and the
 * backend is that client's alone.
 */
public final class RelayedLogin implements ServerProof {
    /** AuthenticationSASLFinal: the server's own proof, to which there is no answer. */
    private static final int SASL_FINAL = 12;

    private static final ServerMessage GONE =
            ServerMessage.fatal(SqlState.CONNECTION_FAILURE, "the client did not answer");

    private final Consumer<byte[]> toClient;
    private @Nullable Answer awaited;
    private boolean abandoned;

    /** @param toClient takes the bodies of Authentication messages */
    public RelayedLogin(Consumer<byte[]> toClient) {
        this.toClient = toClient;
    }

    @Override
    public void challenged(int code, byte[] data, Answer answer) {
        if (abandoned) {
            answer.fail(GONE);
            return;
        }
        awaited = code == SASL_FINAL ? null : answer;
        toClient.accept(
                ByteBuffer.allocate(4 + data.length).putInt(code).put(data).array());
    }

    @Override
    public LoginMethod method() {
        return LoginMethod.RELAY;
    }

    @Override
    public Admission admission() {
        return Admission.RELAYED;
    }

    @Override
    public boolean isAsking() {
        return awaited != null;
    }

    @Override
    public void abandon() {
        abandoned = true;
        Answer answer = awaited;
        awaited = null;
        if (answer != null) {
            answer.fail(GONE);
        }
    }

    @Override
    public void answered(byte[] body) {
        Answer answer = awaited;
        if (answer == null) {
            throw new ProtocolViolation("password message without a request");
        }
        awaited = null;
        answer.send(body);
    }

    @Override
    public Optional<Credential> learned() {
        return Optional.empty();
    }

    @Override
    public boolean mayBeTrusted() {
        return true;
    }
}
