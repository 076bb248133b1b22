package io.trunkline.proxy.passwords;

import io.trunkline.pool.BackendLogin;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.AuthenticationRequest;
import io.trunkline.protocol.auth.NonceSource;
import io.trunkline.protocol.auth.ScramClient;
import io.trunkline.protocol.auth.ScramParameters;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A login that goes as far as the server's salt and iteration count, and is given up then. Event loop only. */
final class VerifierProbe implements BackendLogin {
    /** What a server has told of its verifier. */
    enum Told {
        SAME(""),
        /** It lets the user in without. */
        NOT_ASKED(""),
        OTHER("the SCRAM verifier is not that of %s (another salt or iteration count, or the role does not exist there,"
                + " has no password or has expired)"),
        MD5("%s asks for an md5 hash"),
        CLEAR("%s asks for the password in clear");

        private final String text;

        Told(String text) {
            this.text = text;
        }

        /** Whether sessions of the user can be opened there. */
        boolean isFit() {
            return text.isEmpty();
        }

        String text(String where) {
            return text.formatted(where);
        }
    }

    private final ScramParameters ours;
    private @Nullable ScramClient scram;
    private @Nullable Told told;

    /** @param ours of the verifier that is compared */
    VerifierProbe(ScramParameters ours) {
        this.ours = ours;
    }

    /** Empty if the server has said nothing about it. */
    Optional<Told> told() {
        return Optional.ofNullable(told);
    }

    @Override
    public void challenged(int code, byte[] data, Answer answer) {
        AuthenticationRequest request = AuthenticationRequest.ofCode(code).orElse(null);
        ScramClient begun = scram;
        try {
            if (request == AuthenticationRequest.SASL) {
                ScramClient client = ScramClient.choose(data, NonceSource.RANDOM, answer.channelBinding());
                scram = client;
                answer.send(client.initialResponse());
                return;
            }
            if (request == AuthenticationRequest.SASL_CONTINUE && begun != null) {
                told = begun.receiveFirst(data).equals(ours) ? Told.SAME : Told.OTHER;
            } else if (request == AuthenticationRequest.MD5_PASSWORD) {
                told = Told.MD5;
            } else if (request == AuthenticationRequest.CLEARTEXT_PASSWORD) {
                told = Told.CLEAR;
            }
            answer.fail(ServerMessage.fatal(
                    SqlState.INVALID_AUTHORIZATION, "the server asks for authentication of type " + code));
        } catch (AuthenticationFailure failure) {
            answer.fail(ServerMessage.fatal(failure.sqlState(), String.valueOf(failure.getMessage())));
        }
    }

    /** Only where it was not asked for a proof: what is given up does not get here. */
    @Override
    public boolean isComplete() {
        return scram == null;
    }
}
