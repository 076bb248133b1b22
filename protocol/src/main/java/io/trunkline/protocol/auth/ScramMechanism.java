package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The SASL mechanisms of PostgreSQL (manual, "SASL Authentication"), the preferred one first. */
public enum ScramMechanism {
    /** With the TLS channel bound in. */
    SCRAM_SHA_256_PLUS("SCRAM-SHA-256-PLUS"),
    SCRAM_SHA_256("SCRAM-SHA-256");

    private final String mechanismName;

    ScramMechanism(String mechanismName) {
        this.mechanismName = mechanismName;
    }

    /** The name on the wire. */
    public String mechanismName() {
        return mechanismName;
    }

    /** The mechanism of this name; empty for any other name. */
    public static Optional<ScramMechanism> ofName(String name) {
        for (ScramMechanism mechanism : values()) {
            if (mechanism.mechanismName.equals(name)) {
                return Optional.of(mechanism);
            }
        }
        return Optional.empty();
    }

    /** The data of AuthenticationSASL: each name zero-terminated, then a zero byte. */
    static byte[] encode(Collection<ScramMechanism> mechanisms) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (ScramMechanism mechanism : mechanisms) {
            out.writeBytes(mechanism.mechanismName.getBytes(US_ASCII));
            out.write(0);
        }
        out.write(0);
        return out.toByteArray();
    }

    /**
     * The data of AuthenticationSASL without SCRAM-SHA-256-PLUS, for somebody to whom another channel leads than the one
     * that the server would have bound to.
     */
    public static byte[] withoutChannelBinding(byte[] data) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        int start = 0;
        for (int i = 0; i < data.length; i++) {
            if (data[i] == 0) {
                String name = new String(data, start, i - start, ISO_8859_1);
                if (!name.equals(SCRAM_SHA_256_PLUS.mechanismName)) {
                    kept.write(data, start, i + 1 - start);
                }
                start = i + 1;
            }
        }
        kept.write(data, start, data.length - start);
        return kept.toByteArray();
    }

    /** Whether the body of a SASLInitialResponse says that its client could bind to the channel if only the server could. */
    public static boolean missesChannelBinding(byte[] initialResponse) {
        try {
            return SaslInitialResponse.decode(initialResponse)
                    .data()
                    .filter(data -> data.length > 0 && data[0] == 'y')
                    .isPresent();
        } catch (AuthenticationFailure malformed) {
            return false;
        }
    }

    /**
     * Reads the data of AuthenticationSASL; names that are not known are left out.
     *
     * @throws AuthenticationFailure 08P01 if the list does not end where the data does
     */
    static Set<ScramMechanism> decode(byte[] data) throws AuthenticationFailure {
        Set<ScramMechanism> mechanisms = EnumSet.noneOf(ScramMechanism.class);
        int start = 0;
        for (int i = 0; i < data.length; i++) {
            if (data[i] == 0) {
                if (i == start && i == data.length - 1) {
                    return mechanisms;
                }
                if (i == start) {
                    break;
                }
                ofName(new String(data, start, i - start, ISO_8859_1)).ifPresent(mechanisms::add);
                start = i + 1;
            }
        }
        throw AuthenticationFailure.protocolViolation("malformed AuthenticationSASL message");
    }
}
