package io.trunkline.proxy.auth;

import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.auth.AuthenticationFailure;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is done about a proof that has failed. Whatever the reason, the client hears the same.
 *
 * @param suspect takes a credential that a client has failed to prove
 */
record FailedProof(Consumer<Credential> suspect) {
    /** @param credential what was to be proved; null if the user has none */
    void tell(AuthenticationFailure failure, @Nullable Credential credential, FrontProof.Outlet outlet) {
        ServerMessage message = ServerMessage.fatal(failure.sqlState(), String.valueOf(failure.getMessage()));
        boolean wrong = failure.sqlState().equals(AuthenticationFailure.INVALID_PASSWORD);
        if (wrong && credential != null) {
            suspect.accept(credential);
        }
        outlet.failed(
                !wrong
                        ? LoginFailure.PROTOCOL
                        : credential == null ? LoginFailure.UNKNOWN_USER : LoginFailure.WRONG_PROOF,
                failure.detail().map(message::withDetail).orElse(message),
                failure.logDetail().orElse(""));
    }
}
