package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's MD5 form of a password: {@code md5} and the hex of MD5(password, user name). Whoever has it can log in
 * wherever the method is md5, so it is as secret as the password and {@code toString} hides it.
 */
public final class Md5Password implements StoredPassword {
    /** Bytes of salt that follow the code in AuthenticationMD5Password. */
    public static final int SALT_LENGTH = 4;

    private static final String PREFIX = "md5";
    private static final int LENGTH = 35;

    private final byte[] hex;

    private Md5Password(byte[] hex) {
        this.hex = hex;
    }

    /** The MD5 form of a user's password. */
    public static Md5Password of(String user, Password password) {
        return new Md5Password(hexDigest(password.bytes(), user.getBytes(UTF_8)));
    }

    /**
     * Reads the stored form.
     *
     * @throws IllegalArgumentException if it is not {@code md5} and 32 lower-case hex digits; the text is not repeated
     */
    public static Md5Password parse(String stored) {
        if (!isMd5(stored)) {
            throw new IllegalArgumentException("not an MD5 password: \"md5\" and 32 lower-case hex digits expected");
        }
        return new Md5Password(stored.substring(PREFIX.length()).getBytes(US_ASCII));
    }

    /** Whether PostgreSQL would take this text for an MD5 form and not for a password in clear text. */
    public static boolean isMd5(String stored) {
        return stored.length() == LENGTH
                && stored.startsWith(PREFIX)
                && stored.chars().skip(PREFIX.length()).allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    /** The stored form. */
    public String format() {
        return PREFIX + new String(hex, US_ASCII);
    }

    /**
     * The frontend's answer to AuthenticationMD5Password, to be sent with {@link Password#toMessage()}.
     *
     * @param salt the four bytes of the request
     */
    public Password response(byte[] salt) {
        if (salt.length != SALT_LENGTH) {
            throw new IllegalArgumentException("an MD5 salt has 4 bytes, not " + salt.length);
        }
        byte[] digest = hexDigest(hex, salt);
        byte[] answer = Arrays.copyOf(PREFIX.getBytes(US_ASCII), LENGTH);
        System.arraycopy(digest, 0, answer, PREFIX.length(), digest.length);
        return Password.ofBytes(answer);
    }

    /** Whether a frontend's answer to AuthenticationMD5Password proves this password. Takes constant time. */
    public boolean isProvedBy(Password answer, byte[] salt) {
        return response(salt).equals(answer);
    }

    @Override
    public boolean matches(String user, Password cleartext) {
        return equals(of(user, cleartext));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Md5Password password && MessageDigest.isEqual(hex, password.hex);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(hex);
    }

    @Override
    public String toString() {
        return "Md5Password[hidden]";
    }

    private static byte[] hexDigest(byte[] first, byte[] second) {
        try {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            md5.update(first);
            md5.update(second);
            return HexFormat.of().formatHex(md5.digest()).getBytes(US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no MD5", e);
        }
    }
}
