package io.trunkline.proxy.auth;

import io.trunkline.protocol.auth.ScramKeys;
import org.jspecify.annotations.Nullable;

/**
 * A client that Trunkline admits.
 *
 * @param credential what logs in to the servers as this user; null if nothing is known that could
 * @param keys what a SCRAM proof has left
 */
public record Proved(
        @Nullable Credential credential, @Nullable ScramKeys keys) {
    /** Whether it is enough to log in to a server that asks for a proof, if the forms fit. */
    public boolean logsIn() {
        return credential != null && (keys != null || credential.isSufficient());
    }

    @Override
    public String toString() {
        return "Proved[hidden]";
    }
}
