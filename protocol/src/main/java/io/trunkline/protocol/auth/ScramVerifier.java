package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a server keeps of a password for SCRAM-SHA-256, in PostgreSQL's form (manual, "pg_authid"):
 * {@code SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>}. Nobody can log in with it, but passwords can be
 * tried against it and a server can be impersonated, so {@code toString} hides the keys.
 */
public final class ScramVerifier implements StoredPassword {
    private static final String SCHEME = "SCRAM-SHA-256";
    private static final Pattern FORM =
            Pattern.compile(Pattern.quote(SCHEME) + "\\$([1-9][0-9]{0,9}):([^$:]+)\\$([^$:]+):([^$:]+)");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ScramParameters parameters;
    private final byte[] storedKey;
    private final byte[] serverKey;

    ScramVerifier(ScramParameters parameters, byte[] storedKey, byte[] serverKey) {
        this.parameters = parameters;
        this.storedKey = storedKey;
        this.serverKey = serverKey;
    }

    /**
     * Reads PostgreSQL's text form.
     *
     * @throws IllegalArgumentException if it is not one; the message names the part at fault and repeats none of it
     */
    public static ScramVerifier parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "not a SCRAM verifier: SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey> expected");
        }
        long iterations = Long.parseLong(matcher.group(1));
        if (iterations > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("iteration count of a SCRAM verifier is too large");
        }
        byte[] salt = part("salt", matcher.group(2));
        return new ScramVerifier(
                new ScramParameters(salt, (int) iterations),
                key("StoredKey", matcher.group(3)),
                key("ServerKey", matcher.group(4)));
    }

    /** Whether a stored password claims to be of this form; it may still be malformed. */
    public static boolean isScram(String stored) {
        return stored.startsWith(SCHEME + "$");
    }

    /** The verifier of a password with this salt and count; costs the iterations in CPU. */
    public static ScramVerifier of(Password password, ScramParameters parameters) {
        return ScramKeys.derive(password, parameters).verifier();
    }

    /** The verifier of a password with a fresh salt of PostgreSQL's length. */
    public static ScramVerifier of(Password password, int iterations) {
        byte[] salt = new byte[ScramParameters.DEFAULT_SALT_LENGTH];
        RANDOM.nextBytes(salt);
        return of(password, new ScramParameters(salt, iterations));
    }

    /** PostgreSQL's text form, byte for byte what {@link #parse} has read. */
    public String format() {
        return SCHEME
                + '$'
                + parameters.iterations()
                + ':'
                + parameters.encodedSalt()
                + '$'
                + ScramHash.encode(storedKey)
                + ':'
                + ScramHash.encode(serverKey);
    }

    public ScramParameters parameters() {
        return parameters;
    }

    byte[] storedKey() {
        return storedKey;
    }

    byte[] serverKey() {
        return serverKey;
    }

    @Override
    public boolean matches(String user, Password cleartext) {
        return equals(of(cleartext, parameters));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof ScramVerifier verifier) || !parameters.equals(verifier.parameters)) {
            return false;
        }
        boolean sameStoredKey = MessageDigest.isEqual(storedKey, verifier.storedKey);
        boolean sameServerKey = MessageDigest.isEqual(serverKey, verifier.serverKey);
        return sameStoredKey && sameServerKey;
    }

    @Override
    public int hashCode() {
        return 31 * parameters.hashCode() + Arrays.hashCode(serverKey);
    }

    @Override
    public String toString() {
        return "ScramVerifier[" + parameters + ", keys hidden]";
    }

    private static byte[] key(String name, String encoded) {
        byte[] key = part(name, encoded);
        if (key.length != ScramHash.KEY_LENGTH) {
            throw new IllegalArgumentException(name + " of a SCRAM verifier must have 32 bytes, not " + key.length);
        }
        return key;
    }

    private static byte[] part(String name, String encoded) {
        try {
            return ScramHash.decode(encoded.getBytes(ISO_8859_1));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + " of a SCRAM verifier is not base64");
        }
    }
}
