package io.trunkline.proxy.session;

import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.AuthenticationRequest;
import io.trunkline.protocol.auth.ChannelBinding;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.NonceSource;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramKeys;
import io.trunkline.protocol.auth.ScramServer;
import java.security.SecureRandom;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes a client prove that it knows the password that Trunkline has stored for its user: SCRAM-SHA-256, or md5 where
 * only an md5 hash is stored. Gives and takes bodies of Authentication and PasswordMessage messages.
 */
final class ClientProof {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String user;
    private final @Nullable ScramServer scram;
    private final @Nullable Md5Password md5;
    private final byte[] salt = new byte[Md5Password.SALT_LENGTH];

    /** @param binding what SCRAM can bind to on the client's connection */
    ClientProof(String user, StoredCredentials.Entry entry, ChannelBinding binding) {
        this.user = user;
        if (entry.stored() instanceof Md5Password hash) {
            md5 = hash;
            scram = null;
            RANDOM.nextBytes(salt);
        } else {
            md5 = null;
            scram = ScramServer.forUser(user, entry.verifier(), NonceSource.RANDOM, binding);
        }
    }

    /** The body of the Authentication message that asks for the proof. */
    byte[] request() {
        return scram != null ? scram.start() : AuthenticationRequest.MD5_PASSWORD.body(salt);
    }

    /**
     * Takes the client's answer.
     *
     * @return the body of the next Authentication message; empty where AuthenticationOk is next
     * @throws AuthenticationFailure if the proof is wrong or malformed
     */
    Optional<byte[]> receive(byte[] body) throws AuthenticationFailure {
        if (scram != null) {
            return Optional.of(scram.receive(body));
        }
        if (md5 == null || !md5.isProvedBy(Password.fromMessage(body), salt)) {
            throw AuthenticationFailure.passwordRejected(user, "The md5 hash does not match.");
        }
        return Optional.empty();
    }

    /** Whether the client has proved the password. */
    boolean isComplete() {
        return scram == null || scram.isVerified();
    }

    /** What the proof has left that logs in to a server with the same verifier. */
    Optional<ScramKeys> keys() {
        return scram == null ? Optional.empty() : Optional.of(scram.keys());
    }
}
