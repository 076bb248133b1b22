package io.trunkline.proxy.auth;

import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.ScramServer;
import org.jspecify.annotations.Nullable;

/** SCRAM-SHA-256: the exchange of a user, or one that looks like it and fails. */
final class ScramProof implements FrontProof {
    private final ScramServer scram;
    private final @Nullable Credential credential;
    private final Outlet outlet;
    private final FailedProof failed;
    private boolean asking;

    /** @param credential what the exchange is about; null if it is to fail */
    ScramProof(ScramServer scram, @Nullable Credential credential, Outlet outlet, FailedProof failed) {
        this.scram = scram;
        this.credential = credential;
        this.outlet = outlet;
        this.failed = failed;
    }

    @Override
    public LoginMethod method() {
        return LoginMethod.SCRAM_SHA_256;
    }

    @Override
    public void begin() {
        asking = true;
        outlet.ask(scram.start());
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
        try {
            outlet.ask(scram.receive(body));
        } catch (AuthenticationFailure failure) {
            asking = false;
            failed.tell(failure, credential, outlet);
            return;
        }
        if (scram.isVerified()) {
            asking = false;
            outlet.proved(new Proved(credential, scram.keys()));
        }
    }
}
