package io.trunkline.proxy.auth;

import io.trunkline.protocol.auth.MockScramSecret;
import io.trunkline.protocol.auth.ScramParameters;
import io.trunkline.protocol.auth.ScramVerifier;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Where Trunkline knows users from: pool_passwd, and for those who are not in it auth_query. Shared by all event loops; a
 * reload replaces what it holds. Safe for any thread.
 */
public final class Logins {
    private final AuthQuery query;
    private final PasswordChecks checks;
    private final MockScramSecret secret;
    private volatile StoredCredentials stored;
    private volatile AuthSettings settings;

    /**
     * @param checks asks those outside who know passwords
     * @param secret from which the salts of users come who have none of their own
     */
    public Logins(
            StoredCredentials stored,
            AuthSettings settings,
            AuthQuery query,
            PasswordChecks checks,
            MockScramSecret secret) {
        this.checks = checks;
        this.stored = stored;
        this.settings = settings;
        this.query = query;
        this.secret = secret;
    }

    public StoredCredentials stored() {
        return stored;
    }

    /** Whether the rules of pool_hba.conf are in force. */
    public boolean hasRules() {
        return settings.rules();
    }

    AuthSettings settings() {
        return settings;
    }

    public void reload(StoredCredentials freshStored, AuthSettings fresh) {
        stored = freshStored;
        settings = fresh;
        query.reload(fresh.query());
    }

    /**
     * Looks a user up.
     *
     * @param on of the caller, where {@code then} is called; at once if the answer is there
     */
    void find(String user, Executor on, Consumer<Finding> then) {
        Optional<Credential> entry = stored.find(user);
        if (entry.isPresent()) {
            then.accept(Finding.of(entry.get()));
        } else if (query.isOn()) {
            query.find(user, on, then);
        } else {
            then.accept(Finding.SERVER_ONLY);
        }
    }

    /** A client has failed to prove what {@code credential} demands. */
    void suspect(String user, Credential credential) {
        query.suspect(user, credential);
    }

    ScramVerifier verifier(String user, Credential credential) {
        return credential.verifier(user, secret);
    }

    PasswordChecks checks() {
        return checks;
    }

    MockScramSecret secret() {
        return secret;
    }

    /** What the password of a user who has none is compared with, at the same cost. */
    ScramVerifier mockVerifier(String user) {
        return secret.verifier(user, ScramParameters.DEFAULT_ITERATIONS);
    }
}
