package io.trunkline.proxy.auth;

import io.trunkline.pool.Admission;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.AuthenticationRequest;
import io.trunkline.protocol.auth.Password;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Has the client send its password in clear when the server asks for a proof, and logs in with it, by whatever method
 * the server wants. If the server takes it, the password is known for the session, and serves every other node too.
 */
public final class ClearTextLogin extends AnsweredLogin {
    private final String user;
    private final boolean demanded;
    private final Executor blocking;
    private final Executor loop;
    private int code;
    private byte[] data = {};
    private @Nullable Credential credential;
    private @Nullable CredentialLogin login;

    /**
     * @param demanded whether a rule wants a password, and so a server that asks for none is not enough
     * @param toClient takes the bodies of Authentication messages
     */
    public ClearTextLogin(String user, boolean demanded, Consumer<byte[]> toClient, Executor blocking, Executor loop) {
        super(toClient);
        this.user = user;
        this.demanded = demanded;
        this.blocking = blocking;
        this.loop = loop;
    }

    @Override
    void asked(int asked, byte[] with, Answer answer) {
        if (login != null) {
            login.challenged(asked, with, answer);
        } else {
            code = asked;
            data = with;
            ask(AuthenticationRequest.CLEARTEXT_PASSWORD.body(), answer);
        }
    }

    @Override
    public LoginMethod method() {
        return LoginMethod.PASSWORD;
    }

    @Override
    public Admission admission() {
        return Admission.PROVING;
    }

    @Override
    void answered(byte[] body, Answer answer) {
        try {
            Credential told = new Credential(Password.fromMessage(body), Credential.Origin.CLIENT);
            credential = told;
            login = new CredentialLogin(user, told, null, blocking, loop);
            login.challenged(code, data, answer);
        } catch (AuthenticationFailure failure) {
            answer.fail(ServerMessage.fatal(failure.sqlState(), String.valueOf(failure.getMessage())));
        }
    }

    @Override
    public boolean isComplete() {
        return login == null || login.isComplete();
    }

    @Override
    public Optional<Credential> learned() {
        return Optional.ofNullable(credential);
    }

    @Override
    public boolean mayBeTrusted() {
        return !demanded;
    }
}
