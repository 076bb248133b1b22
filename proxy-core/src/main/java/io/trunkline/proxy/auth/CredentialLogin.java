package io.trunkline.proxy.auth;

import io.trunkline.pool.BackendLogin;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.AuthenticationRequest;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.NonceSource;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramClient;
import io.trunkline.protocol.auth.ScramKeys;
import io.trunkline.protocol.auth.ScramParameters;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs in to one backend with what Trunkline knows of the user: a password, an md5 hash, or the SCRAM keys that the
 * client's own proof has left. Deriving keys from a password is slow on purpose, so it runs off the event loop and its
 * result is kept.
 */
public final class CredentialLogin implements BackendLogin {
    private static final Logger log = LoggerFactory.getLogger(CredentialLogin.class);

    private final String user;
    private final Credential credential;
    private final @Nullable ScramKeys proved;
    private final Executor blocking;
    private final Executor loop;
    private @Nullable ScramClient scram;

    /**
     * @param proved what the client's proof to Trunkline has left, if it was one of SCRAM
     * @param blocking for work that takes long
     * @param loop of the backend
     */
    public CredentialLogin(
            String user, Credential credential, @Nullable ScramKeys proved, Executor blocking, Executor loop) {
        this.user = user;
        this.credential = credential;
        this.proved = proved;
        this.blocking = blocking;
        this.loop = loop;
    }

    @Override
    public void challenged(int code, byte[] data, Answer answer) {
        Optional<AuthenticationRequest> request = AuthenticationRequest.ofCode(code);
        try {
            if (request.isEmpty()) {
                refuse(answer, "the server asks for authentication of type " + code + ", which is not supported");
                return;
            }
            switch (request.get()) {
                case CLEARTEXT_PASSWORD -> {
                    if (credential.stored() instanceof Password password) {
                        answer.send(password.toMessage());
                    } else {
                        refuse(answer, "the server asks for the password in clear, which is not stored");
                    }
                }
                case MD5_PASSWORD -> md5(data, answer);
                case SASL -> {
                    ScramClient client = ScramClient.choose(data, NonceSource.RANDOM, answer.channelBinding());
                    scram = client;
                    answer.send(client.initialResponse());
                }
                case SASL_CONTINUE -> prove(data, answer);
                case SASL_FINAL -> client().receiveFinal(data);
                default ->
                    refuse(answer, "the server asks for " + request.get().messageName() + ", which is not supported");
            }
        } catch (AuthenticationFailure failure) {
            answer.fail(message(failure));
        }
    }

    @Override
    public boolean isComplete() {
        return scram == null || scram.isComplete();
    }

    private void md5(byte[] salt, Answer answer) {
        if (credential.stored() instanceof Md5Password hash) {
            answer.send(hash.response(salt).toMessage());
        } else if (credential.stored() instanceof Password password) {
            answer.send(Md5Password.of(user, password).response(salt).toMessage());
        } else {
            refuse(answer, "the server asks for an md5 hash, and only a SCRAM verifier is stored");
        }
    }

    private void prove(byte[] data, Answer answer) throws AuthenticationFailure {
        ScramClient client = client();
        ScramParameters parameters = client.receiveFirst(data);
        ScramKeys known = proved != null && proved.parameters().equals(parameters)
                ? proved
                : credential.keysFor(parameters).orElse(null);
        if (known != null) {
            answer.send(client.respond(known));
        } else if (credential.stored() instanceof Password password) {
            blocking.execute(() -> {
                try {
                    ScramKeys derived = ScramKeys.derive(password, parameters, ScramParameters.DEFAULT_MAX_ITERATIONS);
                    credential.keep(derived);
                    loop.execute(() -> respond(client, derived, answer));
                } catch (AuthenticationFailure failure) {
                    loop.execute(() -> answer.fail(message(failure)));
                }
            });
        } else {
            unfit(answer);
        }
    }

    private void unfit(Answer answer) {
        if (credential.isMd5()) {
            refuse(answer, "the server asks for SCRAM-SHA-256, and only an md5 hash is stored");
            return;
        }
        if (proved == null) {
            refuse(
                    answer,
                    "the server asks for SCRAM-SHA-256, and the client has come in without a proof that serves it");
            return;
        }
        String why = "the SCRAM verifier that the client was checked against is not the one that the server has";
        if (credential.isFirstMisfit()) {
            log.warn(
                    "user \"{}\": {}, so it admits the client and opens no server connection; it is {}."
                            + " Salt and iteration count have to be the same as in pg_authid.rolpassword of the node",
                    user,
                    why,
                    credential.origin().text);
        }
        answer.fail(
                failure(why)
                        .withHint(
                                "If the password was changed after the client has connected, connect again. If the role has"
                                        + " not expired (VALID UNTIL), copy the verifier from pg_authid.rolpassword, or use auth_query."));
    }

    private static void respond(ScramClient client, ScramKeys keys, Answer answer) {
        try {
            answer.send(client.respond(keys));
        } catch (AuthenticationFailure failure) {
            answer.fail(message(failure));
        }
    }

    private ScramClient client() throws AuthenticationFailure {
        if (scram == null) {
            throw new AuthenticationFailure(
                    AuthenticationFailure.PROTOCOL_VIOLATION, "SASL message before an exchange was begun", "");
        }
        return scram;
    }

    private void refuse(Answer answer, String why) {
        answer.fail(failure(why)
                .withHint("Store the password of the user in pool_passwd in a form that the server's method can use."));
    }

    private ServerMessage failure(String why) {
        return ServerMessage.fatal(
                SqlState.INVALID_AUTHORIZATION, "Trunkline cannot log in as user \"" + user + "\": " + why);
    }

    private static ServerMessage message(AuthenticationFailure failure) {
        ServerMessage message = ServerMessage.fatal(failure.sqlState(), String.valueOf(failure.getMessage()));
        return failure.detail().map(message::withDetail).orElse(message);
    }
}
