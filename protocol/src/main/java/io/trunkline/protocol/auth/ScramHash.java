package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;

/** The functions H, HMAC and Hi of RFC 5802 with SHA-256, and the base64 of its messages. */
final class ScramHash {
    static final int KEY_LENGTH = 32;

    private static final String HMAC = "HmacSHA256";
    private static final byte[] FIRST_BLOCK = {0, 0, 0, 1};

    /**
     * Copied for each use, as the search for a provider takes a fifth of the time of a short HMAC, and more where several
     * threads search. Never keyed with a secret, and never changed. A provider need not allow copies (PKCS #11 does not).
     */
    private static final Mac UNUSED = unused();

    private ScramHash() {}

    static byte[] sha256(byte[] input) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(input);
        } catch (NoSuchAlgorithmException e) {
            throw missing(e);
        }
    }

    static byte[] hmac(byte[] key, byte[]... parts) {
        Mac mac = keyed(key);
        for (byte[] part : parts) {
            mac.update(part);
        }
        return mac.doFinal();
    }

    static byte[] hmac(byte[] key, String text) {
        return hmac(key, text.getBytes(US_ASCII));
    }

    /**
     * RFC 5802's Hi, which is PBKDF2 with one block. Own loop, as the JDK's PBKDF2 takes characters and a password may be
     * bytes that are none, and as Bouncy Castle's takes more than twice the time (no SHA instructions).
     */
    static byte[] saltedPassword(byte[] preparedPassword, ScramParameters parameters) {
        Mac mac = keyed(preparedPassword);
        mac.update(parameters.salt());
        mac.update(FIRST_BLOCK);
        byte[] block = mac.doFinal();
        byte[] result = block.clone();
        try {
            for (int i = 1; i < parameters.iterations(); i++) {
                mac.update(block);
                mac.doFinal(block, 0);
                for (int j = 0; j < KEY_LENGTH; j++) {
                    result[j] ^= block[j];
                }
            }
        } catch (ShortBufferException e) {
            throw missing(e);
        }
        return result;
    }

    static byte[] xor(byte[] left, byte[] right) {
        byte[] result = left.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] ^= right[i];
        }
        return result;
    }

    static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /**
     * Decodes padded base64 that is in the one form in which it would be encoded. Two texts for one value would let a
     * message be altered unseen.
     *
     * @throws IllegalArgumentException if it is not
     */
    static byte[] decode(byte[] text) {
        byte[] decoded = Base64.getDecoder().decode(text);
        if (!Arrays.equals(Base64.getEncoder().encode(decoded), text)) {
            throw new IllegalArgumentException("base64 is not in canonical form");
        }
        return decoded;
    }

    private static Mac keyed(byte[] key) {
        try {
            return key(copy(), key);
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw missing(e);
        }
    }

    private static Mac copy() throws NoSuchAlgorithmException {
        try {
            return (Mac) UNUSED.clone();
        } catch (CloneNotSupportedException notByThisProvider) {
            return Mac.getInstance(HMAC);
        }
    }

    private static Mac unused() {
        try {
            // the key makes it choose its provider
            return key(Mac.getInstance(HMAC), new byte[KEY_LENGTH]);
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw missing(e);
        }
    }

    private static Mac key(Mac mac, byte[] key) throws InvalidKeyException {
        mac.init(new SecretKeySpec(key, HMAC));
        return mac;
    }

    private static IllegalStateException missing(GeneralSecurityException e) {
        return new IllegalStateException("this Java runtime has no usable SHA-256 or HMAC-SHA-256", e);
    }
}
