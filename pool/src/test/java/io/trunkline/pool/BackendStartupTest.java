package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.ScriptedNodes;
import io.trunkline.pool.scripted.WireText;
import io.trunkline.protocol.ProtocolVersion;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.StartupPacket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From StartupMessage to the first ReadyForQuery, against servers that behave and servers that do not. */
class BackendStartupTest {
    private static final NodeAddress NODE = new NodeAddress(0, "10.0.0.1", 5432, 1000);
    private static final StartupKey KEY = StartupKey.of(Map.of("user", "u", "database", "d", "DateStyle", "ISO"));

    private final ScriptedNodes nodes = new ScriptedNodes();
    private final EmbeddedChannel home = new EmbeddedChannel();
    private final BackendOpener opener = new BackendOpener(nodes);
    private final RecordingHolder holder = new RecordingHolder();
    private final List<BackendConnection> opened = new ArrayList<>();
    private final List<OpenFailure> failures = new ArrayList<>();
    private final List<String> challenges = new ArrayList<>();
    private boolean complete = true;

    private final BackendLogin login = new BackendLogin() {
        @Override
        public void challenged(int code, byte[] data, Answer answer) {
            challenges.add(code + ":" + new String(data, StandardCharsets.UTF_8));
            if (code == 3) {
                answer.send("secret\0".getBytes(StandardCharsets.UTF_8));
            } else if (code == 5) {
                answer.fail(ServerMessage.fatal("28000", "no md5 here"));
            }
        }

        @Override
        public boolean isComplete() {
            return complete;
        }
    };

    @AfterEach
    void everythingIsReleased() {
        nodes.finish();
        home.finishAndReleaseAll();
        holder.finish();
    }

    private ScriptedBackend begin() {
        nodes.welcome(0, "");
        opener.open(home.eventLoop(), NODE, KEY, "psql", login, Admission.VERIFIED, holder, opened::add, failures::add);
        return nodes.last(0);
    }

    private BackendConnection connection() {
        assertThat(failures).isEmpty();
        assertThat(opened).hasSize(1);
        return opened.get(0);
    }

    private OpenFailure failure() {
        assertThat(opened).isEmpty();
        assertThat(failures).hasSize(1);
        return failures.get(0);
    }

    @Test
    void theKeyAndTheApplicationNameMakeTheStartupMessage() {
        StartupPacket.Startup startup = begin().startup();
        assertThat(startup.protocol()).isEqualTo(ProtocolVersion.V3_2);
        assertThat(startup.parameters())
                .isEqualTo(Map.of("user", "u", "database", "d", "DateStyle", "ISO", "application_name", "psql"));
    }

    @Test
    void aServerThatTrustsOpensAtOnce() {
        begin().sends("R(0) S(server_version=15.13) S(TimeZone=UTC) K(4711) Z(I)");
        assertThat(connection().admission()).isEqualTo(Admission.TRUST);
        assertThat(connection().serverPid()).isEqualTo(4711);
        assertThat(connection().parameters().initial())
                .containsExactly(Map.entry("server_version", "15.13"), Map.entry("TimeZone", "UTC"));
        assertThat(connection().isClean()).isTrue();
    }

    @Property(tries = 60)
    void anyFragmentationOpensAlike(@ForAll @IntRange(min = 1, max = 40) int piece) {
        BackendStartupTest test = new BackendStartupTest();
        ScriptedBackend server = test.begin();
        ByteBuf bytes = WireText.encode(
                WireText.Sender.SERVER, "v(196608) N(NOTICE 00000 hello) R(3) R(0) S(a=b) K(7) Z(I) A(news)");
        while (bytes.isReadable()) {
            server.sends(bytes.readRetainedSlice(Math.min(piece, bytes.readableBytes())));
        }
        bytes.release();
        assertThat(test.connection().parameters().initial()).containsExactly(Map.entry("a", "b"));
        assertThat(test.holder.replies()).isEqualTo("A(news)");
        test.everythingIsReleased();
    }

