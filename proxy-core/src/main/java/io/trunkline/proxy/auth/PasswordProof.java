package io.trunkline.proxy.auth;

import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.AuthenticationFailure;
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
final class PasswordProof extends ClearTextProof {
    private final StoredPassword expected;
    private final @Nullable Credential credential;
    private final FailedProof failed;
    private final Executor blocking;
    private final Executor loop;

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
        super(user, outlet);
        this.expected = expected;
        this.credential = credential;
        this.failed = failed;
        this.blocking = blocking;
        this.loop = loop;
    }

    @Override
    public LoginMethod method() {
        return LoginMethod.PASSWORD;
    }

    @Override
    void unusable(AuthenticationFailure failure) {
        failed.tell(failure, credential, outlet);
    }

    @Override
    void told(Password told) {
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
