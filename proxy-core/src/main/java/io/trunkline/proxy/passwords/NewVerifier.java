package io.trunkline.proxy.passwords;

import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramParameters;
import io.trunkline.protocol.auth.ScramVerifier;

/** SCRAM verifiers for passwords that no server has stored in that form. */
public final class NewVerifier {
    private NewVerifier() {}

    /**
     * A verifier in PostgreSQL's form, with a fresh salt and PostgreSQL's usual iteration count.
     *
     * @throws IllegalArgumentException if the password is empty or has a zero byte
     */
    public static String of(byte[] password) {
        return ScramVerifier.of(Password.ofBytes(password), ScramParameters.DEFAULT_ITERATIONS)
                .format();
    }
}
