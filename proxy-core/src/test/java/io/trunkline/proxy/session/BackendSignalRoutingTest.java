package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.proxy.route.Rules;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where a statement goes that cancels or terminates a backend. */
class BackendSignalRoutingTest {
    private final ProxyFixture proxy = new ProxyFixture();
    private final ProxyFixture.Client victim = proxy.session();
    private final ProxyFixture.Client client = proxy.session();
    private ScriptedBackend reading;

    @BeforeEach
    void theVictimHasABackendOnTheStandby() {
        victim.sends("Q(SELECT 1)");
        reading = proxy.node(1);
        reading.sends("C(SELECT 1) Z(I)");
        reading.received();
        victim.received();
    }

    @AfterEach
    void everythingIsReleased() {
        proxy.finish();
    }

    @Test
    void itGoesToTheNodeWhoseBackendItIs() {
        String query = "Q(SELECT pg_cancel_backend(" + reading.pid() + "))";
        client.sends(query);
        assertThat(proxy.node(1)).isNotSameAs(reading);
        assertThat(proxy.node(1).received()).isEqualTo(query);
        assertThat(proxy.nodes.open(0)).isEmpty();
    }

    @Test
    void itsBackendIsNotLostForTheNodeWhereNothingIsBalanced() {
        proxy.routing = Rules.of("load_balance_mode = off");
        victim.sends("Q(DELETE FROM t)");
        ScriptedBackend busy = proxy.node(0);
        client.sends("Q(SELECT pg_terminate_backend(" + busy.pid() + "))");
        busy.sends("E(FATAL 57P01 terminating connection due to administrator command)");
        busy.disconnects();
        assertThat(victim.received()).contains("57P01");
        assertThat(proxy.nodeEvents).doesNotContain("unreachable 0");
    }

    @Test
    void aProcessThatIsNotOursIsThePrimarysBusiness() {
        client.sends("Q(SELECT pg_cancel_backend(99999))");
        assertThat(proxy.node(0).received()).isEqualTo("Q(SELECT pg_cancel_backend(99999))");
    }

    @Test
    void aProcessIdThatTwoNodesHaveIsThePrimarysBusiness() {
        proxy.nodes.welcome(0, "R(0) S(in_hot_standby=off) K(" + reading.pid() + ") Z(I)");
        victim.sends("Q(DELETE FROM t)");
        proxy.node(0).sends("C(DELETE 0) Z(I)");
        client.sends("Q(SELECT pg_cancel_backend(" + reading.pid() + "))");
        assertThat(proxy.node(0).received()).startsWith("Q(SELECT pg_cancel_backend(");
    }

    @Test
    void aBackendThatIsGoneIsForgotten() {
        reading.disconnects();
        proxy.pump();
        client.sends("Q(SELECT pg_cancel_backend(" + reading.pid() + "))");
        assertThat(proxy.node(0).received()).startsWith("Q(SELECT pg_cancel_backend(");
    }

    @Test
    void theParameterOfABindDecides() {
        client.sends("P(s|SELECT pg_cancel_backend($1)) S");
        proxy.node(0).sends("1 Z(I)");
        assertThat(client.received()).isEqualTo("1 Z(I)");
        client.sends(bind()).sends("E() S");
        assertThat(proxy.node(1)).isNotSameAs(reading);
        assertThat(proxy.node(1).received()).isEqualTo("P(s|SELECT pg_cancel_backend($1)) B(|s) E() S");
        proxy.node(1).sends("1 2 D(t) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("2 D(t) C(SELECT 1) Z(I)");
    }

    @Test
    void theParameterDecidesInTheBatchOfTheParseToo() {
        client.sends("P(s|SELECT pg_cancel_backend($1)) D(Ss)");
        client.sends(bind()).sends("E() S");
        assertThat(proxy.node(0).received()).isEqualTo("P(s|SELECT pg_cancel_backend($1)) D(Ss) H");
        proxy.node(0).sends("1 t T(done)");
        assertThat(proxy.node(1)).isNotSameAs(reading);
        assertThat(proxy.node(1).received()).isEqualTo("P(s|SELECT pg_cancel_backend($1)) B(|s) E() S");
        assertThat(proxy.node(0).received()).isEqualTo("S");
        proxy.node(0).sends("Z(I)");
        proxy.node(1).sends("1 2 D(t) C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("1 t T(done) 2 D(t) C(SELECT 1) Z(I)");
    }

    /** Of the statement s, with the victim's process. */
    private ByteBuf bind() {
        String pid = Integer.toString(reading.pid());
        ByteBuf bind = Unpooled.buffer().writeByte('B').writeInt(4 + 1 + 2 + 2 + 2 + 4 + pid.length() + 2);
        bind.writeByte(0).writeBytes(new byte[] {'s', 0}).writeShort(0).writeShort(1);
        bind.writeInt(pid.length()).writeCharSequence(pid, StandardCharsets.US_ASCII);
        return bind.writeShort(0);
    }

    @Test
    void aBackendThatAClientTerminatesIsNoFailureOfItsNode() {
        client.sends("Q(SELECT pg_terminate_backend(" + reading.pid() + "))");
        reading.sends("E(FATAL 57P01 terminating connection due to administrator command)")
                .disconnects();
        proxy.pump();
        assertThat(proxy.nodeEvents).doesNotContain("unreachable 1");
        assertThat(victim.received()).isEqualTo("E(FATAL 57P01 terminating connection due to administrator command)");
        assertThat(victim.isOpen()).isFalse();
    }

    @Test
    void aBackendThatIsLostOtherwiseIsReported() {
        client.sends("Q(SELECT pg_cancel_backend(" + reading.pid() + "))");
        reading.disconnects();
        proxy.pump();
        assertThat(proxy.nodeEvents).contains("unreachable 1");
    }
}
