package io.trunkline.protocol;

/**
 * The peer sent what the protocol does not allow here. The connection that it came on is beyond repair; nobody
 * else is concerned. Carries no stack trace: it says what the peer did, not what our code did.
 */
public final class ProtocolViolation extends RuntimeException {
    public ProtocolViolation(String message) {
        super(message, null, false, false);
    }

    /** A tag as a readable character, or in hex. */
    public static String tagName(byte tag) {
        return tag > ' ' && tag < 0x7f ? "'" + (char) tag + "'" : String.format("0x%02x", tag & 0xff);
    }
}
