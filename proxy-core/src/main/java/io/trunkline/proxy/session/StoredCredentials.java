package io.trunkline.proxy.session;

import io.trunkline.config.PoolPasswd;
import io.trunkline.pool.BackendLogin;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramKeys;
import io.trunkline.protocol.auth.ScramParameters;
import io.trunkline.protocol.auth.ScramVerifier;
import io.trunkline.protocol.auth.StoredPassword;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The passwords that Trunkline knows, from pool_passwd, ready for use: a plain one has its verifier computed once, and
 * the keys derived for a server's salt are kept. Replaced as a whole at reload. Safe for any thread; never printed.
 */
public final class StoredCredentials {
    private static final int KEYS_KEPT = 4;

    /** What is known of one user. */
    static final class Entry {
        private final StoredPassword stored;
        private final Map<ScramParameters, ScramKeys> keys = new ConcurrentHashMap<>();
        private volatile @Nullable ScramVerifier verifier;

        Entry(StoredPassword stored) {
            this.stored = stored;
        }

        StoredPassword stored() {
            return stored;
        }

        /** The verifier that a client is checked against; computed at the first call for a plain password. */
        ScramVerifier verifier() {
            ScramVerifier known = verifier;
            if (known == null) {
                known = stored instanceof ScramVerifier v
                        ? v
                        : ScramVerifier.of((Password) stored, ScramParameters.DEFAULT_ITERATIONS);
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
    }

    private static final StoredCredentials NONE = new StoredCredentials(PoolPasswd.empty());

    private final PoolPasswd passwords;
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();

    private StoredCredentials(PoolPasswd passwords) {
        this.passwords = passwords;
    }

    public static StoredCredentials none() {
        return NONE;
    }

    public static StoredCredentials of(PoolPasswd passwords) {
        return new StoredCredentials(passwords);
    }

    /** What is known of a user; empty if there is no entry, or one in a form that cannot be used. */
    Optional<Entry> find(String user) {
        return passwords
                .find(user)
                .filter(PoolPasswd.Entry::isUsable)
                .map(entry -> entries.computeIfAbsent(user, name -> new Entry(toStored(entry))));
    }

    /** The login as {@code user} with a password of the configuration, such as sr_check_password. */
    public static Optional<BackendLogin> login(
            String user, String password, StoredCredentials others, Executor blocking, Executor loop) {
        Optional<Entry> entry = password.isEmpty()
                ? others.find(user)
                : others.passwords
                        .find(user, password)
                        .filter(PoolPasswd.Entry::isUsable)
                        .map(own -> new Entry(toStored(own)));
        return entry.map(known -> new CredentialLogin(user, known, null, blocking, loop));
    }

    private static StoredPassword toStored(PoolPasswd.Entry entry) {
        return switch (entry.form()) {
            case MD5 -> Md5Password.parse(entry.secret());
            case SCRAM_SHA_256 -> ScramVerifier.parse(entry.secret());
            case PLAIN, AES -> Password.of(entry.secret());
        };
    }
}
