package io.trunkline.pool;

import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.auth.ChannelBinding;

/**
 * Answers a backend's authentication requests, for one login. Called on the backend's event loop; the answer may come
 * later, on the same loop.
 */
public interface BackendLogin {
    /** Where the answer to a challenge goes. */
    interface Answer {
        /** Sends a PasswordMessage, SASLInitialResponse or SASLResponse with this body. */
        void send(byte[] body);

        /** Gives the login up; the backend is closed. */
        void fail(ServerMessage why);

        /** What SCRAM can bind to on this connection. */
        default ChannelBinding channelBinding() {
            return ChannelBinding.NONE;
        }
    }

    /** Login where the server asks for nothing; a challenge makes it fail. */
    BackendLogin TRUST = (code, data, answer) -> answer.fail(
            ServerMessage.fatal("28000", "the server asks for a password that Trunkline does not have for this user"));

    /**
     * The server asks for proof.
     *
     * @param code the code of the Authentication message, never 0 (AuthenticationOk)
     * @param data what follows the code
     */
    void challenged(int code, byte[] data, Answer answer);

    /**
     * The server says that the login is complete.
     *
     * @return false if it has not proved itself as the exchange demands
     */
    default boolean isComplete() {
        return true;
    }
}
