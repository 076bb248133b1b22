package io.trunkline.proxy.auth;

import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.AuthenticationRequest;
import io.trunkline.protocol.auth.Password;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** ldap and pam: the password in clear, about which somebody outside is asked. */
final class CheckedPasswordProof implements FrontProof {
    private final LoginMethod method;
    private final String user;
    private final ClientFacts facts;
    private final PasswordCheck check;
    private final Consumer<Credential> right;
    private final Outlet outlet;
    private final FailedProof failed;
    private final Executor loop;
    private boolean asking;

    /** @param right takes the password that was found right, in the place of the outlet */
    CheckedPasswordProof(
            LoginMethod method,
            String user,
            ClientFacts facts,
            PasswordCheck check,
            Consumer<Credential> right,
            Outlet outlet,
            FailedProof failed,
            Executor loop) {
        this.method = method;
        this.user = user;
        this.facts = facts;
        this.check = check;
        this.right = right;
        this.outlet = outlet;
        this.failed = failed;
        this.loop = loop;
    }

    @Override
    public LoginMethod method() {
        return method;
    }

    @Override
    public void begin() {
        asking = true;
        outlet.ask(AuthenticationRequest.CLEARTEXT_PASSWORD.body());
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
        Password told;
        try {
            told = Password.fromMessage(body);
        } catch (AuthenticationFailure failure) {
            failed.tell(failure, null, outlet);
            return;
        }
        String text = new String(told.toBytes(), StandardCharsets.UTF_8);
        check.check(
                new PasswordCheck.Claim(user, text, facts.address(), facts::isThere),
                loop,
                verdict -> judge(verdict, told));
    }

    private void judge(PasswordCheck.Verdict verdict, Password told) {
        switch (verdict.kind()) {
            case RIGHT -> right.accept(new Credential(told, Credential.Origin.CLIENT));
            case WRONG -> {
                AuthenticationFailure rejected = AuthenticationFailure.passwordRejected(user, verdict.detail());
                outlet.failed(LoginFailure.WRONG_PROOF, message(rejected), verdict.detail());
            }
            case UNAVAILABLE ->
                outlet.failed(
                        LoginFailure.UNAVAILABLE,
                        ServerMessage.fatal(SqlState.CANNOT_CONNECT_NOW, "passwords cannot be checked at the moment"),
                        verdict.detail());
        }
    }

    private static ServerMessage message(AuthenticationFailure failure) {
        return ServerMessage.fatal(failure.sqlState(), String.valueOf(failure.getMessage()));
    }
}
