package io.trunkline.cli.program;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The form in which Pgpool-II stores and compares passwords: MD5 in lower-case hexadecimal digits. */
public final class Md5Hex {
    private Md5Hex() {}

    /** Of the bytes of a {@link RawText}. */
    public static String of(String raw) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(RawText.bytes(raw)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no MD5", e);
        }
    }
}
