package io.trunkline.protocol.auth;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A password in clear text, as the bytes in which it travels. It may be in any encoding, as PostgreSQL leaves that open
 * until after the login. Never empty (PostgreSQL knows no empty password) and without a zero byte (it ends the password
 * in every message).
 *
 * <p>{@code toString} never shows it.
 */
public final class Password implements StoredPassword {
    private final byte[] bytes;

    private Password(byte[] bytes) {
        if (bytes.length == 0) {
            throw new IllegalArgumentException("a password cannot be empty");
        }
        for (byte b : bytes) {
            if (b == 0) {
                throw new IllegalArgumentException("a password cannot contain a zero byte");
            }
        }
        this.bytes = bytes;
    }

    /**
     * A password that is known as text.
     *
     * @throws IllegalArgumentException if it is empty, has a NUL, or an unpaired surrogate (which has no UTF-8 form;
     *     putting a question mark in its place would make two passwords one)
     */
    public static Password of(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return new Password(bytes);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a password cannot contain an unpaired surrogate");
        }
    }

    /** A password that is known as bytes in whatever encoding; they are copied. */
    public static Password ofBytes(byte[] bytes) {
        return new Password(bytes.clone());
    }

    /**
     * Reads the body of a PasswordMessage: the password, or the {@link Md5Password#response answer} to
     * AuthenticationMD5Password.
     *
     * @throws AuthenticationFailure 08P01 if the body is not exactly one zero-terminated string, 28P01 if that is empty
     */
    public static Password fromMessage(byte[] body) throws AuthenticationFailure {
        int end = 0;
        while (end < body.length && body[end] != 0) {
            end++;
        }
        if (end != body.length - 1) {
            throw AuthenticationFailure.protocolViolation("invalid password packet size");
        }
        if (end == 0) {
            throw new AuthenticationFailure(
                    AuthenticationFailure.INVALID_PASSWORD, "empty password returned by client", "");
        }
        return new Password(Arrays.copyOf(body, end));
    }

    /** The body of a PasswordMessage that carries this password in clear text. */
    public byte[] toMessage() {
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    /** A copy of the password's bytes. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public boolean matches(String user, Password cleartext) {
        return equals(cleartext);
    }

    /** Takes constant time for passwords of one length. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Password password && MessageDigest.isEqual(bytes, password.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "Password[hidden]";
    }
}
