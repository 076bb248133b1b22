package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.trunkline.config.PoolPasswd;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.ScriptedNodes;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ProtocolVersion;
import io.trunkline.protocol.StartupPacket;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.ChannelBinding;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.NonceSource;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramClient;
import io.trunkline.protocol.auth.ScramKeys;
import io.trunkline.protocol.auth.ScramParameters;
import io.trunkline.proxy.auth.AuthSettings;
import io.trunkline.proxy.auth.StoredCredentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From a client's first byte to its first ReadyForQuery, or to the reason why there is none. */
class AdmissionTest {
    private static final String PARAMETERS =
            "S(server_version=15.13) S(standard_conforming_strings=on) S(client_encoding=UTF8)";

    private final ProxyFixture proxy = new ProxyFixture();

    @AfterEach
    void everythingIsReleased() {
        proxy.finish();
    }

    // ---- the first packets

    @ParameterizedTest
    @ValueSource(ints = {ProtocolVersion.SSL_REQUEST, ProtocolVersion.GSSENC_REQUEST})
    void encryptionIsDeclinedAndTheStartGoesOn(int request) {
        ProxyFixture.Client client = proxy.connect();
        client.sends(Unpooled.buffer().writeInt(8).writeInt(request));
        assertThat(client.receivedBytes()).containsExactly('N');
        client.sends(startup(ProtocolVersion.V3_0, Map.of("user", "u")));
        assertThat(client.received()).endsWith("Z(I)");
    }

