package io.trunkline.protocol.auth;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/**
 * SASLprep (RFC 4013) as PostgreSQL applies it to passwords, which is not quite the RFC's: a password that SASLprep does
 * not allow is used as the bytes that it is; pure ASCII is never touched, control characters included; and what is
 * forbidden is looked for after mapping but before normalisation. Any other reading locks users out.
 *
 * <p>As no character younger than Unicode 3.2 gets as far as normalisation, the Unicode version of the Java runtime does
 * not matter.
 */
final class SaslPrep {
    private SaslPrep() {}

    /** The prepared form of a password; the same array if there is nothing to do. */
    static byte[] prepare(byte[] password) {
        if (isAscii(password)) {
            return password;
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(password))
                    .toString();
        } catch (CharacterCodingException e) {
            return password;
        }
        int[] mapped = text.codePoints()
                .map(c -> StringprepTables.NON_ASCII_SPACE.contains(c) ? ' ' : c)
                .filter(c -> !StringprepTables.MAPPED_TO_NOTHING.contains(c))
                .toArray();
        if (mapped.length == 0 || hasForbidden(mapped) || mixesDirections(mapped)) {
            return password;
        }
        return Normalizer.normalize(new String(mapped, 0, mapped.length), Normalizer.Form.NFKC)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isAscii(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasForbidden(int[] codePoints) {
        for (int c : codePoints) {
            if (StringprepTables.PROHIBITED.contains(c) || StringprepTables.UNASSIGNED.contains(c)) {
                return true;
            }
        }
        return false;
    }

    /** RFC 3454, section 6: with one right-to-left character no left-to-right one, and such at both ends. */
    private static boolean mixesDirections(int[] codePoints) {
        boolean rightToLeft = false;
        boolean leftToRight = false;
        for (int c : codePoints) {
            rightToLeft |= StringprepTables.RIGHT_TO_LEFT.contains(c);
            leftToRight |= StringprepTables.LEFT_TO_RIGHT.contains(c);
        }
        return rightToLeft
                && (leftToRight
                        || !StringprepTables.RIGHT_TO_LEFT.contains(codePoints[0])
                        || !StringprepTables.RIGHT_TO_LEFT.contains(codePoints[codePoints.length - 1]));
    }
}
