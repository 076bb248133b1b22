package io.trunkline.proxy.session;

import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.StartupKey;
import io.trunkline.proxy.route.Reader;
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
    /** Who the session is to the redirect lists. */
    Reader reader() {
        return new Reader(applicationName, key.database(), key.user());
    }

    BackendLogin newLogin() {
        return logins.get();
    }
}
