package io.trunkline.proxy.auth;

import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.AuthenticationRequest;
import io.trunkline.protocol.auth.Password;

/** A proof for which the client tells its password in clear, once. */
abstract class ClearTextProof implements FrontProof {
    final String user;
    final Outlet outlet;
    private boolean asking;

    ClearTextProof(String user, Outlet outlet) {
        this.user = user;
        this.outlet = outlet;
    }

    @Override
    public final void begin() {
        asking = true;
        outlet.ask(AuthenticationRequest.CLEARTEXT_PASSWORD.body());
    }

    @Override
    public final boolean isAsking() {
        return asking;
    }

    @Override
    public final void answered(byte[] body) {
        if (!asking) {
            throw new ProtocolViolation("unexpected password message");
        }
        asking = false;
        Password told;
        try {
            told = Password.fromMessage(body);
        } catch (AuthenticationFailure failure) {
            unusable(failure);
            return;
        }
        told(told);
    }

    /** The client has told its password. */
    abstract void told(Password password);

    /** What the client has told is no password. */
    abstract void unusable(AuthenticationFailure failure);
}
