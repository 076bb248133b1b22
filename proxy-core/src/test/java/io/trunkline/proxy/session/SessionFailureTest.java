package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.WireText;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session does when nodes fail it, when its client does, and when either side is slow. */
class SessionFailureTest extends SessionScenario {
    // ---- nodes that cannot be had

    @Test
    void withoutAPrimaryAWriteIsRefusedAndTheSessionGoesOn() {
        proxy.cluster(-1, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).isEqualTo("E(ERROR 57P03 no primary node is known at the moment) Z(I)");
        client.sends("P(|DELETE FROM t) B(|) E() S");
        assertThat(client.received()).isEqualTo("E(ERROR 57P03 no primary node is known at the moment) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void anErrorOfOurOwnComesBehindTheAnswersThatAreOwed() {
        proxy.cluster(-1, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
        client.sends("P(|SELECT 1) B(|) E() P(|DELETE FROM t) B(|) E() S");
        assertThat(standby().received()).isEqualTo("P(|SELECT 1) B(|) E() H");
        assertThat(client.received()).isEmpty();
        standby().sends("1 2 C(SELECT 1)");
        assertThat(standby().received()).isEqualTo("S");
        assertThat(client.received())
                .isEqualTo("1 2 C(SELECT 1) E(ERROR 57P03 no primary node is known at the moment)");
        standby().sends("Z(I)");
        assertThat(client.received()).isEqualTo("Z(I)");
    }

    @Test
    void aPrimaryThatIsDownIsAskedOnceARequest() {
        proxy.nodes.down(0);
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received())
                .isEqualTo("E(ERROR 08006 could not connect to node 0 (10.0.0.0:5432): Connection refused) Z(I)");
        assertThat(proxy.nodeEvents).containsOnlyOnce("unreachable 0");
        proxy.nodes.up(0);
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aServersRefusalIsToldAsAnErrorOfTheStatement() {
        proxy.nodes.welcome(0, "E(FATAL 3D000 database \"d\" does not exist)");
        client.sends("Q(DELETE FROM t)");
        assertThat(client.received()).isEqualTo("E(ERROR 3D000 database \"d\" does not exist) Z(I)");
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void aReadGoesToAnotherNodeWhenItsStandbyIsDown() {
        proxy.nodes.down(1);
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
        assertThat(proxy.nodeEvents).contains("unreachable 1");
    }

    // ---- notifications, parameters

    @Test
    void aNotificationWaitsForTheEndOfTheRowThatIsUnderWay() {
        client.sends("Q(LISTEN x)");
        primary().sends("C(LISTEN) Z(I)");
        client.sends("Q(SELECT 1)");
        client.received();
        ByteBuf row = WireText.encode(WireText.Sender.SERVER, "D(1234567890) C(SELECT 1) Z(I)");
        standby().sends(row.readRetainedSlice(9));
        primary().sends("A(x)");
        assertThat(client.received()).isEmpty();
        standby().sends(row);
        assertThat(client.received()).isEqualTo("D(1234567890) C(SELECT 1) Z(I) A(x)");
        assertThat(primary().isRead()).isTrue();
    }

    @Test
    void parametersOfTheServerReachTheClientButNotThatItIsAStandby() {
        client.sends("Q(SET TimeZone TO 'CET')");
        standby().sends("C(SET) S(TimeZone=CET) S(in_hot_standby=on) Z(I)");
        assertThat(client.received()).isEqualTo("C(SET) S(TimeZone=CET) Z(I)");
    }

    // ---- slow sides

    @Test
    void aClientThatTakesNothingPushesBackOnTheServer() {
        client.sends("Q(SELECT 1)");
        standby();
        client.channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        standby().sends("D(1)");
        assertThat(standby().isRead()).isFalse();
        client.channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        proxy.pump();
        assertThat(standby().isRead()).isTrue();
        standby().sends("C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("D(1) C(SELECT 1) Z(I)");
    }

    @Test
    void aServerThatTakesNothingPushesBackOnTheClient() {
        client.sends("Q(COPY t FROM STDIN)");
        primary().sends("G");
        primary().channel().unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        client.sends("d(row)");
        assertThat(client.isRead()).isFalse();
        primary().channel().unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        proxy.pump();
        assertThat(client.isRead()).isTrue();
    }

    @Test
    void aClientThatSendsOnWhileItsRequestWaitsIsReadNoFurtherThanAllowed() {
        proxy.nodes.welcome(0, "");
        client.sends("Q(DELETE FROM t)");
        client.sends("Q(DELETE FROM t WHERE x = '" + "y".repeat(70_000) + "')");
        assertThat(client.isRead()).isFalse();
        primary().sends("R(0) K(1) Z(I)");
        proxy.pump();
        assertThat(client.isRead()).isTrue();
    }

    // ---- COPY

    @Test
    void copyDataPassesBothWays() {
        client.sends("Q(COPY t FROM STDIN)");
        primary().sends("G");
        client.sends("d(a) d(b)").sends("c");
        assertThat(primary().received()).isEqualTo("Q(COPY t FROM STDIN) d(a) d(b) c");
        primary().sends("C(COPY 2) Z(I)");
        client.sends("Q(COPY (SELECT 1) TO STDOUT)");
        proxy.node(1).sends("H d(x) d(y) c C(COPY 2) Z(I)");
        assertThat(client.received()).isEqualTo("G C(COPY 2) Z(I) H d(x) d(y) c C(COPY 2) Z(I)");
    }

    @Test
    void copyDataThatIsSentAheadWaitsForTheServer() {
        client.sends("Q(COPY t FROM STDIN) d(a) d(b) c");
        assertThat(primary().received()).isEqualTo("Q(COPY t FROM STDIN)");
        primary().sends("G");
        assertThat(primary().received()).isEqualTo("d(a) d(b) c");
    }

    @Test
    void copyDataThatIsSentAheadOfARefusalGoesNowhere() {
        client.sends("Q(COPY nonsense FROM STDIN) d(a) c Q(DELETE FROM t)");
        primary().received();
        primary().sends("E(ERROR 42P01 no table) Z(I)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void copyDataAfterTheServerHasGivenUpGoesNowhere() {
        client.sends("Q(COPY t FROM STDIN)");
        primary().sends("G");
        client.sends("d(a)");
        primary().sends("E(ERROR 22P02 bad row) Z(I)");
        client.sends("d(b) d(c) f(enough)");
        assertThat(primary().received()).isEqualTo("Q(COPY t FROM STDIN) d(a)");
        client.sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
    }

    @Test
    void aCopyInABatchWithItsSyncSentAheadWorks() {
        client.sends("P(|COPY t FROM STDIN) B(|) E() S");
        primary().sends("1 2 G");
        client.sends("d(a) c S");
        assertThat(primary().received()).isEqualTo("P(|COPY t FROM STDIN) B(|) E() S d(a) c S");
        primary().sends("C(COPY 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 2 G C(COPY 1) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aClientThatLeavesInTheMiddleOfACopyTakesItsBackendWithIt() {
        client.sends("Q(COPY t FROM STDIN)");
        ScriptedBackend primary = primary();
        primary.sends("G");
        client.sends("d(a)").disconnects();
        assertThat(primary.isOpen()).isFalse();
        assertThat(proxy.pool().open(0)).isZero();
    }

    // ---- the client

    @Test
    void terminateEndsTheSessionBehindWhatCameBefore() {
        client.sends("Q(DELETE FROM t) X");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM t)");
        assertThat(client.isOpen()).isTrue();
        primary().sends("C(DELETE 1) Z(I)");
        assertThat(client.isOpen()).isFalse();
        assertThat(primary().received()).isEqualTo("Q(DISCARD ALL)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Z(I)", "R(0)", "p(x)", "1", "T", "!"})
    void aMessageThatNoClientSendsEndsTheSession(String message) {
        client.sends(
                message.length() > 1
                        ? WireText.encode(
                                message.equals("p(x)") ? WireText.Sender.CLIENT : WireText.Sender.SERVER, message)
                        : WireText.encode(WireText.Sender.CLIENT, message));
        assertThat(client.received()).startsWith("E(FATAL 08P01 invalid frontend message type");
        assertThat(client.isOpen()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "510000000461",
                "5100000003",
                "51ffffffff",
                "510000000661",
                "5000000008736561 6c",
                "420000000561",
                "440000000553",
                "44000000065800",
                "4300000005 50",
                "45000000056162",
                "4400010006"
            })
    void aMalformedMessageEndsTheSessionAndNobodyElse(String hex) {
        ProxyFixture.Client other = proxy.start();
        other.received();
        client.sends(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex.replace(" ", ""))));
        if (client.isOpen()) {
            client.sends(Unpooled.copiedBuffer(new byte[100]));
        }
        assertThat(client.received()).startsWith("E(FATAL 08P01 ");
        assertThat(client.isOpen()).isFalse();
        other.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void aViolationBehindGoodRequestsDoesNotCallThemBack() {
        client.sends("Q(DELETE FROM t) !");
        assertThat(client.received()).startsWith("E(FATAL 08P01 ");
        assertThat(client.isOpen()).isFalse();
    }

    @Property(tries = 300)
    void randomBytesNeverHangLeakOrThrowPastTheSession(@ForAll @Size(min = 1, max = 200) byte[] garbage) {
        SessionFailureTest test = new SessionFailureTest();
        test.client.sends(Unpooled.copiedBuffer(garbage));
        test.client.channel.checkException();
        test.everythingIsReleased();
        assertThat(test.proxy.pool().open(0)).isZero();
    }

    @Property(tries = 300)
    void randomMessagesWithRandomAnswersNeverHangLeakOrThrowPastTheSession(
            @ForAll @Size(min = 1, max = 30) byte[] script) {
        String[] requests = {
            "Q(SELECT 1)",
            "Q(DELETE FROM t)",
            "P(s|SELECT 1)",
            "P(|DELETE FROM t)",
            "B(|s)",
            "B(p|)",
            "D(Ss)",
            "D(Pp)",
            "E(p)",
            "E()",
            "C(Ss)",
            "C(Pp)",
            "S",
            "H",
            "d(x)",
            "c",
            "f(x)",
            "F(x)",
            "Q(BEGIN)",
            "Q(COMMIT)",
            "Q(SET a.b TO 1)",
            "Q(SHOW pool_nodes)",
            "P(l|SHOW pool_nodes)",
            "B(|l)",
            "Q(DISCARD ALL)"
        };
        String[] replies = {
            "1",
            "2",
            "3",
            "T(a)",
            "D(1)",
            "C(SELECT 1)",
            "Z(I)",
            "Z(T)",
            "Z(E)",
            "E(ERROR 42601 x)",
            "E(FATAL 57P01 x)",
            "E(ERROR 25006 x)",
            "E(FATAL 57P04 x)",
            "N(NOTICE 00000 x)",
            "A(x)",
            "S(a=b)",
            "G",
            "H",
            "n",
            "t",
            "s",
            "I",
            "c",
            "d(x)"
        };
        SessionFailureTest test = new SessionFailureTest();
        for (byte step : script) {
            int value = step & 127;
            if (step >= 0) {
                if (test.client.isOpen()) {
                    test.client.sends(requests[value % requests.length]);
                }
            } else {
                int node = value & 1;
                if (!test.proxy.nodes.open(node).isEmpty()) {
                    test.proxy.node(node).sends(replies[(value >> 1) % replies.length]);
                }
            }
        }
        test.proxy.pump();
        test.client.channel.checkException();
        test.client.disconnects();
        test.everythingIsReleased();
        assertThat(test.client.isOpen()).isFalse();
    }
}
