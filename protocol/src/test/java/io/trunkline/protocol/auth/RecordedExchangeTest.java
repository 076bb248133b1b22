package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both of our sides against what libpq and PostgreSQL really said. */
class RecordedExchangeTest {

    static Stream<Vectors.Exchange> scramLogins() {
        return Vectors.exchanges().stream()
                .filter(e -> e.label().startsWith("scram") && e.sqlState().equals("00000"));
    }

    static Stream<Vectors.Refusal> refusals() {
        return Vectors.refusals().stream();
    }

    static Stream<Vectors.Prepared> prepared() {
        return Vectors.prepared().stream();
    }

    @ParameterizedTest
    @MethodSource("scramLogins")
    void serverSaysToLibpqWhatPostgresqlSaid(Vectors.Exchange exchange) throws AuthenticationFailure {
        ScramServer server = ScramServer.forUser(
                exchange.user(),
                ScramVerifier.parse(exchange.stored()),
                () -> serverNonce(exchange),
                ChannelBinding.NONE);

        assertThat(server.start()).isEqualTo(exchange.body(0));
        assertThat(server.receive(exchange.body(1))).isEqualTo(exchange.body(2));
        assertThat(server.isVerified()).isFalse();
        assertThat(server.receive(exchange.body(3))).isEqualTo(exchange.body(4));
        assertThat(server.isVerified()).isTrue();
        assertThat(server.keys())
                .isEqualTo(ScramKeys.derive(exchange.password(), server.keys().parameters()));
        assertThat(exchange.body(5)).isEqualTo(AuthenticationRequest.OK.body());
    }

    @ParameterizedTest
    @MethodSource("scramLogins")
    void clientSaysToPostgresqlWhatLibpqSaid(Vectors.Exchange exchange) throws AuthenticationFailure {
        byte[] libpqFirst = exchange.body(1);
        ScramClient client = ScramClient.choose(exchange.data(0), () -> clientNonce(exchange), ChannelBinding.NONE);
        // libpq sends the user name empty, as we do
        assertThat(client.initialResponse()).isEqualTo(libpqFirst);
        ScramParameters parameters = client.receiveFirst(exchange.data(2));
        assertThat(client.respond(ScramKeys.derive(exchange.password(), parameters, 4096)))
                .isEqualTo(exchange.body(3));
        assertThat(client.isComplete()).isFalse();
        client.receiveFinal(exchange.data(4));
        assertThat(client.isComplete()).isTrue();
    }

    @Test
    void wrongPasswordIsRefusedAsPostgresqlRefusesIt() throws AuthenticationFailure {
        Vectors.Exchange exchange = Vectors.exchange("scram-wrong-password");
        ScramServer server = ScramServer.forUser(
                exchange.user(),
                ScramVerifier.parse(exchange.stored()),
                () -> serverNonce(exchange),
                ChannelBinding.NONE);
        server.receive(exchange.body(1));

        AuthenticationFailure failure = refusal(server, exchange.body(3));

        assertThat(failure.sqlState()).isEqualTo(exchange.sqlState());
        assertThat(failure).hasMessage("password authentication failed for user \"ascii\"");
        assertThat(failure.detail()).isEmpty();
        assertThat(server.isVerified()).isFalse();
    }

