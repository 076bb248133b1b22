package io.trunkline.proxy.auth;

import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendLogin;
import java.util.Optional;

/** A login to a server for which the client answers, in one way or another: the server decides on it. Event loop only. */
public interface ServerProof extends BackendLogin {
    /** How logs and meters name it. */
    LoginMethod method();

    /** What it is as a wish for a backend: no cached one will do. */
    Admission admission();

    /** Whether the client owes an answer. */
    boolean isAsking();

    /** The body of the client's PasswordMessage, SASLInitialResponse or SASLResponse. */
    void answered(byte[] body);

    /** The client is gone, or has taken too long: the server is not to wait for it. */
    void abandon();

    /** What the client has told that logs in again; empty if its proof is good for one connection. */
    Optional<Credential> learned();

    /** Whether a server that asks for nothing may admit the client: not where a rule demands a password. */
    boolean mayBeTrusted();
}
