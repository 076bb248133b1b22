package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The body of SASLInitialResponse: the mechanism that the frontend chose and, usually, its first SCRAM message. */
final class SaslInitialResponse {
    private static final int ABSENT = -1;

    private final String mechanism;
    private final byte @Nullable [] data;

    private SaslInitialResponse(String mechanism, byte @Nullable [] data) {
        this.mechanism = mechanism;
        this.data = data;
    }

    static byte[] encode(ScramMechanism mechanism, byte[] data) {
        byte[] name = mechanism.mechanismName().getBytes(ISO_8859_1);
        return ByteBuffer.allocate(name.length + 1 + Integer.BYTES + data.length)
                .put(name)
                .put((byte) 0)
                .putInt(data.length)
                .put(data)
                .array();
    }

    /** Fails with 08P01 unless the body is one name, one length and just so many bytes. */
    static SaslInitialResponse decode(byte[] body) throws AuthenticationFailure {
        int end = 0;
        while (end < body.length && body[end] != 0) {
            end++;
        }
        if (end == body.length) {
            throw AuthenticationFailure.protocolViolation("invalid string in message");
        }
        ByteBuffer rest = ByteBuffer.wrap(body, end + 1, body.length - end - 1);
        if (rest.remaining() < Integer.BYTES) {
            throw AuthenticationFailure.protocolViolation("insufficient data left in message");
        }
        int length = rest.getInt();
        if (length < ABSENT || length > rest.remaining()) {
            throw AuthenticationFailure.protocolViolation("insufficient data left in message");
        }
        byte[] data = null;
        if (length != ABSENT) {
            data = new byte[length];
            rest.get(data);
        }
        if (rest.hasRemaining()) {
            throw AuthenticationFailure.protocolViolation("invalid message format");
        }
        return new SaslInitialResponse(new String(body, 0, end, ISO_8859_1), data);
    }

    String mechanism() {
        return mechanism;
    }

    /** Absent is not empty: after the first the server asks for the message, after the second it fails. */
    Optional<byte[]> data() {
        return Optional.ofNullable(data);
    }
}