    @Test
    void encryptionIsNotAskedForWithoutEnd() {
        ProxyFixture.Client client = proxy.connect();
        for (int i = 0; i < 3; i++) {
            client.sends(Unpooled.buffer().writeInt(8).writeInt(ProtocolVersion.SSL_REQUEST));
        }
        assertThat(new String(client.receivedBytes(), StandardCharsets.UTF_8)).contains("08P01");
        assertThat(client.isOpen()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "00000007, invalid length of startup packet",
        "00002711, invalid length of startup packet",
        "ffffffff, invalid length of startup packet",
        "474554202f, invalid length of startup packet",
        "0000000900030000ff, string without a terminator"
    })
    void garbageIsRefusedWithAWord(String hex, String why) {
        ProxyFixture.Client client = proxy.connect();
        client.sends(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)));
        assertThat(client.received()).isEqualTo("E(FATAL 08P01 " + why + ")");
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void anotherMajorVersionIsRefused() {
        ProxyFixture.Client client = proxy.connect();
        client.sends(Unpooled.buffer().writeInt(8).writeInt(2 << 16));
        assertThat(client.received()).startsWith("E(FATAL 0A000 unsupported frontend protocol 2.0");
    }

    @Test
    void aStartWithoutAUserIsRefused() {
        assertThat(start(Map.of("database", "d")).received())
                .isEqualTo("E(FATAL 28000 no PostgreSQL user name specified in startup packet)");
    }

    @ParameterizedTest
    @CsvSource({
        "user, u, 63, false",
        "user, u, 64, true",
        "user, é, 31, false",
        "user, é, 32, true",
        "database, d, 64, true"
    })
    void aNameThatServersWouldCutIsRefusedBeforeAnythingElse(String kind, String letter, int times, boolean refused) {
        Map<String, String> parameters = new LinkedHashMap<>(Map.of("user", "u"));
        parameters.put(kind, letter.repeat(times));
        String answer = start(parameters).received();
        if (refused) {
            assertThat(answer)
                    .isEqualTo("E(FATAL 42622 the name of the " + kind
                            + " in the startup packet is longer than 63 bytes)");
            assertThat(proxy.nodes.opened(0)).isZero();
        } else {
            assertThat(answer).endsWith("Z(I)");
        }
    }

    @ParameterizedTest
    @CsvSource({"database, true", "true, true", "1, true", "on, true", "false, false", "off, false", "0, false"})
    void replicationIsRefusedWhereItIsMeant(String value, boolean refused) {
        String answer = start(Map.of("user", "u", "replication", value)).received();
        assertThat(answer.startsWith("E(FATAL 0A000 ")).isEqualTo(refused);
    }

    @Property(tries = 40)
    void anyFragmentationOfTheStartGivesTheSameSession(@ForAll @IntRange(min = 1, max = 30) int piece) {
        AdmissionTest test = new AdmissionTest();
        ByteBuf bytes = Unpooled.buffer().writeInt(8).writeInt(ProtocolVersion.SSL_REQUEST);
        startup(ProtocolVersion.V3_0, Map.of("user", "u", "application_name", "app"))
                .encode(bytes);
        FrontendMessages.query(bytes, "SELECT 1");
        ProxyFixture.Client client = test.proxy.connect();
        while (bytes.isReadable()) {
            client.sends(bytes.readBytes(Math.min(piece, bytes.readableBytes())));
        }
        bytes.release();
        assertThat(new String(client.receivedBytes(), StandardCharsets.UTF_8)).startsWith("NR");
        assertThat(test.proxy.node(1).received()).isEqualTo("Q(SELECT 1)");
        test.everythingIsReleased();
    }

    @Property(tries = 300)
    void randomBytesBeforeAnythingElseHarmNobody(@ForAll @Size(min = 1, max = 200) byte[] garbage) {
        AdmissionTest test = new AdmissionTest();
        ProxyFixture.Client client = test.proxy.connect();
        client.sends(Unpooled.copiedBuffer(garbage));
        client.channel.checkException();
        client.disconnects();
        test.everythingIsReleased();
        assertThat(test.proxy.slots().taken()).isZero();
    }

    @Test
    void whoSaysNothingIsCutOff() {
        ProxyFixture.Client client = proxy.connect();
        proxy.pass(60_001);
        assertThat(client.isOpen()).isFalse();
    }

    // ---- trust

    @Test
    void theGreetingIsTheServersWithOurKey() {
        ProxyFixture.Client client = start(Map.of("user", "u", "application_name", "mine"));
        assertThat(client.received())
                .isEqualTo("R(0) " + PARAMETERS + " S(application_name=mine) S(in_hot_standby=off) K(1) Z(I)");
        assertThat(proxy.nodes.open(1)).isEmpty();
    }

    @Test
    void aClientOfAServerThatTrustsNeedsNoBackendTheNextTime() {
        start(Map.of("user", "u")).received();
        proxy.nodes.last(0).disconnects();
        proxy.pump();
        assertThat(start(Map.of("user", "u")).received()).endsWith("Z(I)");
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void withoutAPrimaryAStandbyGreetsAndSaysSo() {
        proxy.cluster(-1, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
        proxy.nodes.down(0);
        assertThat(start(Map.of("user", "u")).received()).contains("S(in_hot_standby=on)");
    }

    @Test
    void aNewerMinorVersionIsNegotiatedDown() {
        ProxyFixture.Client client = proxy.connect();
        client.sends(startup(ProtocolVersion.V3_0 | 9, Map.of("user", "u", "_pq_.wish", "1")));
        assertThat(client.received()).startsWith("v(" + ProtocolVersion.V3_2 + ") R(0)");
    }

    @Test
    void aClientOf32GetsALongerKeyWhateverTheServerSpeaks() {
        proxy.nodes.welcome(0, "v(0) R(0) K() Z(I)");
        ProxyFixture.Client client = proxy.connect();
        client.sends(startup(ProtocolVersion.V3_2, Map.of("user", "u")));
        byte[] greeting = client.receivedBytes();
        assertThat(greeting).hasSize(9 + (1 + 4 + 4 + 32) + 6);
    }

    @Test
    void theServersRefusalIsTheClients() {
        proxy.nodes.welcome(0, "E(FATAL 28000 no pg_hba.conf entry)");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        assertThat(client.received()).isEqualTo("E(FATAL 28000 no pg_hba.conf entry)");
        assertThat(client.isOpen()).isFalse();
        assertThat(proxy.slots().taken()).isZero();
    }

    @Test
    void aNodeThatIsDownIsAFatalError() {
        proxy.nodes.down(0);
        assertThat(start(Map.of("user", "u")).received())
                .isEqualTo("E(FATAL 08006 could not connect to node 0 (10.0.0.0:5432): Connection refused)");
    }

    @Test
    void requestsThatAreSentAheadAreServedAfterTheGreeting() {
        proxy.nodes.welcome(0, "");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        client.sends("Q(SELECT 1)");
        proxy.nodes.last(0).sends("R(0) K(1) Z(I)");
        assertThat(client.received()).isEqualTo("R(0) K(1) Z(I)");
        assertThat(proxy.node(1).received()).isEqualTo("Q(SELECT 1)");
    }

    // ---- relay

    @Test
    void aProofIsRelayedAndItsBackendIsTheClientsAlone() {
        proxy.nodes.welcome(0, "R(3)");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        assertThat(client.received()).isEqualTo("R(3)");
        client.sends("p(secret)");
        ScriptedBackend own = proxy.node(0);
        assertThat(own.received()).isEqualTo("p(secret)");
        own.sends("R(0) S(client_encoding=UTF8) K(9) Z(I)");
        assertThat(client.received()).isEqualTo("R(0) S(client_encoding=UTF8) K(1) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(own.received()).isEqualTo("Q(SELECT 1)");
        own.sends("C(SELECT 1) Z(I)");
        client.disconnects();
        assertThat(own.isOpen()).isFalse();
        assertThat(proxy.pool().open(0)).isZero();
    }

    @Test
    void aProofIsNeverSkipped() {
        proxy.nodes.welcome(0, "R(3)");
        for (int i = 1; i <= 2; i++) {
            ProxyFixture.Client client = start(Map.of("user", "u"));
            assertThat(client.received()).isEqualTo("R(3)");
            client.sends("p(secret)");
            proxy.node(0).sends("R(0) K(1) Z(I)");
            assertThat(client.received()).endsWith("Z(I)");
            assertThat(proxy.nodes.opened(0)).isEqualTo(i);
        }
    }

    @Test
    void aWrongPasswordIsTheServersToRefuse() {
        proxy.nodes.welcome(0, "R(3)");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        client.sends("p(wrong)");
        proxy.node(0).sends("E(FATAL 28P01 password authentication failed)");
        assertThat(client.received()).isEqualTo("R(3) E(FATAL 28P01 password authentication failed)");
        assertThat(proxy.slots().taken()).isZero();
    }

    @Test
    void aClientThatLeavesInsteadOfAnsweringLeavesNothingBehind() {
        proxy.nodes.welcome(0, "R(3)");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        ScriptedBackend asked = proxy.node(0);
        client.disconnects();
        assertThat(asked.isOpen()).isFalse();
        assertThat(proxy.pool().open(0)).isZero();
    }

    @Test
    void aClientThatLeavesBeforeItIsAskedLeavesNothingBehind() {
        proxy.nodes.welcome(0, "");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        ScriptedBackend asking = proxy.node(0);
        client.disconnects();
        asking.sends("R(3)");
        assertThat(asking.isOpen()).isFalse();
        assertThat(proxy.pool().open(0)).isZero();
    }

    @Test
    void aClientThatDoesNotAnswerIsCutOff() {
        proxy.nodes.welcome(0, "R(3)");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        proxy.pass(60_001);
        assertThat(client.received()).isEqualTo("R(3) E(FATAL 57014 canceling authentication due to timeout)");
        assertThat(proxy.pool().open(0)).isZero();
    }

    @Test
    void anythingButAPasswordIsAViolationOnceOneIsAskedFor() {
        proxy.nodes.welcome(0, "R(3)");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        client.sends("Q(SELECT 1)");
        assertThat(client.received()).startsWith("R(3) E(FATAL 08P01 expected a password message");
    }

    @Test
    void twoAnswersToOneQuestionAreAViolation() {
        proxy.nodes.welcome(0, "R(3)");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        client.sends("p(a) p(b)");
        assertThat(client.received()).startsWith("R(3) E(FATAL 08P01 password message without a request");
    }

    // ---- passwords that Trunkline knows

    @Test
    void aStoredPasswordIsProvedByScramAndUsedForTheServer(@TempDir Path directory)
            throws IOException, AuthenticationFailure {
        store(directory, "u:TEXTsecret");
        proxy.nodes.welcome(0, "R(3)");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        assertThat(proxy.nodes.attempts()).isZero();
        ScramClient scram = scram(client);
        prove(client, scram, "secret");
        assertThat(proxy.node(0).received()).isEqualTo("p(secret)");
        proxy.node(0).sends("R(0) K(1) Z(I)");
        assertThat(client.received()).endsWith("Z(I)");
        assertThat(proxy.pool().open(0)).as("kept for the first who needs it").isOne();
    }

    @Test
    void aWrongScramProofIsRefused(@TempDir Path directory) throws IOException, AuthenticationFailure {
        store(directory, "u:TEXTsecret");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        prove(client, scram(client), "wrong");
        assertThat(client.received()).startsWith("E(FATAL 28P01 password authentication failed for user \"u\"");
        assertThat(proxy.nodes.opened(0)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"secret, true", "wrong, false"})
    void anMd5HashIsProvedByMd5(String password, boolean right, @TempDir Path directory) throws IOException {
        store(directory, "u:" + Md5Password.of("u", Password.of("secret")).format());
        ProxyFixture.Client client = start(Map.of("user", "u"));
        byte[] request = client.receivedBytes();
        assertThat(request).startsWith('R', 0, 0, 0, 12, 0, 0, 0, 5);
        byte[] salt = Arrays.copyOfRange(request, 9, 13);
        client.sends(passwordMessage(
                Md5Password.of("u", Password.of(password)).response(salt).toMessage()));
        if (right) {
            assertThat(client.received()).startsWith("R(0)").endsWith("Z(I)");
        } else {
            assertThat(client.received()).startsWith("E(FATAL 28P01 ");
        }
    }

    @Test
    void aClientThatDoesNotProveItselfInTimeIsCutOff(@TempDir Path directory) throws IOException {
        store(directory, "u:TEXTsecret");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        client.received();
        proxy.pass(60_001);
        assertThat(client.received()).isEqualTo("E(FATAL 57014 canceling authentication due to timeout)");
    }

    @Test
    void aPasswordMessageThatIsTooLongIsAViolation(@TempDir Path directory) throws IOException {
        store(directory, "u:TEXTsecret");
        ProxyFixture.Client client = start(Map.of("user", "u"));
        client.received();
        client.sends(Unpooled.buffer().writeByte('p').writeInt(70_000));
        assertThat(client.received()).startsWith("E(FATAL 08P01 password message of length 70000");
    }

    // ---- places

    @Test
    void clientsBeyondTheLimitWaitTheirTurn() {
        proxy.slots(1, 0);
        ProxyFixture.Client first = start(Map.of("user", "u"));
        assertThat(first.received()).endsWith("Z(I)");
        ProxyFixture.Client second = start(Map.of("user", "u"));
        ProxyFixture.Client third = start(Map.of("user", "u"));
        assertThat(second.received()).isEmpty();
        first.disconnects();
        assertThat(second.received()).endsWith("Z(I)");
        assertThat(third.received()).isEmpty();
        third.disconnects();
        second.disconnects();
        assertThat(proxy.slots().taken()).isZero();
    }

    @Test
    void reservedConnectionsAreRefusedAtOnce() {
        proxy.slots(2, 1);
        assertThat(start(Map.of("user", "u")).received()).endsWith("Z(I)");
        assertThat(start(Map.of("user", "u")).received()).isEqualTo("E(FATAL 53300 Sorry, too many clients already)");
    }

    // ---- cancel

    @Test
    void aCancelReachesTheBackendThatExecutes() {
        ProxyFixture.Client client = proxy.connect();
        client.sends(startup(ProtocolVersion.V3_0, Map.of("user", "u")));
        byte[] greeting = client.receivedBytes();
        byte[] key = Arrays.copyOfRange(greeting, greeting.length - 10, greeting.length - 6);
        client.sends("Q(SELECT 1)");
        int pid = proxy.node(1).pid();

        assertThat(cancel(1, new byte[] {1, 2, 3, 4}).isOpen()).isFalse();
        assertThat(cancel(2, key).isOpen()).isFalse();
        assertThat(proxy.nodes.cancels()).isEmpty();
        // until the server has taken it in, so that the client does not go on too early
        assertThat(cancel(1, key).isOpen()).isTrue();
        assertThat(proxy.nodes.cancels()).hasSize(1);
        assertThat(ScriptedNodes.cancelOf(proxy.nodes.cancels().get(0)).pid()).isEqualTo(pid);
    }

    @Test
    void aCancelOfARequestThatWaitsForABackendGivesItUp() {
        ProxyFixture.Client client = proxy.connect();
        client.sends(startup(ProtocolVersion.V3_0, Map.of("user", "u")));
        byte[] greeting = client.receivedBytes();
        proxy.nodes.welcome(1, "");
        client.sends("Q(SELECT 1)");
        byte[] key = Arrays.copyOfRange(greeting, greeting.length - 10, greeting.length - 6);
        assertThat(cancel(1, key).isOpen()).isFalse();
        assertThat(client.received()).isEqualTo("E(ERROR 57014 canceling statement due to user request) Z(I)");
        client.sends("Q(DELETE FROM t)");
        assertThat(proxy.node(0).received()).endsWith("Q(DELETE FROM t)");
    }

    private ProxyFixture.Client cancel(int number, byte[] key) {
        ByteBuf out = Unpooled.buffer();
        FrontendMessages.cancelRequest(out, number, key);
        ProxyFixture.Client client = proxy.connect();
        client.sends(out);
        assertThat(client.receivedBytes()).isEmpty();
        return client;
    }

    private ProxyFixture.Client start(Map<String, String> parameters) {
        ProxyFixture.Client client = proxy.connect();
        client.sends(startup(ProtocolVersion.V3_0, parameters));
        return client;
    }

    private static StartupPacket.Startup startup(int protocol, Map<String, String> parameters) {
        return new StartupPacket.Startup(protocol, new LinkedHashMap<>(parameters));
    }

    private void store(Path directory, String line) throws IOException {
        Path file = directory.resolve("pool_passwd");
        Files.writeString(file, line + "\n");
        proxy.logins().reload(StoredCredentials.of(PoolPasswd.read(file).passwords()), AuthSettings.NONE);
    }

    private static ScramClient scram(ProxyFixture.Client client) throws AuthenticationFailure {
        return ScramClient.choose(authentication(client, 10), NonceSource.RANDOM, ChannelBinding.NONE);
    }

    private static void prove(ProxyFixture.Client client, ScramClient scram, String password)
            throws AuthenticationFailure {
        client.sends(passwordMessage(scram.initialResponse()));
        ScramParameters parameters = scram.receiveFirst(authentication(client, 11));
        ScramKeys keys = ScramKeys.derive(Password.of(password), parameters, ScramParameters.DEFAULT_MAX_ITERATIONS);
        client.sends(passwordMessage(scram.respond(keys)));
    }

    /** What an Authentication message says behind its code. */
    private static byte[] authentication(ProxyFixture.Client client, int code) {
        byte[] message = client.receivedBytes();
        assertThat(message[0]).isEqualTo((byte) 'R');
        assertThat(message[8]).isEqualTo((byte) code);
        return Arrays.copyOfRange(message, 9, message.length);
    }

    private static ByteBuf passwordMessage(byte[] body) {
        ByteBuf out = Unpooled.buffer();
        FrontendMessages.authenticationResponse(out, body);
        return out;
    }
}
