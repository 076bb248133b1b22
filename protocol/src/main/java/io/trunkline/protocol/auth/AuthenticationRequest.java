package io.trunkline.protocol.auth;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The authentication messages of the backend (tag {@code R}), told apart by the int32 that their body begins with.
 * Names and codes are those of the manual's "Message Formats" page.
 */
public enum AuthenticationRequest {
    OK(0, "AuthenticationOk"),
    KERBEROS_V5(2, "AuthenticationKerberosV5"),
    CLEARTEXT_PASSWORD(3, "AuthenticationCleartextPassword"),
    /** Followed by a salt of four bytes. */
    MD5_PASSWORD(5, "AuthenticationMD5Password"),
    GSS(7, "AuthenticationGSS"),
    GSS_CONTINUE(8, "AuthenticationGSSContinue"),
    SSPI(9, "AuthenticationSSPI"),
    /** Followed by the mechanism names, see {@link ScramMechanism}. */
    SASL(10, "AuthenticationSASL"),
    SASL_CONTINUE(11, "AuthenticationSASLContinue"),
    SASL_FINAL(12, "AuthenticationSASLFinal");

    private final int code;
    private final String messageName;

    AuthenticationRequest(int code, String messageName) {
        this.code = code;
        this.messageName = messageName;
    }

    /** The int32 at the start of the message body. */
    public int code() {
        return code;
    }

    /** The message's name in the manual. */
    public String messageName() {
        return messageName;
    }

    /** The message body: the code, then {@code data}. */
    public byte[] body(byte... data) {
        return ByteBuffer.allocate(Integer.BYTES + data.length)
                .putInt(code)
                .put(data)
                .array();
    }

    /** The message with this code; empty for one that the manual does not list (6, SCM credentials, is gone). */
    public static Optional<AuthenticationRequest> ofCode(int code) {
        for (AuthenticationRequest request : values()) {
            if (request.code == code) {
                return Optional.of(request);
            }
        }
        return Optional.empty();
    }
}
