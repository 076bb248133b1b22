package io.trunkline.proxy.auth;

import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.AuthenticationRequest;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.Password;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/** md5: a hash of the password's hash and a salt of four bytes; or the same question to a user who cannot answer it. */
final class Md5Proof implements FrontProof {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String user;
    private final Md5Password expected;
    private final @Nullable Credential credential;
    private final Outlet outlet;
    private final FailedProof failed;
    private final byte[] salt = new byte[Md5Password.SALT_LENGTH];
    private boolean asking;

    private Md5Proof(
            String user, Md5Password expected, @Nullable Credential credential, Outlet outlet, FailedProof failed) {
        this.user = user;
        this.expected = expected;
        this.credential = credential;
        this.outlet = outlet;
        this.failed = failed;
    }

    /** @param credential an md5 hash or a password in clear */
    static Md5Proof of(String user, Credential credential, Outlet outlet, FailedProof failed) {
        Md5Password expected = credential.stored() instanceof Md5Password hash
                ? hash
                : Md5Password.of(user, (Password) credential.stored());
        return new Md5Proof(user, expected, credential, outlet, failed);
    }

    /** The proof of a user who has nothing to prove with. */
    static Md5Proof ofNobody(String user, Outlet outlet, FailedProof failed) {
        byte[] unguessable = new byte[32];
        RANDOM.nextBytes(unguessable);
        for (int i = 0; i < unguessable.length; i++) {
            unguessable[i] |= 1;
        }
        return new Md5Proof(user, Md5Password.of(user, Password.ofBytes(unguessable)), null, outlet, failed);
    }

    @Override
    public LoginMethod method() {
        return LoginMethod.MD5;
    }

    @Override
    public void begin() {
        RANDOM.nextBytes(salt);
        asking = true;
        outlet.ask(AuthenticationRequest.MD5_PASSWORD.body(salt));
    }

    @Override
    public boolean isAsking() {
        return asking;
    }

    @Override
    public void answered(byte[] body) {
        if (!asking) {
            throw new ProtocolViolation("unexpected password message");
        }
        asking = false;
        try {
            boolean proved = expected.isProvedBy(Password.fromMessage(body), salt);
            if (credential == null || !proved) {
                throw AuthenticationFailure.passwordRejected(
                        user,
                        credential == null
                                ? "The user does not exist or has no password for this method."
                                : "The md5 hash does not match.");
            }
        } catch (AuthenticationFailure failure) {
            failed.tell(failure, credential, outlet);
            return;
        }
        outlet.proved(new Proved(credential, null));
    }
}
