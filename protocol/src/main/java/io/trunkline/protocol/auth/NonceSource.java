package io.trunkline.protocol.auth;

import java.security.SecureRandom;
import java.util.Base64;

/**
 * Where an exchange takes its nonce from. A nonce must never come twice; tests put in a known one.
 */
@FunctionalInterface
public interface NonceSource {
    /** 18 random bytes in base64, as PostgreSQL does on both sides; the generator is shared and thread-safe. */
    NonceSource RANDOM = new NonceSource() {
        private final SecureRandom random = new SecureRandom();

        @Override
        public String next() {
            byte[] raw = new byte[18];
            random.nextBytes(raw);
            return Base64.getEncoder().encodeToString(raw);
        }
    };

    /** A new nonce: printable ASCII without a comma. */
    String next();
}