    @Test
    void aChallengeIsAnsweredAndCountsAsWhatTheCallerSaid() {
        ScriptedBackend server = begin();
        server.sends("R(3)");
        assertThat(server.received()).isEqualTo("p(secret)");
        server.sends("R(0) K(1) Z(I)");
        assertThat(connection().admission()).isEqualTo(Admission.VERIFIED);
        assertThat(challenges).containsExactly("3:");
    }

    @Test
    void aLoginThatGivesUpFailsTheOpening() {
        ScriptedBackend server = begin();
        server.sends("R(5 salt)");
        assertThat(failure().message().message()).isEqualTo("no md5 here");
        assertThat(failure().answered()).isTrue();
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void aServerWithoutAProofOfItsOwnIsNotTakenForOpen() {
        complete = false;
        begin().sends("R(0) K(1) Z(I)");
        assertThat(failure().message().message()).contains("without a proof of its own");
    }

    @ParameterizedTest
    @CsvSource({"196608, 3.0", "0, 3.0", "196609, 3.1", "196610, 3.2"})
    void theVersionOfTheServerIsTakenAndRememberedForTheNext(int offered, String text) {
        begin().sends("v(" + offered + ") R(0) K(1) Z(I)");
        connection();
        nodes.last(0).disconnects();
        opened.clear();
        StartupPacket.Startup second = begin().startup();
        assertThat(ProtocolVersion.text(second.protocol())).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(ints = {196611, 131072, 262144, -1})
    void aVersionThatWasNotAskedForIsAViolation(int offered) {
        begin().sends("v(" + offered + ") R(0) K(1) Z(I)");
        assertThat(failure().message().message()).contains("protocol violation");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 32, 256})
    void aCancelKeyOfAnyAllowedLengthIsSentBackWhole(int length) {
        byte[] key = new byte[length];
        for (int i = 0; i < length; i++) {
            key[i] = (byte) (i + 1);
        }
        ScriptedBackend server = begin();
        server.sends("R(0)");
        server.sends(keyData(key));
        server.sends("Z(I)");
        opener.cancel(connection());
        StartupPacket.Cancel cancel = ScriptedNodes.cancelOf(nodes.cancels().get(0));
        assertThat(cancel.pid()).isEqualTo(99);
        assertThat(cancel.key()).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 257})
    void aCancelKeyOfAnotherLengthIsAViolation(int length) {
        ScriptedBackend server = begin();
        server.sends("R(0)");
        server.sends(keyData(new byte[length]));
        assertThat(failure().message().message()).contains("malformed BackendKeyData");
    }

    @Test
    void aBackendWithoutAKeyIsNeverCancelled() {
        begin().sends("R(0) Z(I)");
        opener.cancel(connection());
        assertThat(nodes.attempts()).isZero();
    }

