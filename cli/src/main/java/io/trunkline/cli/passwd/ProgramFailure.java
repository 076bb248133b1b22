package io.trunkline.cli.passwd;

/** The program ends with status 1; the message is all that standard error gets, line ends included. */
final class ProgramFailure extends Exception {
    private static final long serialVersionUID = 1L;

    ProgramFailure(String message) {
        super(message);
    }
}
