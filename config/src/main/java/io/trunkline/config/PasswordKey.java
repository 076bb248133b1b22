package io.trunkline.config;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key with which Pgpool-II's {@code pg_enc} encrypts passwords; manual, section "AES256 encrypted password".
 * Immutable, safe for any thread, never printed.
 *
 * <p>AES-256 in CBC mode with PKCS#7 padding, in base64. Key and initialisation vector both come from the text of the key
 * alone, by OpenSSL's {@code EVP_BytesToKey} with SHA-1, one round and no salt: one password under one key has always
 * the same encrypted form, and a form that was tampered with is not noticed. It hides passwords from a glance, no more.
 */
public final class PasswordKey {
    private static final String CIPHER = "AES/CBC/PKCS5Padding";
    private static final int KEY_LENGTH = 32;
    private static final int VECTOR_LENGTH = 16;

    private final SecretKeySpec key;
    private final IvParameterSpec vector;

    private PasswordKey(byte[] material) {
        key = new SecretKeySpec(material, 0, KEY_LENGTH, "AES");
        vector = new IvParameterSpec(material, KEY_LENGTH, VECTOR_LENGTH);
    }

    /** The key of a text, which may be empty. */
    public static PasswordKey of(byte[] text) {
        byte[] material = new byte[KEY_LENGTH + VECTOR_LENGTH];
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            byte[] block = {};
            for (int filled = 0; filled < material.length; filled += block.length) {
                sha1.update(block);
                block = sha1.digest(text);
                System.arraycopy(block, 0, material, filled, Math.min(block.length, material.length - filled));
            }
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
        PasswordKey key = new PasswordKey(material);
        Arrays.fill(material, (byte) 0);
        return key;
    }

    /** The encrypted form of a password, without the prefix {@code AES}. */
    public String encrypt(byte[] password) {
        try {
            return Base64.getEncoder()
                    .encodeToString(cipher(Cipher.ENCRYPT_MODE).doFinal(password));
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /**
     * What was encrypted.
     *
     * @param encrypted without the prefix {@code AES}
     * @return empty if this is not the key, or the text was not encrypted at all. One wrong key in 256 is not noticed:
     *     what comes out then is noise.
     */
    public Optional<byte[]> decrypt(String encrypted) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(encrypted.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
        if (bytes.length == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(cipher(Cipher.DECRYPT_MODE).doFinal(bytes));
        } catch (GeneralSecurityException wrongLengthOrPadding) {
            return Optional.empty();
        }
    }

    private Cipher cipher(int mode) {
        try {
            Cipher cipher = Cipher.getInstance(CIPHER);
            cipher.init(mode, key, vector);
            return cipher;
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    private static IllegalStateException missing(GeneralSecurityException e) {
        return new IllegalStateException("this Java runtime has no SHA-1 or AES", e);
    }

    @Override
    public String toString() {
        return "PasswordKey[hidden]";
    }
}
