package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ScramPropertyTest {
    private static final int ITERATIONS = 3;
    private static final Password PASSWORD = Password.of("pencil");
    private static final ScramVerifier VERIFIER = ScramVerifier.of(PASSWORD, ITERATIONS);

    @Property
    void bothSidesAgreeOnAnyPassword(@ForAll("passwords") Password password) throws AuthenticationFailure {
        ScramVerifier verifier = ScramVerifier.of(password, ITERATIONS);

        assertThat(ScramVerifier.parse(verifier.format())).isEqualTo(verifier);
        assertThat(verifier.matches("u", password)).isTrue();
        ScramServer front = ScramExchangeTest.login(server(verifier), password);
        assertThat(front.isVerified()).isTrue();
        assertThat(passThrough(front.keys(), verifier)).isTrue();
    }

    @Property
    void wrongPasswordNeverVerifies(@ForAll("passwords") Password right, @ForAll("passwords") Password wrong) {
        Assume.that(!Arrays.equals(SaslPrep.prepare(right.bytes()), SaslPrep.prepare(wrong.bytes())));
        ScramVerifier verifier = ScramVerifier.of(right, ITERATIONS);
        ScramServer server = server(verifier);

        assertThat(ScramExchangeTest.failure(() -> ScramExchangeTest.login(server, wrong))
                        .sqlState())
                .isEqualTo("28P01");
        assertThat(server.isVerified()).isFalse();
        assertThat(verifier.matches("u", wrong)).isFalse();
        assertThat(Md5Password.of("u", right).matches("u", wrong)).isEqualTo(right.equals(wrong));
    }

    @Property
    void randomMessagesOfAFrontendOnlyFailOrAreAnswered(
            @ForAll @Size(max = 200) byte[] initial,
            @ForAll("scramLike") byte[] first,
            @ForAll("scramLike") byte[] last) {
        answersOrFails(server(VERIFIER), initial);
        ScramServer server = server(VERIFIER);
        answersOrFails(server, SaslInitialResponse.encode(ScramMechanism.SCRAM_SHA_256, first));
        answersOrFails(server, last);
        assertThat(server.isVerified()).isFalse();
    }

    @Property
    void randomMessagesOfABackendOnlyFailOrAreAnswered(
            @ForAll @Size(max = 200) byte[] mechanisms,
            @ForAll("scramLike") byte[] first,
            @ForAll("scramLike") byte[] last) {
        try {
            ScramClient.choose(mechanisms, NonceSource.RANDOM, ChannelBinding.NONE);
        } catch (AuthenticationFailure e) {
            assertThat(e.sqlState()).isIn("08P01", "0A000");
        }
        ScramClient client = client();
        try {
            client.receiveFirst(first);
        } catch (AuthenticationFailure e) {
            assertThat(e.sqlState()).isEqualTo("08P01");
        }
        try {
            client.receiveFinal(last);
        } catch (AuthenticationFailure e) {
            assertThat(e.sqlState()).isIn("08P01", "28000", "28P01");
        }
        assertThat(client.isComplete()).isFalse();
    }

    @Property
    void randomPasswordMessagesOnlyFailOrAreRead(@ForAll @Size(max = 50) byte[] body) {
        try {
            assertThat(Password.fromMessage(body).toMessage()).isEqualTo(body);
        } catch (AuthenticationFailure e) {
            assertThat(e.sqlState()).isIn("08P01", "28P01");
        }
    }

    @Property
    void proofWithAnyByteAlteredIsRefused(@ForAll @IntRange(max = 10_000) int where, @ForAll byte bits)
            throws AuthenticationFailure {
        Assume.that(bits != 0);
        ScramServer server = server(VERIFIER);
        byte[] proof = proof(server, client());
        proof[where % proof.length] ^= bits;

        assertThat(ScramExchangeTest.failure(() -> server.receive(proof)).sqlState())
                .isIn("08P01", "28P01");
        assertThat(server.isVerified()).isFalse();
    }

    @Property
    void proofOfAnotherExchangeIsRefused(@ForAll("scramLike") byte[] extra) throws AuthenticationFailure {
        byte[] replayed = proof(server(VERIFIER), client());
        byte[] longer = Arrays.copyOf(replayed, replayed.length + extra.length);
        System.arraycopy(extra, 0, longer, replayed.length, extra.length);
        for (byte[] message : new byte[][] {replayed, longer}) {
            ScramServer server = server(VERIFIER);
            server.receive(client().initialResponse());
            assertThat(ScramExchangeTest.failure(() -> server.receive(message)).sqlState())
                    .isIn("08P01", "28P01");
        }
    }

    @Property
    void challengeWithAnyByteAlteredIsRefusedBySomebody(@ForAll @IntRange(max = 10_000) int where, @ForAll byte bits)
            throws AuthenticationFailure {
        Assume.that(bits != 0);
        ScramServer server = server(VERIFIER);
        ScramClient client = client();
        byte[] challenge = ScramExchangeTest.data(server.receive(client.initialResponse()));
        challenge[where % challenge.length] ^= bits;

        ScramExchangeTest.failure(() -> {
            ScramParameters parameters = client.receiveFirst(challenge);
            server.receive(client.respond(ScramKeys.derive(PASSWORD, parameters, 1000)));
        });
        assertThat(server.isVerified()).isFalse();
    }

    @Property
    void serverSignatureWithAnyByteAlteredIsRefused(@ForAll @IntRange(max = 10_000) int where, @ForAll byte bits)
            throws AuthenticationFailure {
        Assume.that(bits != 0);
        ScramServer server = server(VERIFIER);
        ScramClient client = client();
        byte[] last = ScramExchangeTest.data(server.receive(proof(server, client)));
        last[where % last.length] ^= bits;

        ScramExchangeTest.failure(() -> client.receiveFinal(last));
        assertThat(client.isComplete()).isFalse();
    }

    @Property
    void unknownUserSeesMessagesOfTheSameForm(@ForAll String user) throws AuthenticationFailure {
        ScramVerifier verifier = VERIFIER;
        ScramServer known = ScramServer.forUser(user, verifier, NonceSource.RANDOM, ChannelBinding.NONE);
        ScramServer unknown = ScramServer.forUnknownUser(
                user, MockScramSecret.random(), ITERATIONS, NonceSource.RANDOM, ChannelBinding.NONE);

        assertThat(unknown.start()).isEqualTo(known.start());
        assertThat(shape(unknown.receive(client().initialResponse())))
                .isEqualTo(shape(known.receive(client().initialResponse())));
    }

    @Property
    void saltOfAnUnknownUserStaysOverARestartAndIsThatOfAPasswordKeptInClear(
            @ForAll String user, @ForAll @Size(min = 16, max = 40) byte[] kept) throws AuthenticationFailure {
        MockScramSecret secret = MockScramSecret.of(kept);
        MockScramSecret restarted = MockScramSecret.of(secret.toBytes());
        ScramVerifier inClear = ScramVerifier.of(PASSWORD, restarted.parameters(user, ITERATIONS));

        assertThat(challenge(
                        ScramServer.forUnknownUser(user, secret, ITERATIONS, NonceSource.RANDOM, ChannelBinding.NONE)))
                .isEqualTo(challenge(ScramServer.forUser(user, inClear, NonceSource.RANDOM, ChannelBinding.NONE)));
        assertThat(secret.verifier(user, ITERATIONS).matches(user, PASSWORD)).isFalse();
    }

    /** What a server asks: salt and iteration count. */
    private static ScramParameters challenge(ScramServer server) throws AuthenticationFailure {
        ScramClient client = client();
        return client.receiveFirst(ScramExchangeTest.data(server.receive(client.initialResponse())));
    }

    /** Text, text full of what SASLprep treats specially, and bytes that are no text. */
    @Provide
    Arbitrary<Password> passwords() {
        Arbitrary<String> text =
                Arbitraries.strings().all().excludeChars('\0').ofMinLength(1).ofMaxLength(20);
        Arbitrary<String> special = Arbitraries.strings()
                .withChars("a1 \u00a0\u00ad\u00e9\u0301\u200b\u2126\u2168\ufb01\u0627\u0628\u0221\u0340\ue000\u1e9b")
                .ofMinLength(1)
                .ofMaxLength(6);
        Arbitrary<Password> bytes = Arbitraries.bytes()
                .filter(b -> b != 0)
                .array(byte[].class)
                .ofMinSize(1)
                .ofMaxSize(70)
                .map(Password::ofBytes);
        return Arbitraries.oneOf(
                text.filter(ScramPropertyTest::isWellFormed).map(Password::of), special.map(Password::of), bytes);
    }

    /** Bytes that get further into the parsers than random ones. */
    @Provide
    Arbitrary<byte[]> scramLike() {
        Arbitrary<String> parts = Arbitraries.of(
                "n",
                "y",
                "p",
                ",",
                "=",
                "n,,",
                "n=",
                "r=client",
                "r=",
                "s=",
                "s=AAAA",
                "i=",
                "i=1",
                "c=biws",
                "v=",
                "e=x",
                "p=",
                "p=" + "A".repeat(43) + "=",
                "m=",
                "a=",
                "\0",
                "\u00ff",
                "x=y");
        Arbitrary<byte[]> sentences =
                parts.list().ofMaxSize(12).map(list -> String.join(",", list).getBytes(ISO_8859_1));
        Arbitrary<byte[]> mixed =
                parts.list().ofMaxSize(12).map(list -> String.join("", list).getBytes(ISO_8859_1));
        return Arbitraries.oneOf(
                        sentences,
                        mixed,
                        Arbitraries.bytes().array(byte[].class).ofMaxSize(100))
                .filter(bytes -> bytes.length > 0);
    }

    private static boolean isWellFormed(String text) {
        return text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
    }

    private static ScramServer server(ScramVerifier verifier) {
        return ScramServer.forUser("u", verifier, NonceSource.RANDOM, ChannelBinding.NONE);
    }

    private static ScramClient client() {
        try {
            return ScramExchangeTest.client(server(VERIFIER), ChannelBinding.NONE);
        } catch (AuthenticationFailure e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] proof(ScramServer server, ScramClient client) throws AuthenticationFailure {
        ScramParameters parameters =
                client.receiveFirst(ScramExchangeTest.data(server.receive(client.initialResponse())));
        return client.respond(ScramKeys.derive(PASSWORD, parameters));
    }

    private static boolean passThrough(ScramKeys keys, ScramVerifier verifier) throws AuthenticationFailure {
        ScramServer backend = server(verifier);
        ScramClient client = ScramExchangeTest.client(backend, ChannelBinding.NONE);
        client.receiveFirst(ScramExchangeTest.data(backend.receive(client.initialResponse())));
        client.receiveFinal(ScramExchangeTest.data(backend.receive(client.respond(keys))));
        return client.isComplete() && backend.isVerified();
    }

    private static void answersOrFails(ScramServer server, byte[] message) {
        try {
            assertThat(server.receive(message)).startsWith(0, 0, 0, 11);
        } catch (AuthenticationFailure e) {
            assertThat(e.sqlState()).isIn("08P01", "0A000", "28000", "28P01");
            assertThat(e.getMessage() + e.detail().orElse("")).matches("[ -~]*");
        }
    }

    private static String shape(byte[] body) {
        return new String(body, ISO_8859_1).replaceAll("(?<==)[A-Za-z0-9+/]+", "?") + body.length;
    }
}
