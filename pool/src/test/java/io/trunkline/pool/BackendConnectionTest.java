package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.WireText;
import io.trunkline.protocol.ReplyQueue.Mode;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connection passes to its holder, keeps to itself, and takes for the end. */
class BackendConnectionTest {
    private final PoolFixture pool = new PoolFixture(PoolFixture.SETTINGS);
    private final PoolFixture.Client client = pool.lend("u");
    private final BackendConnection connection = client.backend();
    private final RecordingHolder holder = client.holder;
    private final ScriptedBackend server = pool.nodes.last(0);

    @AfterEach
    void everythingIsReleased() {
        pool.finish();
    }

    @Test
    void repliesToAForwardedQueryPass() {
        connection.replies().sent(Request.QUERY);
        server.sends("T(a) D(1) N(NOTICE 00000 n) D(2) C(SELECT 2) Z(I)");
        assertThat(holder.replies()).isEqualTo("T(a) D(1) N(NOTICE 00000 n) D(2) C(SELECT 2) Z(I)");
        assertThat(holder.events).containsExactly("ready I FORWARD");
        assertThat(connection.isClean()).isTrue();
    }

    @Test
    void repliesToAnotherKindOfQueryDoNot() {
        connection.replies().sent(Request.QUERY, Mode.SWALLOW, null);
        connection.replies().sent(Request.QUERY);
        server.sends("T(a) D(1) N(NOTICE 00000 n) A(news) C(SELECT 1) Z(T) C(SET) Z(T)");
        assertThat(holder.replies()).isEqualTo("A(news) C(SET) Z(T)");
        assertThat(connection.status()).isEqualTo((byte) 'T');
        assertThat(connection.isClean()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"57P01,quickdie,false", "57P02,quickdie,false", "57P01,exec_stmt_raise,true", "01000,quickdie,true"})
    void warningOfAServerThatEndsAtOnceDoesNot(String sqlState, String routine, boolean passes) {
        connection.replies().sent(Request.QUERY);
        ByteBuf warning = Unpooled.buffer();
        new ServerMessage(Map.of('S', "WARNING", 'V', "WARNING", 'C', sqlState, 'M', "m", 'R', routine))
                .encodeNotice(warning);
        server.sends(warning);
        server.sends("T(a)");
        assertThat(holder.replies()).isEqualTo(passes ? "N(WARNING " + sqlState + " m) T(a)" : "T(a)");
    }

    @Test
    void onlyTheErrorOfAStepInBetweenPasses() {
        connection.replies().sent(Request.PARSE, Mode.FORWARD_ERROR, null);
        connection.replies().sent(Request.PARSE, Mode.FORWARD_ERROR, null);
        server.sends("1 E(ERROR 42601 syntax)");
        assertThat(holder.replies()).isEqualTo("E(ERROR 42601 syntax)");
        assertThat(holder.events).containsExactly("failed 42601 FORWARD_ERROR");
    }

    @Test
    void commandTagsAreToldOnlyToWhoWantsThem() {
        connection.replies().sent(Request.QUERY);
        server.sends("C(SET)");
        holder.wantsTags = true;
        server.sends("C(COMMIT) Z(I)");
        assertThat(holder.events).containsExactly("completed COMMIT", "ready I FORWARD");
        assertThat(holder.replies()).isEqualTo("C(SET) C(COMMIT) Z(I)");
    }

    @Test
    void parametersAreFollowedWithWhatTheyWereAtFirst() {
        server.sends("S(client_encoding=LATIN1)");
        assertThat(connection.parameters().get("client_encoding")).isEqualTo("LATIN1");
        assertThat(connection.parameters().changes()).containsOnlyKeys("client_encoding");
        server.sends("S(client_encoding=UTF8)");
        assertThat(connection.parameters().changes()).isEmpty();
        assertThat(connection.parameters().initial()).containsEntry("client_encoding", "UTF8");
        assertThat(connection.parameters().get("nothing")).isNull();
        assertThat(holder.replies()).isEqualTo("S(client_encoding=LATIN1) S(client_encoding=UTF8)");
    }

    @ParameterizedTest
    @ValueSource(ints = {64 * 1024 + 1, 1_000_000})
    void anErrorThatIsTooLongToLookIntoPassesUnread(int length) {
        connection.replies().sent(Request.QUERY);
        ByteBuf error = Unpooled.buffer().writeByte('E').writeInt(length).writeZero(length - 4);
        server.sends(error);
        server.sends("Z(I)");
        assertThat(holder.events).containsExactly("failed unread FORWARD", "ready I FORWARD");
        assertThat(connection.isOpen()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"D(1)", "1", "C(SELECT 1)", "T(a)", "Z(I)", "R(0)", "K(1)"})
    void aReplyThatNothingAskedForEndsTheConnection(String reply) {
        server.sends(reply);
        assertThat(holder.events).singleElement().asString().startsWith("lost: protocol violation by node 0");
        assertThat(connection.isOpen()).isFalse();
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void aReadyForQueryOfAnotherLengthOrStatusEndsTheConnection() {
        connection.replies().sent(Request.QUERY);
        server.sends("C(SELECT 1) Z(X)");
        assertThat(holder.events).singleElement().asString().contains("transaction status 'X'");
    }

    @Test
    void theHolderLearnsOnceThatTheServerIsGone() {
        server.disconnects();
        server.disconnects();
        assertThat(holder.events).containsExactly("lost: the server closed the connection");
        connection.close();
        assertThat(holder.events).hasSize(1);
    }

    @Test
    void closingSaysGoodbyeAndTellsNobody() {
        connection.close();
        connection.close();
        assertThat(server.received()).isEqualTo("X");
        assertThat(server.isOpen()).isFalse();
        assertThat(holder.events).isEmpty();
    }

    @Test
    void bytesWaitForTheFlush() {
        connection.write(WireText.encode(WireText.Sender.CLIENT, "S"));
        assertThat(server.received()).isEmpty();
        connection.flush();
        assertThat(server.received()).isEqualTo("S");
    }

    @Test
    void readingStopsAndGoesOnAsTheHolderSays() {
        assertThat(server.isRead()).isTrue();
        connection.setReading(false);
        assertThat(server.isRead()).isFalse();
    }

    @Test
    void halfAMessageIsNoStateToLeaveTheConnectionIn() {
        connection.replies().sent(Request.QUERY);
        server.sends(Unpooled.copiedBuffer(new byte[] {'D', 0, 0, 0, 99, 1, 2}));
        assertThat(connection.isInsideReply()).isTrue();
        assertThat(connection.isClean()).isFalse();
    }

    @Property(tries = 400)
    void randomBytesEndTheConnectionOrPass(@ForAll @Size(min = 1, max = 150) byte[] garbage) {
        BackendConnectionTest test = new BackendConnectionTest();
        test.connection.replies().sent(Request.QUERY);
        test.server.sends(Unpooled.copiedBuffer(garbage));
        test.server.disconnects();
        assertThat(test.holder.events).last().asString().startsWith("lost: ");
        assertThat(test.holder.events.stream().filter(event -> event.startsWith("lost")))
                .hasSize(1);
        test.everythingIsReleased();
    }
}