    @Test
    void mockExchangeHasTheFormOfPostgresqlsMockExchange() throws AuthenticationFailure {
        Vectors.Exchange exchange = Vectors.exchange("scram-unknown-user");
        ScramServer server = ScramServer.forUnknownUser(
                exchange.user(), MockScramSecret.random(), 4096, NonceSource.RANDOM, ChannelBinding.NONE);

        byte[] first = server.receive(exchange.body(1));

        assertThat(first).hasSameSizeAs(exchange.body(2));
        assertThat(shape(first)).isEqualTo(shape(exchange.body(2)));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void wrongMessagesAreRefusedAsPostgresqlRefusesThem(Vectors.Refusal refusal) throws AuthenticationFailure {
        ScramServer server = ScramServer.forUser(
                "ascii",
                ScramVerifier.parse(Vectors.exchange("scram-ascii").stored()),
                NonceSource.RANDOM,
                ChannelBinding.NONE);
        byte[] message = refusal.bytes();
        if (refusal.stage().equals("first")) {
            message = SaslInitialResponse.encode(ScramMechanism.SCRAM_SHA_256, message);
        } else if (refusal.stage().equals("final")) {
            byte[] first = server.receive(
                    SaslInitialResponse.encode(ScramMechanism.SCRAM_SHA_256, "n,,n=,r=client".getBytes(ISO_8859_1)));
            String nonce = attribute(Arrays.copyOfRange(first, 4, first.length), "r=");
            message = new String(message, ISO_8859_1).replace("{nonce}", nonce).getBytes(ISO_8859_1);
        }

        AuthenticationFailure failure = refusal(server, message);

        assertThat(failure).hasMessage(refusal.message());
        assertThat(failure.sqlState()).isEqualTo(refusal.sqlState());
    }

    @ParameterizedTest
    @MethodSource("prepared")
    void passwordsArePreparedAsPostgresqlPreparesThem(Vectors.Prepared prepared) {
        ScramVerifier verifier = prepared.verifier();

        assertThat(ScramVerifier.of(prepared.password(), verifier.parameters()).format())
                .isEqualTo(verifier.format());
        assertThat(verifier.matches("anybody", prepared.password())).isTrue();
    }

    @Test
    void md5ExchangeIsThatOfPostgresql() throws AuthenticationFailure {
        Vectors.Exchange right = Vectors.exchange("md5");
        Vectors.Exchange wrong = Vectors.exchange("md5-wrong-password");
        Md5Password stored = Md5Password.parse(right.stored());

        assertThat(Md5Password.of(right.user(), right.password()).format()).isEqualTo(right.stored());
        assertThat(stored.response(right.data(0)).toMessage()).isEqualTo(right.body(1));
        assertThat(stored.isProvedBy(Password.fromMessage(right.body(1)), right.data(0)))
                .isTrue();
        assertThat(stored.isProvedBy(Password.fromMessage(right.body(1)), wrong.data(0)))
                .isFalse();
        assertThat(stored.isProvedBy(Password.fromMessage(wrong.body(1)), wrong.data(0)))
                .isFalse();
    }

    @Test
    void cleartextPasswordMessageIsThatOfLibpq() throws AuthenticationFailure {
        Vectors.Exchange exchange = Vectors.exchange("cleartext");

        assertThat(exchange.body(0)).isEqualTo(AuthenticationRequest.CLEARTEXT_PASSWORD.body());
        assertThat(exchange.password().toMessage()).isEqualTo(exchange.body(1));
        assertThat(ScramVerifier.parse(exchange.stored())
                        .matches(exchange.user(), Password.fromMessage(exchange.body(1))))
                .isTrue();
    }

    private static AuthenticationFailure refusal(ScramServer server, byte[] message) {
        return catchThrowableOfType(AuthenticationFailure.class, () -> server.receive(message));
    }

    private static String clientNonce(Vectors.Exchange exchange) {
        return attribute(exchange.body(1), "r=");
    }

    private static String serverNonce(Vectors.Exchange exchange) {
        return attribute(exchange.data(2), "r=").substring(clientNonce(exchange).length());
    }

    private static String attribute(byte[] message, String name) {
        return List.of(new String(message, ISO_8859_1).split(",")).stream()
                .filter(part -> part.startsWith(name))
                .findFirst()
                .orElseThrow()
                .substring(name.length());
    }

    private static String shape(byte[] message) {
        return new String(message, ISO_8859_1).replaceAll("(?<==)[A-Za-z0-9+/]+", "?");
    }
}
