package io.trunkline.proxy.auth;

import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.AuthenticationRequest;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramKeys;
import io.trunkline.protocol.auth.ScramVerifier;
import io.trunkline.protocol.auth.StoredPassword;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * password: the password in clear, compared with what is stored in whatever form. To compare costs up to a few
 * milliseconds of CPU, so it runs off the event loop; for a user who does not exist too.
 */
final class PasswordProof implements FrontProof {
    private final String user;
    private final StoredPassword expected;
    private final @Nullable Credential credential;
    private final Outlet outlet;
    private final FailedProof failed;
    private final Executor blocking;
    private final Executor loop;
    private boolean asking;

    /**
     * @param expected what is compared with
     * @param credential the one that it belongs to; null if the proof is to fail all the same
     */
    PasswordProof(
            String user,
            StoredPassword expected,
            @Nullable Credential credential,
            Outlet outlet,
            FailedProof failed,
            Executor blocking,
            Executor loop) {
        this.user = user;
        this.expected = expected;
        this.credential = credential;
        this.outlet = outlet;
        this.failed = failed;
        this.blocking = blocking;
        this.loop = loop;
    }

    @Override
    public LoginMethod method() {
        return LoginMethod.PASSWORD;
    }

    @Override
    public void begin() {
        asking = true;
        outlet.ask(AuthenticationRequest.CLEARTEXT_PASSWORD.body());
    }

    @Override
    public boolean isAsking() {
        return asking;
    }

    @Override
    public void answered(byte[] body) {
        if (!asking) {
            throw new ProtocolViolation("unexpected password message");
        }
        asking = false;
        Password told;
        try {
            told = Password.fromMessage(body);
        } catch (AuthenticationFailure failure) {
            failed.tell(failure, credential, outlet);
            return;
        }
        try {
            blocking.execute(() -> {
                Credential known = new Credential(told, Credential.Origin.CLIENT);
                boolean right = matches(told, known);
                loop.execute(() -> judge(right, known));
            });
        } catch (RejectedExecutionException tooMuchIsWaiting) {
            outlet.failed(
                    LoginFailure.UNAVAILABLE,
                    ServerMessage.fatal(
                            SqlState.TOO_MANY_CONNECTIONS, "too many passwords are being checked at the moment"),
                    "");
        }
    }

    /** Comparing with a verifier makes the keys that log in to the servers: they are kept. */
    private boolean matches(Password told, Credential known) {
        if (expected instanceof ScramVerifier verifier) {
            try {
                ScramKeys keys = ScramKeys.derive(told, verifier.parameters(), Integer.MAX_VALUE);
                known.keep(keys);
                return keys.verifier().equals(verifier);
            } catch (AuthenticationFailure tooManyIterations) {
                return false;
            }
        }
        return expected.matches(user, told);
    }

    private void judge(boolean right, Credential told) {
        if (right && credential != null) {
            outlet.proved(new Proved(told, null));
            return;
        }
        failed.tell(
                AuthenticationFailure.passwordRejected(
                        user,
                        credential == null ? "The user does not exist or has no password." : "The password is wrong."),
                credential,
                outlet);
    }
}
