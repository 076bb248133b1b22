package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of a SCRAM-SHA-256 exchange with one frontend (manual, "SCRAM-SHA-256 Authentication").
 *
 * <p>Send {@link #start()} in an Authentication message, then give the body of every message with tag {@code p} to
 * {@link #receive} and send what it returns in the same way, until {@link #isVerified()}. Then the frontend has proved
 * the password, and {@link #keys()} log in as that user to every backend that has the same verifier.
 *
 * <p>As in PostgreSQL the user is the one of the startup packet: the name inside the SCRAM messages is ignored. A user
 * that does not exist goes through the same exchange with a made-up verifier, and fails where a wrong password fails.
 * SQLSTATEs and messages are PostgreSQL's; two things are stricter: base64 must be in canonical form, and no message may
 * end with a comma.
 *
 * <p>Does no expensive work: fit for an event loop. Not thread-safe.
 */
public final class ScramServer {
    /** A longer message body from a frontend is refused with 28P01, as PostgreSQL does. */
    public static final int MAX_MESSAGE_LENGTH = 1024;

    private enum State {
        MECHANISM,
        CLIENT_FIRST,
        CLIENT_FINAL,
        VERIFIED,
        FAILED
    }

    private final String user;
    private final ScramVerifier verifier;
    private final boolean doomed;
    private final NonceSource nonces;
    private final ChannelBinding binding;

    private State state = State.MECHANISM;
    private boolean channelBound;
    private byte[] gs2Header = {};
    private byte[] clientFirstBare = {};
    private byte[] serverFirst = {};
    private byte[] nonce = {};
    private @Nullable ScramKeys keys;

    private ScramServer(
            String user, ScramVerifier verifier, boolean doomed, NonceSource nonces, ChannelBinding binding) {
        this.user = user;
        this.verifier = verifier;
        this.doomed = doomed;
        this.nonces = nonces;
        this.binding = binding;
    }

    /**
     * An exchange for a user whose verifier is known.
     *
     * @param user the name from the startup packet, for the error message
     * @param binding the TLS channel; with {@link ChannelBinding#NONE} SCRAM-SHA-256-PLUS is not offered and refused
     */
    public static ScramServer forUser(String user, ScramVerifier verifier, NonceSource nonces, ChannelBinding binding) {
        return new ScramServer(user, verifier, false, nonces, binding);
    }

    /**
     * An exchange that looks like any other and never succeeds, for a user who does not exist or has no password that
     * SCRAM can check.
     *
     * @param iterations the count that real users have, commonly {@link ScramParameters#DEFAULT_ITERATIONS}
     */
    public static ScramServer forUnknownUser(
            String user, MockScramSecret secret, int iterations, NonceSource nonces, ChannelBinding binding) {
        return new ScramServer(user, secret.verifier(user, iterations), true, nonces, binding);
    }

    /** The body of the AuthenticationSASL message that opens the exchange. */
    public byte[] start() {
        return AuthenticationRequest.SASL.body(ScramMechanism.encode(binding.mechanisms()));
    }

    /**
     * Takes the body of the frontend's next message: SASLInitialResponse, after that SASLResponse.
     *
     * @return the body of the Authentication message to send: AuthenticationSASLContinue or, when verified,
     *     AuthenticationSASLFinal (AuthenticationOk is for the caller to send)
     * @throws AuthenticationFailure 28P01 if the password is wrong or the message too long, 28000 if channel binding fails, 0A000 for a feature
     *     that PostgreSQL lacks too, 08P01 for anything malformed or out of turn; the exchange is then over
     */
    public byte[] receive(byte[] body) throws AuthenticationFailure {
        State expected = state;
        state = State.FAILED;
        if (body.length > MAX_MESSAGE_LENGTH) {
            throw AuthenticationFailure.passwordRejected(
                    user, "A SASL message had " + body.length + " bytes, more than " + MAX_MESSAGE_LENGTH + ".");
        }
        return switch (expected) {
            case MECHANISM -> receiveInitialResponse(body);
            case CLIENT_FIRST -> receiveClientFirst(body);
            case CLIENT_FINAL -> receiveClientFinal(body);
            case VERIFIED, FAILED ->
                throw AuthenticationFailure.protocolViolation("unexpected SASL message: the exchange is over");
        };
    }

    /** Whether the frontend has proved the password. */
    public boolean isVerified() {
        return state == State.VERIFIED;
    }

    /**
     * The keys of the password that was proved.
     *
     * @throws IllegalStateException if the exchange has not succeeded
     */
    public ScramKeys keys() {
        if (keys == null || !isVerified()) {
            throw new IllegalStateException("the frontend has not proved its password");
        }
        return keys;
    }

    private byte[] receiveInitialResponse(byte[] body) throws AuthenticationFailure {
        SaslInitialResponse response = SaslInitialResponse.decode(body);
        ScramMechanism mechanism = ScramMechanism.ofName(response.mechanism())
                .filter(binding.mechanisms()::contains)
                .orElseThrow(() -> AuthenticationFailure.protocolViolation(
                        "client selected an invalid SASL authentication mechanism"));
        channelBound = mechanism == ScramMechanism.SCRAM_SHA_256_PLUS;
        if (response.data().isEmpty()) {
            state = State.CLIENT_FIRST;
            return AuthenticationRequest.SASL_CONTINUE.body();
        }
        return receiveClientFirst(response.data().get());
    }

    private byte[] receiveClientFirst(byte[] message) throws AuthenticationFailure {
        ScramAttributes attributes = new ScramAttributes(message);
        readChannelBindingFlag(attributes);
        if (attributes.peek() == 'a') {
            throw new AuthenticationFailure(
                    AuthenticationFailure.FEATURE_NOT_SUPPORTED,
                    "client uses authorization identity, but it is not supported",
                    "");
        }
        attributes.expectComma("at the end of the GS2 header");
        gs2Header = Arrays.copyOf(message, attributes.position());
        clientFirstBare = Arrays.copyOfRange(message, attributes.position(), message.length);
        if (attributes.peek() == 'm') {
            throw new AuthenticationFailure(
                    AuthenticationFailure.FEATURE_NOT_SUPPORTED, "client requires an unsupported SCRAM extension", "");
        }
        attributes.value('n');
        byte[] clientNonce = attributes.value('r');
        if (!ScramAttributes.isPrintable(clientNonce)) {
            throw AuthenticationFailure.protocolViolation("non-printable characters in SCRAM nonce");
        }
        while (!attributes.atEnd()) {
            attributes.value();
        }
        nonce = (new String(clientNonce, US_ASCII) + nonces.next()).getBytes(US_ASCII);
        serverFirst = ("r=" + new String(nonce, US_ASCII) + ",s="
                        + verifier.parameters().encodedSalt() + ",i="
                        + verifier.parameters().iterations())
                .getBytes(US_ASCII);
        state = State.CLIENT_FINAL;
        return AuthenticationRequest.SASL_CONTINUE.body(serverFirst);
    }

    private void readChannelBindingFlag(ScramAttributes attributes) throws AuthenticationFailure {
        switch (attributes.peek()) {
            case 'n', 'y' -> {
                if (channelBound) {
                    throw AuthenticationFailure.malformedScram(
                            "The mechanism is SCRAM-SHA-256-PLUS, but the message is without channel binding.");
                }
                if (attributes.peek() == 'y' && binding.isAvailable()) {
                    throw new AuthenticationFailure(
                            AuthenticationFailure.INVALID_AUTHORIZATION_SPECIFICATION,
                            "SCRAM channel binding negotiation error",
                            "The client could bind the channel and believes that the server cannot, but it can:"
                                    + " somebody may have altered the list of mechanisms.");
                }
                attributes.skip();
                attributes.expectComma("after the channel-binding flag");
            }
            case 'p' -> {
                if (!channelBound) {
                    throw AuthenticationFailure.malformedScram(
                            "The mechanism is SCRAM-SHA-256, but the message asks for channel binding.");
                }
                byte[] type = attributes.value('p');
                if (!Arrays.equals(type, ChannelBinding.TYPE.getBytes(US_ASCII))) {
                    throw AuthenticationFailure.protocolViolation(
                            "unsupported SCRAM channel-binding type \"" + ScramAttributes.printable(type) + "\"");
                }
            }
            default ->
                throw AuthenticationFailure.malformedScram(
                        "Unknown channel-binding flag: found " + attributes.shown() + ".");
        }
    }

    private byte[] receiveClientFinal(byte[] message) throws AuthenticationFailure {
        ScramAttributes attributes = new ScramAttributes(message);
        checkChannelBinding(attributes.value('c'));
        byte[] finalNonce = attributes.value('r');
        int proofAt;
        boolean isProof;
        byte[] value;
        do {
            proofAt = attributes.position() - 1;
            isProof = attributes.peek() == 'p';
            value = attributes.value();
        } while (!isProof);
        byte[] proof = ScramAttributes.key(value, "proof");
        if (!attributes.atEnd()) {
            throw AuthenticationFailure.malformedScram("Something follows the proof.");
        }
        if (!MessageDigest.isEqual(finalNonce, nonce)) {
            throw new AuthenticationFailure(
                    AuthenticationFailure.PROTOCOL_VIOLATION,
                    "invalid SCRAM response",
                    "The nonce is not the one of this exchange.");
        }
        byte[] signed = ScramAttributes.join(clientFirstBare, serverFirst, Arrays.copyOf(message, proofAt));
        byte[] clientKey = ScramHash.xor(proof, ScramHash.hmac(verifier.storedKey(), signed));
        byte[] signature = ScramHash.hmac(verifier.serverKey(), signed);
        // everything is computed before the outcome counts, so that an unknown user takes as long as a wrong password
        boolean proved = MessageDigest.isEqual(ScramHash.sha256(clientKey), verifier.storedKey());
        if (!proved || doomed) {
            throw AuthenticationFailure.passwordRejected(
                    user, doomed ? "The user does not exist or has no SCRAM verifier." : "The password is wrong.");
        }
        keys = new ScramKeys(verifier.parameters(), clientKey, verifier.serverKey());
        state = State.VERIFIED;
        return AuthenticationRequest.SASL_FINAL.body(("v=" + ScramHash.encode(signature)).getBytes(US_ASCII));
    }

    private void checkChannelBinding(byte[] value) throws AuthenticationFailure {
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        input.writeBytes(gs2Header);
        if (channelBound) {
            input.writeBytes(binding.data());
        }
        if (MessageDigest.isEqual(ScramHash.encode(input.toByteArray()).getBytes(US_ASCII), value)) {
            return;
        }
        if (channelBound) {
            throw new AuthenticationFailure(
                    AuthenticationFailure.INVALID_AUTHORIZATION_SPECIFICATION,
                    "SCRAM channel binding check failed",
                    "");
        }
        throw AuthenticationFailure.protocolViolation(
                "unexpected SCRAM channel-binding attribute in client-final-message");
    }

    /** Names the state of the exchange and nothing of its contents. */
    @Override
    public String toString() {
        return "ScramServer[" + state + "]";
    }
}
