package io.trunkline.protocol.auth;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Reads a SCRAM message, which is a list of {@code letter=value} with commas between. Works on bytes, as user names and
 * extensions may be in any encoding and go into the signatures as they came.
 */
final class ScramAttributes {
    private static final int SHOWN = 30;

    private final byte[] message;
    private int position;

    /** Fails with 08P01 for an empty message and one with a zero byte. */
    ScramAttributes(byte[] message) throws AuthenticationFailure {
        if (message.length == 0) {
            throw AuthenticationFailure.malformedScram("The message is empty.");
        }
        for (byte b : message) {
            if (b == 0) {
                throw AuthenticationFailure.malformedScram("The message contains a zero byte.");
            }
        }
        this.message = message;
    }

    int position() {
        return position;
    }

    boolean atEnd() {
        return position == message.length;
    }

    /** The next byte, which stays; 0 at the end of the message. */
    byte peek() {
        return atEnd() ? 0 : message[position];
    }

    void skip() {
        position++;
    }

    void expectComma(String where) throws AuthenticationFailure {
        if (peek() != ',') {
            throw AuthenticationFailure.malformedScram("A comma is missing " + where + ": found " + shown() + ".");
        }
        skip();
    }

    /** The value of the next attribute, which must be this one. */
    byte[] value(char attribute) throws AuthenticationFailure {
        if (peek() != attribute) {
            throw AuthenticationFailure.malformedScram(
                    "Attribute \"" + attribute + "\" expected, found " + shown() + ".");
        }
        return value();
    }

    /** The value of the next attribute, whichever letter it has. */
    byte[] value() throws AuthenticationFailure {
        byte attribute = peek();
        if (!((attribute >= 'A' && attribute <= 'Z') || (attribute >= 'a' && attribute <= 'z'))) {
            throw AuthenticationFailure.malformedScram("An attribute is missing: found " + shown() + ".");
        }
        skip();
        if (peek() != '=') {
            throw AuthenticationFailure.malformedScram(
                    "\"=\" must follow attribute \"" + (char) attribute + "\": found " + shown() + ".");
        }
        skip();
        int start = position;
        while (!atEnd() && message[position] != ',') {
            position++;
        }
        byte[] value = Arrays.copyOfRange(message, start, position);
        if (!atEnd()) {
            skip();
            if (atEnd()) {
                throw AuthenticationFailure.malformedScram("The message ends with a comma.");
            }
        }
        return value;
    }

    /** The 32 bytes of a proof or signature. */
    static byte[] key(byte[] encoded, String name) throws AuthenticationFailure {
        try {
            byte[] key = ScramHash.decode(encoded);
            if (key.length == ScramHash.KEY_LENGTH) {
                return key;
            }
        } catch (IllegalArgumentException e) {
            // answered below, as is a wrong length
        }
        throw AuthenticationFailure.malformedScram("The " + name + " is not 32 bytes in base64.");
    }

    /** Whether these are bytes that RFC 5802 allows in a nonce. */
    static boolean isPrintable(byte[] value) {
        for (byte b : value) {
            if (b < 0x21 || b > 0x7E || b == ',') {
                return false;
            }
        }
        return true;
    }

    /** Text of the other side for an error message: not much of it, and printable ASCII only. */
    static String printable(byte[] value) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(value.length, SHOWN); i++) {
            text.append(value[i] >= 0x21 && value[i] <= 0x7E ? (char) value[i] : '?');
        }
        return text.toString();
    }

    String shown() {
        if (atEnd()) {
            return "the end of the message";
        }
        byte b = message[position];
        return b >= 0x21 && b <= 0x7E ? "'" + (char) b + "'" : String.format("0x%02x", b & 0xFF);
    }

    /** The authentication message of RFC 5802, section 3. */
    static byte[] join(byte[] clientFirstBare, byte[] serverFirst, byte[] clientFinalWithoutProof) {
        return ByteBuffer.allocate(clientFirstBare.length + serverFirst.length + clientFinalWithoutProof.length + 2)
                .put(clientFirstBare)
                .put((byte) ',')
                .put(serverFirst)
                .put((byte) ',')
                .put(clientFinalWithoutProof)
                .array();
    }
}
