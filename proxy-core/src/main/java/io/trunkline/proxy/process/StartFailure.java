package io.trunkline.proxy.process;

/** The server cannot start; the message is the whole reason, written for an administrator. */
public final class StartFailure extends Exception {
    private static final long serialVersionUID = 1L;

    StartFailure(String reason) {
        super(reason);
    }

    StartFailure(String reason, Throwable cause) {
        super(reason, cause);
    }
}
