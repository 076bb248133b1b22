package io.trunkline.protocol;

/** Protocol versions and the request codes that stand in their place in a startup packet. */
public final class ProtocolVersion {
    /** Protocol 3.0, spoken by every server since PostgreSQL 7.4. */
    public static final int V3_0 = 3 << 16;

    /** Protocol 3.2 (PostgreSQL 18): cancel keys of up to 256 bytes. */
    public static final int V3_2 = 3 << 16 | 2;

    public static final int CANCEL_REQUEST = 1234 << 16 | 5678;
    public static final int SSL_REQUEST = 1234 << 16 | 5679;
    public static final int GSSENC_REQUEST = 1234 << 16 | 5680;

    private ProtocolVersion() {}

    public static int major(int version) {
        return version >>> 16;
    }

    public static int minor(int version) {
        return version & 0xffff;
    }

    /** {@code 3.2} for messages. */
    public static String text(int version) {
        return major(version) + "." + minor(version);
    }
}
