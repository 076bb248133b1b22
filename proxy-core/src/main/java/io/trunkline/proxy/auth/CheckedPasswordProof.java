package io.trunkline.proxy.auth;

import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.Password;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** ldap and pam: the password in clear, about which somebody outside is asked. */
final class CheckedPasswordProof extends ClearTextProof {
    private final LoginMethod method;
    private final ClientFacts facts;
    private final PasswordCheck check;
    private final Consumer<Credential> right;
    private final FailedProof failed;
    private final Executor loop;

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
        super(user, outlet);
        this.method = method;
        this.facts = facts;
        this.check = check;
        this.right = right;
        this.failed = failed;
        this.loop = loop;
    }

    @Override
    public LoginMethod method() {
        return method;
    }

    @Override
    void unusable(AuthenticationFailure failure) {
        failed.tell(failure, null, outlet);
    }

    @Override
    void told(Password told) {
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
