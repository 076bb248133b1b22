package io.trunkline.protocol.auth;

import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * ClientKey and ServerKey of one password with one salt and iteration count (RFC 5802, section 3): enough to log in to
 * every server whose verifier has that salt and count, and to recognise that server, without the password.
 *
 * <p>They come from a password ({@link #derive}) or from a login that {@link ScramServer} has verified. As good as a
 * password on those servers, hence {@code toString} hides them; they are to stay in memory.
 */
public final class ScramKeys {
    private final ScramParameters parameters;
    private final byte[] clientKey;
    private final byte[] serverKey;

    ScramKeys(ScramParameters parameters, byte[] clientKey, byte[] serverKey) {
        this.parameters = parameters;
        this.clientKey = clientKey;
        this.serverKey = serverKey;
    }

    /**
     * Computes the keys; the expensive step of SCRAM, about 0.25 ms for every 1000 iterations. Meant to run off the event
     * loop, and its result to be cached by password and parameters.
     *
     * <p>The count comes from the other side: this is the place to bound it, before any work is done, as here is the only
     * work that it causes (a login with cached keys costs the same whatever the count). Without a bound a hostile or
     * hijacked backend could keep a thread busy for ten minutes with one message (CVE-2026-42198 in pgjdbc, whose bound
     * of 100,000 is {@link ScramParameters#DEFAULT_MAX_ITERATIONS}).
     *
     * @throws AuthenticationFailure 28000 if the parameters ask for more than {@code maxIterations}
     */
    public static ScramKeys derive(Password password, ScramParameters parameters, int maxIterations)
            throws AuthenticationFailure {
        if (parameters.iterations() > maxIterations) {
            throw new AuthenticationFailure(
                    AuthenticationFailure.INVALID_AUTHORIZATION_SPECIFICATION,
                    "SCRAM iteration count is too large",
                    "The server asks for " + parameters.iterations() + " iterations, at most " + maxIterations
                            + " are allowed.");
        }
        return derive(password, parameters);
    }

    /** As above, for parameters that did not come from a backend. */
    static ScramKeys derive(Password password, ScramParameters parameters) {
        byte[] salted = ScramHash.saltedPassword(SaslPrep.prepare(password.bytes()), parameters);
        ScramKeys keys =
                new ScramKeys(parameters, ScramHash.hmac(salted, "Client Key"), ScramHash.hmac(salted, "Server Key"));
        Arrays.fill(salted, (byte) 0);
        return keys;
    }

    /** The salt and iteration count for which these keys are good. */
    public ScramParameters parameters() {
        return parameters;
    }

    /** The verifier that a server stores for these keys. */
    public ScramVerifier verifier() {
        return new ScramVerifier(parameters, ScramHash.sha256(clientKey), serverKey.clone());
    }

    byte[] clientKey() {
        return clientKey;
    }

    byte[] serverKey() {
        return serverKey;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof ScramKeys keys) || !parameters.equals(keys.parameters)) {
            return false;
        }
        boolean sameClientKey = MessageDigest.isEqual(clientKey, keys.clientKey);
        boolean sameServerKey = MessageDigest.isEqual(serverKey, keys.serverKey);
        return sameClientKey && sameServerKey;
    }

    @Override
    public int hashCode() {
        return 31 * parameters.hashCode() + Arrays.hashCode(serverKey);
    }

    @Override
    public String toString() {
        return "ScramKeys[" + parameters + ", keys hidden]";
    }
}
