package io.trunkline.proxy.passwords;

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
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Logs in once with a password, and remembers in which form the server has it stored. */
final class PasswordLogin implements BackendLogin {
    private final String user;
    private final Supplier<byte[]> source;
    private final boolean clearText;
    private final Executor blocking;
    private final Executor loop;
    private @Nullable ScramClient scram;
    private volatile @Nullable String offered;
    private volatile boolean accepted;

    /**
     * @param source of the password, asked on {@code blocking} and only if it is needed
     * @param clearText whether the server may have the password itself
     */
    PasswordLogin(String user, Supplier<byte[]> source, boolean clearText, Executor blocking, Executor loop) {
        this.user = user;
        this.source = source;
        this.clearText = clearText;
        this.blocking = blocking;
        this.loop = loop;
    }

    /** The server's verifier or md5 hash, once it has accepted the login; empty if it wanted no proof of it. */
    Optional<String> proved() {
        return accepted ? Optional.ofNullable(offered) : Optional.empty();
    }

    @Override
    public void challenged(int code, byte[] data, Answer answer) {
        Optional<AuthenticationRequest> request = AuthenticationRequest.ofCode(code);
        try {
            if (request.isEmpty()) {
                answer.fail(unsupported("authentication of type " + code));
                return;
            }
            switch (request.get()) {
                case CLEARTEXT_PASSWORD -> {
                    if (clearText) {
                        withPassword(answer, password -> answer.send(password.toMessage()));
                    } else {
                        answer.fail(unsupported("the password in clear text"));
                    }
                }
                case MD5_PASSWORD ->
                    withPassword(answer, password -> {
                        Md5Password hash = Md5Password.of(user, password);
                        offered = hash.format();
                        answer.send(hash.response(data).toMessage());
                    });
                case SASL -> {
                    ScramClient client = ScramClient.choose(data, NonceSource.RANDOM, answer.channelBinding());
                    scram = client;
                    answer.send(client.initialResponse());
                }
                case SASL_CONTINUE -> prove(client(), data, answer);
                case SASL_FINAL -> client().receiveFinal(data);
                default -> answer.fail(unsupported(request.get().messageName()));
            }
        } catch (AuthenticationFailure failure) {
            fail(failure, answer);
        }
    }

    @Override
    public boolean isComplete() {
        accepted = scram == null || scram.isComplete();
        return accepted;
    }

    private void prove(ScramClient client, byte[] data, Answer answer) throws AuthenticationFailure {
        ScramParameters parameters = client.receiveFirst(data);
        blocking.execute(() -> {
            try {
                ScramKeys keys = ScramKeys.derive(password(), parameters, ScramParameters.DEFAULT_MAX_ITERATIONS);
                loop.execute(() -> {
                    try {
                        offered = keys.verifier().format();
                        answer.send(client.respond(keys));
                    } catch (AuthenticationFailure failure) {
                        fail(failure, answer);
                    }
                });
            } catch (AuthenticationFailure failure) {
                loop.execute(() -> fail(failure, answer));
            } catch (RuntimeException noPassword) {
                loop.execute(() -> answer.fail(withoutPassword(noPassword)));
            }
        });
    }

    private void withPassword(Answer answer, Consumer<Password> use) {
        blocking.execute(() -> {
            try {
                Password password = password();
                loop.execute(() -> use.accept(password));
            } catch (RuntimeException noPassword) {
                loop.execute(() -> answer.fail(withoutPassword(noPassword)));
            }
        });
    }

    private Password password() {
        return Password.ofBytes(source.get());
    }

    private ScramClient client() throws AuthenticationFailure {
        if (scram == null) {
            throw new AuthenticationFailure(
                    AuthenticationFailure.PROTOCOL_VIOLATION, "SASL message before an exchange was begun", "");
        }
        return scram;
    }

    private static ServerMessage unsupported(String what) {
        return ServerMessage.fatal(
                SqlState.INVALID_AUTHORIZATION, "the server asks for " + what + ", which this command does not give");
    }

    private static ServerMessage withoutPassword(RuntimeException noPassword) {
        return ServerMessage.fatal(SqlState.INVALID_AUTHORIZATION, String.valueOf(noPassword.getMessage()));
    }

    private static void fail(AuthenticationFailure failure, Answer answer) {
        answer.fail(ServerMessage.fatal(failure.sqlState(), String.valueOf(failure.getMessage())));
    }
}
