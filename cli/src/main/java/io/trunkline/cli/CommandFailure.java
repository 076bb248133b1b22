package io.trunkline.cli;

/**
 * A command cannot do what it was asked to: its message is the whole reason, written for the person who typed the
 * command, and the exit status is 1. No stack trace is shown.
 */
public final class CommandFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public CommandFailure(String reason) {
        super(reason);
    }

    public CommandFailure(String reason, Throwable cause) {
        super(reason, cause);
    }
}
