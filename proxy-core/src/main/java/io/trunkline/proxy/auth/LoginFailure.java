package io.trunkline.proxy.auth;

/** Why a client is not admitted, as far as a meter tells. */
public enum LoginFailure {
    /** A wrong password, certificate or operating system user. */
    WRONG_PROOF("wrong_proof"),
    /** There is no such user, or no password of a form that the method can use. */
    UNKNOWN_USER("unknown_user"),
    /** A rule of pool_hba.conf rejects it, or none matches. */
    REJECTED("rejected"),
    /** What it sent was no proof at all. */
    PROTOCOL("protocol"),
    /** It took too long. */
    TIMEOUT("timeout"),
    /** A limit on sessions or connections is reached. */
    LIMIT("limit"),
    /** The server has refused it. */
    SERVER("server"),
    /** Who could tell is not to be reached: a node, or a directory of users. */
    UNAVAILABLE("unavailable");

    private final String label;

    LoginFailure(String label) {
        this.label = label;
    }

    /** As logs and meters name it. */
    public String label() {
        return label;
    }
}
