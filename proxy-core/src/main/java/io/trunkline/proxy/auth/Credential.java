package io.trunkline.proxy.auth;

import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.MockScramSecret;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramKeys;
import io.trunkline.protocol.auth.ScramParameters;
import io.trunkline.protocol.auth.ScramVerifier;
import io.trunkline.protocol.auth.StoredPassword;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What Trunkline knows of one user's password, in whatever form, and what has been computed from it. Safe for any thread;
 * never printed.
 */
public final class Credential {
    /** Where it comes from, which is where to look if it does not fit. */
    public enum Origin {
        POOL_PASSWD("the entry of the user in pool_passwd"),
        AUTH_QUERY("what auth_query has told of the user"),
        CLIENT("the password that the client has sent"),
        CONFIGURATION("the password in pgpool.conf");

        final String text;

        Origin(String text) {
            this.text = text;
        }
    }

    private static final int KEYS_KEPT = 4;

    private final StoredPassword stored;
    private final Origin origin;
    private final Map<ScramParameters, ScramKeys> keys = new ConcurrentHashMap<>();
    private final AtomicBoolean misfitLogged = new AtomicBoolean();
    private final AtomicBoolean unaskedLogged = new AtomicBoolean();
    private volatile @Nullable ScramVerifier verifier;

    public Credential(StoredPassword stored, Origin origin) {
        this.stored = stored;
        this.origin = origin;
    }

    StoredPassword stored() {
        return stored;
    }

    Origin origin() {
        return origin;
    }

    boolean isMd5() {
        return stored instanceof Md5Password;
    }

    /** Whether it logs in to some servers by itself, without anything that a client's proof leaves. */
    boolean isSufficient() {
        return !(stored instanceof ScramVerifier);
    }

    /**
     * The verifier that a client is checked against; computed at the first call for a password in clear, with a salt that
     * stays the same over restarts.
     *
     * @throws IllegalStateException if an md5 hash is all there is
     */
    ScramVerifier verifier(String user, MockScramSecret secret) {
        ScramVerifier known = verifier;
        if (known == null) {
            if (stored instanceof ScramVerifier same) {
                known = same;
            } else if (stored instanceof Password password) {
                known = ScramVerifier.of(password, secret.parameters(user, ScramParameters.DEFAULT_ITERATIONS));
            } else {
                throw new IllegalStateException("an md5 hash makes no SCRAM verifier");
            }
            verifier = known;
        }
        return known;
    }

    Optional<ScramKeys> keysFor(ScramParameters parameters) {
        return Optional.ofNullable(keys.get(parameters));
    }

    void keep(ScramKeys derived) {
        if (keys.size() >= KEYS_KEPT) {
            keys.clear();
        }
        keys.put(derived.parameters(), derived);
    }

    /** Whether it is to be said, for the first time, that a server has another verifier. */
    boolean isFirstMisfit() {
        return misfitLogged.compareAndSet(false, true);
    }

    /** Whether it is to be said, for the first time, that the user was admitted without it. */
    boolean isFirstUnasked() {
        return unaskedLogged.compareAndSet(false, true);
    }

    @Override
    public String toString() {
        return "Credential[hidden]";
    }
}
