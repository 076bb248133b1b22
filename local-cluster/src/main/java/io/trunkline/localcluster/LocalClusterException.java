package io.trunkline.localcluster;

/** A local server or cluster cannot be had; the message says why, in words for the person who asked for it. */
public final class LocalClusterException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public LocalClusterException(String reason) {
        super(reason);
    }

    public LocalClusterException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
