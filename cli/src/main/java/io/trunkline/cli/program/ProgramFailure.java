package io.trunkline.cli.program;

/** The program ends with status 1; the message is all that standard error gets, line ends included. */
public final class ProgramFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public ProgramFailure(String message) {
        super(message);
    }
}
