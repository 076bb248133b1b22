package io.trunkline.failover.recovery;

/** Ends a recovery with what {@link RecoveryOutcome} is to say. */
final class RecoveryFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String detail;

    RecoveryFailure(String message, String detail) {
        super(message);
        this.detail = detail;
    }

    /** The built-in way will not touch this node's files. */
    static RecoveryFailure refused(int node, String why) {
        return new RecoveryFailure("node recovery refused for node " + node, why);
    }

    /** A step of the built-in way came to nothing. */
    static RecoveryFailure step(String what, String why) {
        return new RecoveryFailure("node recovery failed, " + what, why);
    }

    RecoveryOutcome outcome() {
        return RecoveryOutcome.failed(String.valueOf(getMessage()), detail);
    }

    String text() {
        return outcome().text();
    }
}
