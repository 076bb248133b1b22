package io.trunkline.proxy.passwords;

/** What came of trying a password on a server. Printed without anything secret. */
public final class PasswordProof {
    /** How it ended. */
    public enum Outcome {
        /** The password is right. */
        ACCEPTED,
        /** The password is wrong, or the user unknown. */
        WRONG,
        /** The server let the user in, or wanted the password, in a way that tells nothing of what it has stored. */
        NOT_TOLD,
        /** The server refused the connection for another reason, or was not to be reached. */
        FAILED
    }

    private final Outcome outcome;
    private final String text;

    private PasswordProof(Outcome outcome, String text) {
        this.outcome = outcome;
        this.text = text;
    }

    static PasswordProof accepted(String stored) {
        return new PasswordProof(Outcome.ACCEPTED, stored);
    }

    static PasswordProof notAsked() {
        return new PasswordProof(Outcome.NOT_TOLD, "");
    }

    static PasswordProof failed(PasswordServerException failure) {
        return new PasswordProof(
                failure.isWrongPassword() ? Outcome.WRONG : Outcome.FAILED, String.valueOf(failure.getMessage()));
    }

    public Outcome outcome() {
        return outcome;
    }

    /** With ACCEPTED the server's verifier or md5 hash, else what the server said. */
    public String text() {
        return text;
    }

    @Override
    public String toString() {
        return outcome.toString();
    }
}