    @Test
    void theServersOwnErrorIsTold() {
        ScriptedBackend server = begin();
        server.sends("E(FATAL 3D000 database \"d\" does not exist)");
        assertThat(failure().message().sqlState()).isEqualTo("3D000");
        assertThat(failure().answered()).isTrue();
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void whatFollowsAnErrorOpensNothing() {
        begin().sends("E(FATAL 28000 no) R(0) K(1) Z(I)");
        assertThat(failure().message().sqlState()).isEqualTo("28000");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Z(I)", "K(1) Z(I)", "R(0) R(0)", "R(0) R(3)", "R(0) D(1)", "C(SELECT 1)", "d(x)", "R(0) 1"})
    void messagesOutOfOrderAreAViolation(String messages) {
        ScriptedBackend server = begin();
        server.sends(messages);
        assertThat(failure().message().message()).contains("node 0 (10.0.0.1:5432): protocol violation");
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void aMessageThatIsTooLongIsAViolation() {
        begin().sends(Unpooled.buffer().writeByte('S').writeInt(64 * 1024 + 1));
        assertThat(failure().message().message()).contains("length 65537");
    }

    @Test
    void aServerThatHangsUpIsUnreachable() {
        begin().disconnects();
        assertThat(failure().answered()).isFalse();
        assertThat(failure().cause()).isEqualTo(OpenFailure.Cause.BROKEN);
        assertThat(failure().message().message()).endsWith("the server closed the connection");
    }

    @Test
    void aNodeThatIsDownIsUnreachable() {
        nodes.down(0);
        opener.open(home.eventLoop(), NODE, KEY, "", login, Admission.VERIFIED, holder, opened::add, failures::add);
        nodes.pump();
        assertThat(failure().answered()).isFalse();
        assertThat(failure().message().message())
                .isEqualTo("could not connect to node 0 (10.0.0.1:5432): Connection refused");
    }

    @Test
    void nobodyListeningIsNoConnection() {
        nodes.down(0);
        opener.open(home.eventLoop(), NODE, KEY, "psql", login, Admission.VERIFIED, holder, opened::add, failures::add);
        nodes.pump();
        assertThat(failure().cause()).isEqualTo(OpenFailure.Cause.UNREACHABLE);
    }

    private BackendOpening opening() {
        home.freezeTime();
        nodes.welcome(0, "");
        return opener.open(
                home.eventLoop(), NODE, KEY, "psql", login, Admission.VERIFIED, holder, opened::add, failures::add);
    }

    private void nothingComesOfIt() {
        assertThat(nodes.open(0)).isEmpty();
        home.advanceTimeBy(61, TimeUnit.SECONDS);
        home.runScheduledPendingTasks();
        assertThat(opened).isEmpty();
        assertThat(failures).isEmpty();
    }

    @Test
    void givenUpWhileItConnectsItClosesWhatComesOfIt() {
        opening().giveUp();
        assertThat(nodes.opened(0)).isOne();
        nothingComesOfIt();
    }

    @Test
    void givenUpWhileItConnectsNobodyHearsOfAFailure() {
        nodes.down(0);
        opening().giveUp();
        nodes.pump();
        nothingComesOfIt();
    }

    @Test
    void givenUpDuringTheLoginTheConnectionIsClosed() {
        BackendOpening opening = opening();
        ScriptedBackend server = nodes.last(0).sends("R(0) S(a=b)");
        opening.giveUp();
        assertThat(server.isOpen()).isFalse();
        nothingComesOfIt();
    }

    @Test
    void givenUpTooLateItGoesOn() {
        BackendOpening opening = opening();
        nodes.last(0).sends("R(0) K(1) Z(I)");
        opening.giveUp();
        assertThat(connection().isOpen()).isTrue();
    }

    @Test
    void aServerThatSaysNothingIsGivenUp() {
        home.freezeTime();
        ScriptedBackend server = begin();
        home.advanceTimeBy(61, TimeUnit.SECONDS);
        home.runScheduledPendingTasks();
        assertThat(failure().answered()).isFalse();
        assertThat(failure().cause()).isEqualTo(OpenFailure.Cause.TIMED_OUT);
        assertThat(failure().message().message()).contains("no answer within 60 s");
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void messagesRightBehindTheFirstReadyForQueryAreForTheConnection() {
        begin().sends("R(0) S(TimeZone=UTC) K(1) Z(I) S(TimeZone=CET) A(news)");
        assertThat(connection().parameters().get("TimeZone")).isEqualTo("CET");
        assertThat(holder.replies()).isEqualTo("S(TimeZone=CET) A(news)");
    }

    @Property(tries = 300)
    void randomBytesNeverOpenAnything(@ForAll @Size(min = 1, max = 200) byte[] garbage) {
        BackendStartupTest test = new BackendStartupTest();
        ScriptedBackend server = test.begin();
        server.sends(Unpooled.copiedBuffer(garbage));
        server.disconnects();
        assertThat(test.failure().message().message()).isNotEmpty();
        test.everythingIsReleased();
    }

    private static ByteBuf keyData(byte[] key) {
        return Unpooled.buffer()
                .writeByte('K')
                .writeInt(8 + key.length)
                .writeInt(99)
                .writeBytes(key);
    }
}
