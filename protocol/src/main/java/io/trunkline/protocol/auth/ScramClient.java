package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The frontend's side of a SCRAM-SHA-256 exchange with one backend (manual, "SCRAM-SHA-256 Authentication").
 *
 * <p>Every byte array taken is what follows the code in an Authentication message; every one returned is the body of a
 * message with tag {@code p}:
 *
 * <ol>
 *   <li>{@link #choose} from AuthenticationSASL, send {@link #initialResponse()};
 *   <li>{@link #receiveFirst} AuthenticationSASLContinue: it names the salt and iteration count;
 *   <li>get the {@link ScramKeys} for these, from a frontend's own login, from a cache, or with {@link ScramKeys#derive}
 *       off the event loop; send {@link #respond};
 *   <li>{@link #receiveFinal} AuthenticationSASLFinal: now the server is known to have the verifier.
 * </ol>
 *
 * <p>AuthenticationOk means nothing before {@link #isComplete()}: a server that skips the end of the exchange may be an
 * impostor and must be refused.
 *
 * <p>Does no expensive work. Not thread-safe.
 */
public final class ScramClient {
    /** Longer data from a backend is refused; libpq takes no longer Authentication message either. */
    public static final int MAX_MESSAGE_LENGTH = 2000;

    private enum State {
        FIRST_EXPECTED,
        KEYS_EXPECTED,
        FINAL_EXPECTED,
        COMPLETE,
        FAILED
    }

    private final ScramMechanism mechanism;
    private final byte[] gs2Header;
    private final byte[] bindingData;
    private final String nonce;

    private State state = State.FIRST_EXPECTED;
    private @Nullable ScramParameters parameters;
    private byte[] serverFirst = {};
    private byte[] serverNonce = {};
    private byte[] serverSignature = {};

    private ScramClient(ScramMechanism mechanism, String gs2Header, byte[] bindingData, String nonce) {
        this.mechanism = mechanism;
        this.gs2Header = gs2Header.getBytes(US_ASCII);
        this.bindingData = bindingData;
        this.nonce = nonce;
    }

    /**
     * Opens the exchange with the best mechanism that the backend offers.
     *
     * @param offered the data of AuthenticationSASL
     * @param binding the TLS channel to the backend, or {@link ChannelBinding#NONE}
     * @throws AuthenticationFailure 08P01 if the list is malformed, 0A000 if nothing in it is usable here
     */
    public static ScramClient choose(byte[] offered, NonceSource nonces, ChannelBinding binding)
            throws AuthenticationFailure {
        Set<ScramMechanism> mechanisms = ScramMechanism.decode(offered);
        if (binding.isAvailable() && mechanisms.contains(ScramMechanism.SCRAM_SHA_256_PLUS)) {
            String header = "p=" + ChannelBinding.TYPE + ",,";
            return new ScramClient(ScramMechanism.SCRAM_SHA_256_PLUS, header, binding.data(), nonces.next());
        }
        if (mechanisms.contains(ScramMechanism.SCRAM_SHA_256)) {
            // "y" lets the server find out that somebody removed -PLUS from its list
            String header = binding.isAvailable() ? "y,," : "n,,";
            return new ScramClient(ScramMechanism.SCRAM_SHA_256, header, new byte[0], nonces.next());
        }
        throw new AuthenticationFailure(
                AuthenticationFailure.FEATURE_NOT_SUPPORTED,
                "none of the server's SASL authentication mechanisms are supported",
                "");
    }

    /** The mechanism that was chosen. */
    public ScramMechanism mechanism() {
        return mechanism;
    }

    /** The body of SASLInitialResponse. The user name in it is empty, as PostgreSQL takes it from the startup packet. */
    public byte[] initialResponse() {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(gs2Header);
        message.writeBytes(clientFirstBare());
        return SaslInitialResponse.encode(mechanism, message.toByteArray());
    }

    /**
     * Takes the data of AuthenticationSASLContinue.
     *
     * @return the salt and iteration count to answer with; the count is as the backend says, {@link ScramKeys#derive}
     *     bounds it
     * @throws AuthenticationFailure 08P01 if the message is malformed, too long, does not extend our nonce, or comes out of turn
     */
    public ScramParameters receiveFirst(byte[] data) throws AuthenticationFailure {
        enter(State.FIRST_EXPECTED, AuthenticationRequest.SASL_CONTINUE, data);
        ScramAttributes attributes = new ScramAttributes(data);
        if (attributes.peek() == 'm') {
            throw AuthenticationFailure.malformedScram("The server requires an extension that is not known.");
        }
        serverNonce = attributes.value('r');
        byte[] ours = nonce.getBytes(US_ASCII);
        if (serverNonce.length <= ours.length
                || !MessageDigest.isEqual(ours, Arrays.copyOf(serverNonce, ours.length))
                || !ScramAttributes.isPrintable(serverNonce)) {
            throw new AuthenticationFailure(
                    AuthenticationFailure.PROTOCOL_VIOLATION,
                    "invalid SCRAM response",
                    "The server's nonce does not extend ours.");
        }
        byte[] salt = decodeSalt(attributes.value('s'));
        int iterations = decodeIterations(attributes.value('i'));
        requireEnd(attributes);
        serverFirst = data.clone();
        parameters = new ScramParameters(salt, iterations);
        state = State.KEYS_EXPECTED;
        return parameters;
    }

    /**
     * Proves the password.
     *
     * @return the body of SASLResponse
     * @throws AuthenticationFailure 28P01 if the keys are for another salt or iteration count, as then the backend's
     *     verifier is not the one that the user was checked against; nothing is to be sent
     * @throws IllegalStateException unless {@link #receiveFirst} came right before
     */
    public byte[] respond(ScramKeys keys) throws AuthenticationFailure {
        if (state != State.KEYS_EXPECTED) {
            throw new IllegalStateException("the server has not asked for a proof");
        }
        state = State.FAILED;
        if (!keys.parameters().equals(parameters)) {
            throw new AuthenticationFailure(
                    AuthenticationFailure.INVALID_PASSWORD,
                    "SCRAM keys do not fit the server's verifier",
                    "The server's verifier has another salt or iteration count than the one that the keys come from.");
        }
        ByteArrayOutputStream binding = new ByteArrayOutputStream();
        binding.writeBytes(gs2Header);
        binding.writeBytes(bindingData);
        String withoutProof =
                "c=" + ScramHash.encode(binding.toByteArray()) + ",r=" + new String(serverNonce, US_ASCII);
        byte[] signed = ScramAttributes.join(clientFirstBare(), serverFirst, withoutProof.getBytes(US_ASCII));
        byte[] storedKey = ScramHash.sha256(keys.clientKey());
        byte[] proof = ScramHash.xor(keys.clientKey(), ScramHash.hmac(storedKey, signed));
        serverSignature = ScramHash.hmac(keys.serverKey(), signed);
        state = State.FINAL_EXPECTED;
        return (withoutProof + ",p=" + ScramHash.encode(proof)).getBytes(US_ASCII);
    }

    /**
     * Takes the data of AuthenticationSASLFinal and checks that the server has the verifier.
     *
     * @throws AuthenticationFailure 28000 if it has not, 28P01 if it refuses the proof in SCRAM's own way, 08P01 if the
     *     message is malformed or out of turn
     */
    public void receiveFinal(byte[] data) throws AuthenticationFailure {
        enter(State.FINAL_EXPECTED, AuthenticationRequest.SASL_FINAL, data);
        ScramAttributes attributes = new ScramAttributes(data);
        if (attributes.peek() == 'e') {
            throw new AuthenticationFailure(
                    AuthenticationFailure.INVALID_PASSWORD,
                    "server refused the SCRAM proof: " + ScramAttributes.printable(attributes.value('e')),
                    "");
        }
        byte[] signature = ScramAttributes.key(attributes.value('v'), "server signature");
        requireEnd(attributes);
        if (!MessageDigest.isEqual(signature, serverSignature)) {
            throw new AuthenticationFailure(
                    AuthenticationFailure.INVALID_AUTHORIZATION_SPECIFICATION,
                    "incorrect server signature",
                    "The server does not know the user's verifier: it may be an impostor.");
        }
        state = State.COMPLETE;
    }

    /** Whether both sides have proved that they know the password or its verifier. */
    public boolean isComplete() {
        return state == State.COMPLETE;
    }

    private void enter(State expected, AuthenticationRequest request, byte[] data) throws AuthenticationFailure {
        State now = state;
        state = State.FAILED;
        if (now != expected) {
            throw AuthenticationFailure.protocolViolation("unexpected " + request.messageName());
        }
        if (data.length > MAX_MESSAGE_LENGTH) {
            throw AuthenticationFailure.protocolViolation(request.messageName() + " is too long");
        }
    }

    private byte[] clientFirstBare() {
        return ("n=,r=" + nonce).getBytes(US_ASCII);
    }

    private static byte[] decodeSalt(byte[] value) throws AuthenticationFailure {
        try {
            byte[] salt = ScramHash.decode(value);
            if (salt.length > 0) {
                return salt;
            }
        } catch (IllegalArgumentException e) {
            // answered below, as is an empty salt
        }
        throw AuthenticationFailure.malformedScram("The salt is not base64.");
    }

    private static int decodeIterations(byte[] value) throws AuthenticationFailure {
        String digits = new String(value, US_ASCII);
        if (digits.matches("[1-9][0-9]{0,9}") && Long.parseLong(digits) <= Integer.MAX_VALUE) {
            return Integer.parseInt(digits);
        }
        throw AuthenticationFailure.malformedScram("The iteration count is not a positive number.");
    }

    private static void requireEnd(ScramAttributes attributes) throws AuthenticationFailure {
        if (!attributes.atEnd()) {
            throw AuthenticationFailure.malformedScram("Something follows the last attribute.");
        }
    }

    /** Names the state of the exchange and nothing of its contents. */
    @Override
    public String toString() {
        return "ScramClient[" + mechanism.mechanismName() + ", " + state + "]";
    }
}
