package io.trunkline.proxy.auth;

import io.trunkline.config.PoolPasswd;
import io.trunkline.pool.BackendLogin;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramVerifier;
import io.trunkline.protocol.auth.StoredPassword;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * The passwords of pool_passwd, ready for use: what is computed from one is kept. Replaced as a whole at reload. Safe for
 * any thread; never printed.
 */
public final class StoredCredentials {
    private static final StoredCredentials NONE = new StoredCredentials(PoolPasswd.empty());

    private final PoolPasswd passwords;
    private final Map<String, Credential> credentials = new ConcurrentHashMap<>();

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
    public Optional<Credential> find(String user) {
        return passwords
                .find(user)
                .filter(PoolPasswd.Entry::isUsable)
                .map(entry -> credentials.computeIfAbsent(
                        user, name -> new Credential(toStored(entry), Credential.Origin.POOL_PASSWD)));
    }

    /** The login as {@code user} with a password of the configuration, such as sr_check_password. */
    public static Optional<BackendLogin> login(
            String user, String password, StoredCredentials others, Executor blocking, Executor loop) {
        Optional<Credential> credential = password.isEmpty()
                ? others.find(user)
                : others.passwords
                        .find(user, password)
                        .filter(PoolPasswd.Entry::isUsable)
                        .map(own -> new Credential(toStored(own), Credential.Origin.CONFIGURATION));
        return credential.map(known -> new CredentialLogin(user, known, null, blocking, loop));
    }

    /**
     * The password that {@link #login} would use, for a program that logs in by itself; empty where none is stored or only
     * a hash.
     */
    public static Optional<String> password(String user, String password, StoredCredentials others) {
        Optional<PoolPasswd.Entry> entry =
                password.isEmpty() ? others.passwords.find(user) : others.passwords.find(user, password);
        return entry.filter(PoolPasswd.Entry::isUsable)
                .filter(known -> known.form() == PoolPasswd.Form.PLAIN || known.form() == PoolPasswd.Form.AES)
                .map(PoolPasswd.Entry::secret);
    }

    private static StoredPassword toStored(PoolPasswd.Entry entry) {
        return switch (entry.form()) {
            case MD5 -> Md5Password.parse(entry.secret());
            case SCRAM_SHA_256 -> ScramVerifier.parse(entry.secret());
            case PLAIN, AES -> Password.of(entry.secret());
        };
    }
}
