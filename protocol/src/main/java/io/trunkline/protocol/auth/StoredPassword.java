package io.trunkline.protocol.auth;

/** What is kept of a user's password: itself, PostgreSQL's MD5 hash of it, or a SCRAM verifier. */
public sealed interface StoredPassword permits Password, Md5Password, ScramVerifier {

    /**
     * Whether a password that came in clear text is the stored one. Comparison takes constant time.
     *
     * <p>Against a {@link ScramVerifier} this costs its iteration count in CPU (4096 iterations: about 1 ms), so keep it
     * off event loops.
     *
     * @param user the name from the startup packet; an MD5 hash is salted with it
     */
    boolean matches(String user, Password cleartext);
}
