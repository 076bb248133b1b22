package io.trunkline.proxy.auth;

import io.trunkline.protocol.ServerMessage;

/**
 * One client's proof of who it is, by one method. Begins once, asks the client as often as it must, and ends by one call of
 * its {@link Outlet}. Event loop only.
 */
public interface FrontProof {
    /** Where a proof speaks to. After {@code proved} or {@code failed} it says nothing more. */
    interface Outlet {
        /** Sends an Authentication message with this body. */
        void ask(byte[] body);

        /** The client is who it says, or the rules do not want to know. */
        void proved(Proved how);

        /** Only a server can tell. */
        void askServer(ServerProof login);

        /** @param logDetail what only the log may tell; empty if nothing */
        void failed(LoginFailure reason, ServerMessage why, String logDetail);
    }

    /** By which method. */
    LoginMethod method();

    void begin();

    /** Whether the client owes an answer. */
    boolean isAsking();

    /** The body of the client's PasswordMessage, SASLInitialResponse or SASLResponse. */
    void answered(byte[] body);
}
