package io.trunkline.proxy.passwords;

/** A server did not let the command in, did not answer a query, or was not to be reached; the message says why. */
public final class PasswordServerException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean answered;
    private final boolean wrongPassword;

    PasswordServerException(String why, boolean answered, boolean wrongPassword) {
        super(why);
        this.answered = answered;
        this.wrongPassword = wrongPassword;
    }

    /** Whether the server itself said no. */
    public boolean isAnswered() {
        return answered;
    }

    /** Whether it said that the password is wrong, which it also says of users that it does not know. */
    public boolean isWrongPassword() {
        return wrongPassword;
    }
}
