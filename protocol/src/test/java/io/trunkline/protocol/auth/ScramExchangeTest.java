package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.Base64;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScramExchangeTest {
    private static final Password PASSWORD = Password.of("pencil");
    private static final ScramVerifier VERIFIER = ScramVerifier.of(PASSWORD, 16);
    private static final ChannelBinding CHANNEL = ChannelBinding.tlsServerEndPoint(new byte[] {1, 2, 3, 4});

    /** RFC 7677, section 3. */
    @Test
    void publishedExchangeIsReproduced() throws AuthenticationFailure {
        ScramParameters parameters = new ScramParameters(Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
        ScramServer server = ScramServer.forUser(
                "user",
                ScramVerifier.of(PASSWORD, parameters),
                () -> "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
                ChannelBinding.NONE);

        byte[] first = server.receive(initial("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
        byte[] last = server.receive(bytes("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));

        assertThat(text(first))
                .isEqualTo(
                        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        assertThat(text(last)).isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    @Test
    void keysOfAVerifiedFrontendLogInToABackendWithTheSameVerifier() throws AuthenticationFailure {
        ScramServer front = login(server(NonceSource.RANDOM, ChannelBinding.NONE), PASSWORD);

        ScramServer backend = ScramServer.forUser("u", VERIFIER, NonceSource.RANDOM, ChannelBinding.NONE);
        ScramClient client = client(backend, ChannelBinding.NONE);
        assertThat(client.receiveFirst(data(backend.receive(client.initialResponse()))))
                .isEqualTo(front.keys().parameters());
        client.receiveFinal(data(backend.receive(client.respond(front.keys()))));

        assertThat(client.isComplete()).isTrue();
        assertThat(backend.isVerified()).isTrue();
        assertThat(front.keys().verifier()).isEqualTo(VERIFIER);
    }

    @Test
    void keysForAnotherSaltAreNotSent() throws AuthenticationFailure {
        ScramKeys foreign = ScramKeys.derive(PASSWORD, new ScramParameters(new byte[16], 16), 16);
        ScramServer server = server(NonceSource.RANDOM, ChannelBinding.NONE);
        ScramClient client = client(server, ChannelBinding.NONE);
        client.receiveFirst(data(server.receive(client.initialResponse())));

        assertThat(failure(() -> client.respond(foreign)).sqlState()).isEqualTo("28P01");
        assertThat(client.isComplete()).isFalse();
    }

    @Test
    void exchangeIsBoundToTheTlsChannelWhereBothSidesHaveOne() throws AuthenticationFailure {
        ScramServer server = server(NonceSource.RANDOM, CHANNEL);
        ScramClient client = client(server, CHANNEL);

        assertThat(client.mechanism()).isEqualTo(ScramMechanism.SCRAM_SHA_256_PLUS);
        assertThat(text(client.initialResponse())).contains("p=tls-server-end-point,,n=");
        client.receiveFirst(data(server.receive(client.initialResponse())));
        client.receiveFinal(data(server.receive(client.respond(keys(PASSWORD)))));
        assertThat(server.isVerified()).isTrue();
    }

    @Test
    void anotherTlsChannelInBetweenIsFoundOut() throws AuthenticationFailure {
        ScramServer server = server(NonceSource.RANDOM, CHANNEL);
        ScramClient client = client(server, ChannelBinding.tlsServerEndPoint(new byte[] {9, 9}));
        client.receiveFirst(data(server.receive(client.initialResponse())));
        byte[] response = client.respond(keys(PASSWORD));

        AuthenticationFailure failure = failure(() -> server.receive(response));

        assertThat(failure.sqlState()).isEqualTo("28000");
        assertThat(failure).hasMessage("SCRAM channel binding check failed");
    }

    @Test
    void removalOfPlusFromTheListOfMechanismsIsFoundOut() throws AuthenticationFailure {
        ScramServer server = server(NonceSource.RANDOM, CHANNEL);
        byte[] altered = data(server(NonceSource.RANDOM, ChannelBinding.NONE).start());
        ScramClient client = ScramClient.choose(altered, NonceSource.RANDOM, CHANNEL);

        AuthenticationFailure failure = failure(() -> server.receive(client.initialResponse()));

        assertThat(failure.sqlState()).isEqualTo("28000");
        assertThat(failure).hasMessage("SCRAM channel binding negotiation error");
    }

    @Test
    void plusWithoutChannelBindingInTheMessageIsRefused() {
        byte[] message = SaslInitialResponse.encode(ScramMechanism.SCRAM_SHA_256_PLUS, bytes("n,,n=,r=abc"));

        assertThat(failure(() -> server(NonceSource.RANDOM, CHANNEL).receive(message))
                        .sqlState())
                .isEqualTo("08P01");
    }

    @Test
    void bindingTypesOtherThanTheCertificatesAreRefusedByName() {
        byte[] message =
                SaslInitialResponse.encode(ScramMechanism.SCRAM_SHA_256_PLUS, bytes("p=tls-unique\u00e9,,n=,r=abc"));

        assertThat(failure(() -> server(NonceSource.RANDOM, CHANNEL).receive(message)))
                .hasMessage("unsupported SCRAM channel-binding type \"tls-unique?\"");
    }

    @Test
    void frontendMaySendItsFirstMessageAfterAnEmptyChallenge() throws AuthenticationFailure {
        ScramServer server = server(() -> "server", ChannelBinding.NONE);

        assertThat(server.receive(bytes("SCRAM-SHA-256\0\u00ff\u00ff\u00ff\u00ff")))
                .isEqualTo(AuthenticationRequest.SASL_CONTINUE.body());
        assertThat(text(server.receive(bytes("n,,n=,r=client")))).startsWith("r=clientserver,s=");
    }

    @Test
    void userNameInsideTheMessagesDoesNotCount() throws AuthenticationFailure {
        ScramServer server = server(() -> "server", ChannelBinding.NONE);

        assertThat(text(server.receive(initial("n,,n=som\u00e9body else,r=client,x=ignored"))))
                .startsWith("r=clientserver,s=");
    }

    @Test
    void unknownUserFailsAsAWrongPasswordDoes() throws AuthenticationFailure {
        ScramServer known = server(NonceSource.RANDOM, ChannelBinding.NONE);
        ScramServer unknown =
                ScramServer.forUnknownUser("u", MockScramSecret.random(), 16, NonceSource.RANDOM, ChannelBinding.NONE);

        AuthenticationFailure wrong = failure(() -> login(known, Password.of("pen")));
        AuthenticationFailure mock = failure(() -> login(unknown, PASSWORD));

        assertThat(mock.sqlState()).isEqualTo(wrong.sqlState()).isEqualTo("28P01");
        assertThat(mock).hasMessage(wrong.getMessage());
        assertThat(mock.detail()).isEqualTo(wrong.detail());
        assertThat(mock.logDetail()).isNotEqualTo(wrong.logDetail());
        assertThatIllegalStateException().isThrownBy(unknown::keys);
    }

    @Test
    void saltOfAnUnknownUserIsHisOwnAndOutlivesARestart() throws AuthenticationFailure {
        MockScramSecret secret = MockScramSecret.random();
        MockScramSecret kept = MockScramSecret.of(secret.toBytes());

        assertThat(mockSalt(kept, "alice")).isEqualTo(mockSalt(secret, "alice"));
        assertThat(mockSalt(secret, "bob")).isNotEqualTo(mockSalt(secret, "alice"));
        assertThat(mockSalt(MockScramSecret.random(), "alice")).isNotEqualTo(mockSalt(secret, "alice"));
    }

    @Test
    void endedExchangeTakesNothingMore() throws AuthenticationFailure {
        ScramServer verified = login(server(NonceSource.RANDOM, ChannelBinding.NONE), PASSWORD);
        assertThat(failure(() -> verified.receive(initial("n,,n=,r=abc"))).sqlState())
                .isEqualTo("08P01");
        assertThat(verified.isVerified()).isFalse();

        ScramServer failed = server(NonceSource.RANDOM, ChannelBinding.NONE);
        failure(() -> failed.receive(bytes("x")));
        assertThat(failure(() -> failed.receive(initial("n,,n=,r=abc")))).hasMessageContaining("exchange is over");
    }

    @Test
    void iterationCountIsBoundedBeforeAnyWorkIsDone() {
        ScramParameters hostile = new ScramParameters(new byte[16], Integer.MAX_VALUE);

        AuthenticationFailure failure =
                failure(() -> ScramKeys.derive(PASSWORD, hostile, ScramParameters.DEFAULT_MAX_ITERATIONS));

        assertThat(failure.sqlState()).isEqualTo("28000");
        assertThat(failure.detail().orElseThrow()).contains("2147483647", "100000");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "r=client,s=AAAA,i=4096",
                "r=other,s=AAAA,i=4096",
                "r=clien,s=AAAA,i=4096",
                "r=client x,s=AAAA,i=4096",
                "r=clientx,s=,i=4096",
                "r=clientx,s=AAA,i=4096",
                "r=clientx,s=AAAA,i=0",
                "r=clientx,s=AAAA,i=-1",
                "r=clientx,s=AAAA,i=04096",
                "r=clientx,s=AAAA,i=2147483648",
                "r=clientx,s=AAAA,i=99999999999",
                "r=clientx,s=AAAA,i=",
                "r=clientx,s=AAAA",
                "r=clientx,s=AAAA,i=1,",
                "r=clientx,s=AAAA,i=1,x=y",
                "m=ext,r=clientx,s=AAAA,i=1",
                "s=AAAA,r=clientx,i=1",
                "e=other-error"
            })
    void wrongChallengeOfAServerIsRefused(String challenge) throws AuthenticationFailure {
        ScramClient client = ScramClient.choose(
                ScramMechanism.encode(ChannelBinding.NONE.mechanisms()), () -> "client", ChannelBinding.NONE);

        assertThat(failure(() -> client.receiveFirst(bytes(challenge))).sqlState())
                .isEqualTo("08P01");
        assertThatIllegalStateException().isThrownBy(() -> client.respond(keys(PASSWORD)));
    }

    @Test
    void challengeThatIsTooLongIsRefused() throws AuthenticationFailure {
        ScramClient client = ScramClient.choose(
                ScramMechanism.encode(ChannelBinding.NONE.mechanisms()), () -> "client", ChannelBinding.NONE);

        assertThat(failure(() -> client.receiveFirst(bytes("r=client" + "x".repeat(2000) + ",s=AAAA,i=1"))))
                .hasMessage("AuthenticationSASLContinue is too long");
    }

    @Test
    void serverThatDoesNotKnowTheVerifierIsFoundOut() throws AuthenticationFailure {
        ScramClient client = clientAtTheEnd();

        AuthenticationFailure failure = failure(() -> client.receiveFinal(bytes("v=" + "A".repeat(43) + "=")));

        assertThat(failure).hasMessage("incorrect server signature");
        assertThat(failure.sqlState()).isEqualTo("28000");
        assertThat(client.isComplete()).isFalse();
    }

    @Test
    void errorOfTheServerIsShownInPrintableForm() throws AuthenticationFailure {
        ScramClient client = clientAtTheEnd();

        assertThat(failure(() -> client.receiveFinal(bytes("e=invalid-proof\n\u00e9"))))
                .hasMessage("server refused the SCRAM proof: invalid-proof??");
    }

    @Test
    void serverThatEndsTheExchangeEarlyIsRefused() throws AuthenticationFailure {
        ScramServer server = server(NonceSource.RANDOM, ChannelBinding.NONE);
        ScramClient client = client(server, ChannelBinding.NONE);

        assertThat(failure(() -> client.receiveFinal(bytes("v=" + "A".repeat(43) + "="))))
                .hasMessage("unexpected AuthenticationSASLFinal");
        assertThat(client.isComplete()).isFalse();
    }

    @Test
    void clientRefusesAServerWithoutAKnownMechanism() {
        for (String offered : new String[] {"\0", "SCRAM-SHA-1\0\0", "SCRAM-SHA-256-PLUS\0\0"}) {
            assertThat(failure(() -> ScramClient.choose(bytes(offered), NonceSource.RANDOM, ChannelBinding.NONE))
                            .sqlState())
                    .isEqualTo("0A000");
        }
        for (String offered : new String[] {"", "SCRAM-SHA-256", "SCRAM-SHA-256\0", "\0SCRAM-SHA-256\0\0"}) {
            assertThat(failure(() -> ScramClient.choose(bytes(offered), NonceSource.RANDOM, ChannelBinding.NONE))
                            .sqlState())
                    .isEqualTo("08P01");
        }
    }

    @Test
    void noTextFormShowsASecret() throws AuthenticationFailure {
        ScramServer server = login(server(NonceSource.RANDOM, ChannelBinding.NONE), PASSWORD);
        byte[] mock = "0123456789abcdef".getBytes(US_ASCII);

        assertThat(server.keys()).hasToString("ScramKeys[" + VERIFIER.parameters() + ", keys hidden]");
        assertThat(VERIFIER).hasToString("ScramVerifier[" + VERIFIER.parameters() + ", keys hidden]");
        assertThat(server).hasToString("ScramServer[VERIFIED]");
        assertThat(MockScramSecret.of(mock).toString()).doesNotContain("0123");
        assertThat(PASSWORD.toString()).doesNotContain("pencil");
        assertThat(Md5Password.of("u", PASSWORD).toString())
                .doesNotContain(Md5Password.of("u", PASSWORD).format().substring(3));
    }

    @Test
    void requestCodesAreTheManuals() {
        assertThat(AuthenticationRequest.values())
                .extracting(AuthenticationRequest::code)
                .containsExactly(0, 2, 3, 5, 7, 8, 9, 10, 11, 12);
        assertThat(AuthenticationRequest.ofCode(10)).contains(AuthenticationRequest.SASL);
        assertThat(AuthenticationRequest.ofCode(6)).isEmpty();
        assertThat(AuthenticationRequest.MD5_PASSWORD.body((byte) 1, (byte) 2, (byte) 3, (byte) 4))
                .containsExactly(0, 0, 0, 5, 1, 2, 3, 4);
    }

    static AuthenticationFailure failure(ThrowingCallable action) {
        AuthenticationFailure failure = catchThrowableOfType(AuthenticationFailure.class, action);
        assertThat(failure).isNotNull();
        return failure;
    }

    static ScramServer login(ScramServer server, Password password) throws AuthenticationFailure {
        ScramClient client = client(server, ChannelBinding.NONE);
        ScramParameters parameters = client.receiveFirst(data(server.receive(client.initialResponse())));
        client.receiveFinal(data(server.receive(client.respond(ScramKeys.derive(password, parameters, 4096)))));
        assertThat(client.isComplete()).isTrue();
        return server;
    }

    private static ScramServer server(NonceSource nonces, ChannelBinding binding) {
        return ScramServer.forUser("u", VERIFIER, nonces, binding);
    }

    static ScramClient client(ScramServer server, ChannelBinding binding) throws AuthenticationFailure {
        return ScramClient.choose(data(server.start()), NonceSource.RANDOM, binding);
    }

    private static ScramClient clientAtTheEnd() throws AuthenticationFailure {
        ScramServer server = server(NonceSource.RANDOM, ChannelBinding.NONE);
        ScramClient client = client(server, ChannelBinding.NONE);
        client.receiveFirst(data(server.receive(client.initialResponse())));
        client.respond(keys(PASSWORD));
        return client;
    }

    private static ScramKeys keys(Password password) {
        return ScramKeys.derive(password, VERIFIER.parameters());
    }

    private static String mockSalt(MockScramSecret secret, String user) throws AuthenticationFailure {
        ScramServer server = ScramServer.forUnknownUser(user, secret, 4096, () -> "server", ChannelBinding.NONE);
        return text(server.receive(initial("n,,n=,r=client")));
    }

    private static byte[] initial(String message) {
        return SaslInitialResponse.encode(ScramMechanism.SCRAM_SHA_256, bytes(message));
    }

    static byte[] data(byte[] body) {
        return Arrays.copyOfRange(body, Integer.BYTES, body.length);
    }

    private static String text(byte[] body) {
        return new String(data(body), ISO_8859_1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
