package io.trunkline.protocol.auth;

import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Salt and iteration count of a SCRAM verifier: with the password, all that its keys depend on. Both are public; a server
 * sends them to anybody who asks. Fit as a key of a cache.
 */
public final class ScramParameters {
    /** PostgreSQL's own count before 16, and the default of its {@code scram_iterations} since. */
    public static final int DEFAULT_ITERATIONS = 4096;
    /** Bytes of salt in the verifiers that PostgreSQL makes. */
    public static final int DEFAULT_SALT_LENGTH = 16;
    /** Above this a backend's count should be refused (about 25 ms of CPU), see {@link ScramKeys#derive}. */
    public static final int DEFAULT_MAX_ITERATIONS = 100_000;

    private final byte[] salt;
    private final int iterations;

    /**
     * @param salt at least one byte; copied
     * @param iterations at least 1
     */
    public ScramParameters(byte[] salt, int iterations) {
        if (salt.length == 0) {
            throw new IllegalArgumentException("a SCRAM salt cannot be empty");
        }
        if (iterations < 1) {
            throw new IllegalArgumentException("a SCRAM iteration count must be positive, not " + iterations);
        }
        this.salt = salt.clone();
        this.iterations = iterations;
    }

    public byte[] salt() {
        return salt.clone();
    }

    public int iterations() {
        return iterations;
    }

    String encodedSalt() {
        return Base64.getEncoder().encodeToString(salt);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ScramParameters parameters
                && iterations == parameters.iterations
                && Arrays.equals(salt, parameters.salt);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(salt) + iterations;
    }

    @Override
    public String toString() {
        return "ScramParameters[salt=" + encodedSalt() + ", iterations=" + iterations + "]";
    }
}
