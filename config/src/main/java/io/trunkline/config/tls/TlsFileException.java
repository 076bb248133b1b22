package io.trunkline.config.tls;

/** A file that TLS needs cannot be used. The message names the file and the reason, and never a secret. */
public final class TlsFileException extends Exception {
    private static final long serialVersionUID = 1L;

    public TlsFileException(String message) {
        super(message);
    }

    /** The message, which is never absent. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
