package io.trunkline.failover.recovery;

/** A program could not be run, took too long or ended with another status than 0. */
final class ProgramFailure extends Exception {
    private static final long serialVersionUID = 1L;

    ProgramFailure(String message) {
        super(message);
    }

    String why() {
        return String.valueOf(getMessage());
    }
}
