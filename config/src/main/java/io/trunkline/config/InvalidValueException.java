package io.trunkline.config;

/** A value that its parameter does not take. */
public final class InvalidValueException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    InvalidValueException(String reason) {
        super(reason);
        this.reason = reason;
    }

    /** What is wrong and what is allowed. */
    public String reason() {
        return reason;
    }
}
