package io.trunkline.proxy.session;

import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.Borrower;
import io.trunkline.pool.StartupKey;
import io.trunkline.pool.StartupProfiles;
import io.trunkline.protocol.auth.ScramKeys;
import io.trunkline.proxy.auth.Credential;
import io.trunkline.proxy.auth.CredentialLogin;
import io.trunkline.proxy.route.Reader;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * As whom a session goes to the nodes, once its client has been admitted.
 *
 * @param logins makes the login for one more backend; holds what secrets it needs, and never shows them
 * @param admission {@link Admission#VERIFIED} if Trunkline itself has verified the client
 * @param ownBackend the backend that relayed the client's proof: the only one that this session may use; else null
 */
record SessionLogin(
        StartupKey key,
        String applicationName,
        Supplier<BackendLogin> logins,
        Admission admission,
        @Nullable BackendConnection ownBackend) {
    /**
     * Of a client whom a server admits without a proof.
     *
     * @param profiles learn if another server does not
     */
    static SessionLogin trusted(StartupKey key, String applicationName, StartupProfiles profiles) {
        BackendLogin login = (code, data, answer) -> {
            profiles.learnAsks(key);
            BackendLogin.TRUST.challenged(code, data, answer);
        };
        return new SessionLogin(key, applicationName, () -> login, Admission.TRUST, null);
    }

    /**
     * Of a client that has proved itself.
     *
     * @param credential what logs in to the servers
     * @param keys what a SCRAM proof has left
     * @param blocking for work that takes long
     * @param loop of the session
     */
    static SessionLogin verified(
            StartupKey key,
            String applicationName,
            Credential credential,
            @Nullable ScramKeys keys,
            Executor blocking,
            Executor loop) {
        // kept as long as the session is: it must not hold on to what admitted the client
        return new SessionLogin(
                key,
                applicationName,
                () -> new CredentialLogin(key.user(), credential, keys, blocking, loop),
                Admission.VERIFIED,
                null);
    }

    /** Of a client that has proved itself to a server: there is nothing to log in with again. */
    static SessionLogin relayed(StartupKey key, String applicationName, BackendConnection own) {
        return new SessionLogin(key, applicationName, () -> BackendLogin.TRUST, Admission.RELAYED, own);
    }

    /** Who the session is to the redirect lists. */
    Reader reader() {
        return new Reader(applicationName, key.database(), key.user());
    }

    /** As whom it asks for backends. */
    Borrower borrower(boolean takesUsed) {
        return new Borrower(key, applicationName, logins, admission, takesUsed);
    }

    BackendLogin newLogin() {
        return logins.get();
    }
}
