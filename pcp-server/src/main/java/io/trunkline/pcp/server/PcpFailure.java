package io.trunkline.pcp.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Locale;

/**
 * Why a request is refused, or has failed, in the words of Pgpool-II where it has the case. An error leaves the connection
 * as it is, a fatal one ends it.
 */
final class PcpFailure extends Exception {
    private static final long serialVersionUID = 1;

    /** Pgpool-II's, for whatever it is. */
    private static final String SQLSTATE = "XX000";

    /** What a client takes of a field. */
    private static final int MAX_FIELD_BYTES = 255;

    private final String message;
    private final String detail;
    private final boolean fatal;

    private PcpFailure(boolean fatal, String message, String detail) {
        super(detail.isEmpty() ? message : message + ": " + detail);
        this.fatal = fatal;
        this.message = message;
        this.detail = detail;
    }

    /** @param detail may be empty */
    static PcpFailure error(String message, String detail) {
        return new PcpFailure(false, message, detail);
    }

    static PcpFailure fatal(String message, String detail) {
        return new PcpFailure(true, message, detail);
    }

    boolean isFatal() {
        return fatal;
    }

    String message() {
        return message;
    }

    String detail() {
        return detail;
    }

    /**
     * The error message. The programs of Pgpool-II look for the fields S, M and D one after another, and take the first
     * letter of one of these for a field: so they come in this order, all of them, and M begins with none of the three.
     */
    PcpPacket packet() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        field(body, 'S', fatal ? "FATAL" : "ERROR");
        field(body, 'C', SQLSTATE);
        field(body, 'M', legible(message));
        field(body, 'D', detail);
        body.write(0);
        return PcpPacket.ofBytes('E', body.toByteArray());
    }

    private static String legible(String message) {
        boolean isMistaken = !message.isEmpty() && "MSD".indexOf(message.charAt(0)) >= 0;
        return isMistaken ? message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1) : message;
    }

    private static void field(ByteArrayOutputStream body, char code, String text) {
        body.write(code);
        byte[] bytes = text.replace('\0', ' ').getBytes(UTF_8);
        int length = bytes.length;
        if (length > MAX_FIELD_BYTES) {
            length = MAX_FIELD_BYTES;
            // not in the midst of a character
            while ((bytes[length] & 0xc0) == 0x80) {
                length--;
            }
        }
        body.write(bytes, 0, length);
        body.write(0);
    }
}
