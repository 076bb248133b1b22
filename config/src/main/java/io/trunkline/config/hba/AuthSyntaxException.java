package io.trunkline.config.hba;

/** A line that cannot be meant; the reason never has a password in it. */
final class AuthSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    AuthSyntaxException(String reason) {
        super(reason, null, false, false);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
