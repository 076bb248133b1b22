package io.trunkline.protocol.auth;

import java.util.List;

/**
 * What ties a SCRAM exchange to the TLS channel under it. PostgreSQL knows one type, tls-server-end-point (RFC 5929): a
 * hash of the server's certificate.
 */
public final class ChannelBinding {
    /** No TLS, or none whose certificate could be hashed: SCRAM-SHA-256-PLUS is neither offered nor chosen. */
    public static final ChannelBinding NONE = new ChannelBinding(new byte[0]);

    static final String TYPE = "tls-server-end-point";

    private final byte[] data;

    private ChannelBinding(byte[] data) {
        this.data = data;
    }

    /**
     * Binds to a TLS channel.
     *
     * @param certificateHash the hash of the server's certificate in DER, with the hash function of the certificate's
     *     signature, or SHA-256 where that is MD5 or SHA-1 (RFC 5929, section 4.1)
     */
    public static ChannelBinding tlsServerEndPoint(byte[] certificateHash) {
        if (certificateHash.length == 0) {
            throw new IllegalArgumentException("the hash of a certificate cannot be empty");
        }
        return new ChannelBinding(certificateHash.clone());
    }

    boolean isAvailable() {
        return data.length > 0;
    }

    /** What a server with this channel offers. */
    List<ScramMechanism> mechanisms() {
        return isAvailable()
                ? List.of(ScramMechanism.SCRAM_SHA_256_PLUS, ScramMechanism.SCRAM_SHA_256)
                : List.of(ScramMechanism.SCRAM_SHA_256);
    }

    byte[] data() {
        return data;
    }

    /** Public data, but long; only whether there is a binding is worth a log line. */
    @Override
    public String toString() {
        return "ChannelBinding[" + (isAvailable() ? TYPE : "none") + "]";
    }
}
