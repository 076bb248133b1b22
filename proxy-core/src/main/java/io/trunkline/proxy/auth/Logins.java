package io.trunkline.proxy.auth;

import io.trunkline.protocol.auth.MockScramSecret;
import io.trunkline.protocol.auth.ScramParameters;
import io.trunkline.protocol.auth.ScramVerifier;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where Trunkline knows users from: pool_passwd, and for those who are not in it auth_query. Shared by all event loops; a
 * reload replaces what it holds. Safe for any thread.
 */
public final class Logins {
    private static final Logger log = LoggerFactory.getLogger(Logins.class);

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

    /**
     * Whether the servers are asked first who has to prove anything, as an older Pgpool-II does without rules. Of users whom
     * pool_passwd has: for others the servers answer anyway. Not with auth_query, which no Pgpool-II has: who sets that wants
     * everybody asked.
     */
    public boolean areServersFirst(String user) {
        AuthSettings now = settings;
        return now.serversFirst()
                && !now.rules()
                && !query.isOn()
                && stored.find(user).isPresent();
    }

    /** The servers have trusted a user whom pool_passwd has, and so nobody has asked for the password. */
    public void admittedUnasked(String user) {
        if (stored.find(user).filter(Credential::isFirstUnasked).isPresent()) {
            log.warn(
                    "user \"{}\" has an entry in pool_passwd, and is admitted without the password since the servers trust"
                            + " Trunkline with that user; with enable_pool_hba = on the rules decide",
                    user);
        }
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
