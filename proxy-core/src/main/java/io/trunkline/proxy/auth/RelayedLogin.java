package io.trunkline.proxy.auth;

import io.trunkline.pool.Admission;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.ScramMechanism;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Lets the client answer the server's authentication requests itself. Trunkline never learns the password, and the
 * backend is that client's alone.
 */
public final class RelayedLogin extends AnsweredLogin {
    private static final int SASL = 10;

    /** AuthenticationSASLFinal: the server's own proof, to which there is no answer. */
    private static final int SASL_FINAL = 12;

    private static final ServerMessage NOT_TO_BE_RELAYED = ServerMessage.fatal(
                    SqlState.INVALID_AUTHORIZATION,
                    "SCRAM authentication cannot be relayed where both the client and the server use TLS")
            .withHint("Let Trunkline know the user, by pool_passwd, or connect with channel_binding=disable.");

    private boolean bindingWithheld;

    /** @param toClient takes the bodies of Authentication messages */
    public RelayedLogin(Consumer<byte[]> toClient) {
        super(toClient);
    }

    @Override
    void asked(int code, byte[] data, Answer answer) {
        // a binding would be to our certificate on the client's side, and to that of the server on the other
        byte[] passed = code == SASL ? ScramMechanism.withoutChannelBinding(data) : data;
        bindingWithheld = passed.length != data.length;
        byte[] message =
                ByteBuffer.allocate(4 + passed.length).putInt(code).put(passed).array();
        if (code == SASL_FINAL) {
            tell(message);
        } else {
            ask(message, answer);
        }
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
    void answered(byte[] body, Answer answer) {
        if (bindingWithheld && ScramMechanism.missesChannelBinding(body)) {
            // the server would take this for the work of somebody in between, which it is
            answer.fail(NOT_TO_BE_RELAYED);
        } else {
            answer.send(body);
        }
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
