package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The secret from which the salt of a user who does not exist is made, so that such a user has a salt as steady as any
 * other's and can't be told from one with another password. Keep {@link #toBytes()} over restarts and equal on all
 * instances that stand for one another; a change of the salts gives the unknown users away.
 */
public final class MockScramSecret {
    /** Bytes of a new secret. */
    public static final int LENGTH = 32;

    private static final int MIN_LENGTH = 16;

    private final byte[] secret;

    private MockScramSecret(byte[] secret) {
        this.secret = secret;
    }

    /**
     * A secret that was kept.
     *
     * @throws IllegalArgumentException if it is shorter than 16 bytes
     */
    public static MockScramSecret of(byte[] secret) {
        if (secret.length < MIN_LENGTH) {
            throw new IllegalArgumentException("a mock authentication secret needs 16 bytes, not " + secret.length);
        }
        return new MockScramSecret(secret.clone());
    }

    /** A new secret. */
    public static MockScramSecret random() {
        byte[] secret = new byte[LENGTH];
        new SecureRandom().nextBytes(secret);
        return new MockScramSecret(secret);
    }

    /** A copy of the secret, for keeping. */
    public byte[] toBytes() {
        return secret.clone();
    }

    /**
     * The verifier to pretend with. Nobody knows a password for it; {@link ScramServer} would refuse it all the same.
     *
     * @param iterations the count that real users have, else it tells them apart
     */
    public ScramVerifier verifier(String user, int iterations) {
        byte[] name = user.getBytes(UTF_8);
        return new ScramVerifier(parameters(user, iterations), derive(1, name), derive(2, name));
    }

    /**
     * The salt of a user who has none of its own: one who does not exist, or whose password is kept in clear. As both get
     * theirs from here, they look alike, and to a restart too.
     */
    public ScramParameters parameters(String user, int iterations) {
        byte[] salt = Arrays.copyOf(derive(0, user.getBytes(UTF_8)), ScramParameters.DEFAULT_SALT_LENGTH);
        return new ScramParameters(salt, iterations);
    }

    private byte[] derive(int purpose, byte[] name) {
        return ScramHash.hmac(secret, new byte[] {(byte) purpose}, name);
    }

    @Override
    public String toString() {
        return "MockScramSecret[hidden]";
    }
}
