package io.trunkline.failover.command;

/** A value can't be put into a command so that the shell is sure to leave it in one piece. The message says which. */
public final class UnsafeCommandException extends Exception {
    private static final long serialVersionUID = 1L;

    UnsafeCommandException(String message) {
        super(message);
    }
}
