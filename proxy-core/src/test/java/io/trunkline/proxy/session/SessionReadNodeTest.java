package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.NodeView;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.Rules;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where the reads of a session go as redirects, delays and comments want it. Nodes 1 and 2 are standbys. */
class SessionReadNodeTest {
    private static final long NEAR = 10;
    private static final long FAR = 5000;

    private final ProxyFixture proxy = new ProxyFixture();
    private ProxyFixture.Client client = proxy.session();

    @AfterEach
    void everythingIsReleased() {
        proxy.finish();
    }

    @Test
    void aRedirectByApplicationNameTakesTheReads() {
        sessionWith(Rules.of("app_name_redirect_preference_list = 'app:2'"), NEAR, NEAR);
        read(2);
        read(2);
    }

    @Test
    void aRedirectToThePrimaryTakesTheReads() {
        sessionWith(Rules.of("database_redirect_preference_list = 'd:primary'"), NEAR, NEAR);
        read(0);
    }

    @Test
    void readsLeaveAStandbyWhileItIsTooFarBehind() {
        RoutingRules rules =
                Rules.of("user_redirect_preference_list = 'u:1'", "delay_threshold = 100", "sr_check_user = 'c'");
        sessionWith(rules, NEAR, NEAR);
        read(1);
        lags(FAR, NEAR);
        read(0);
        lags(NEAR, NEAR);
        read(1);
    }

    @Test
    void aSessionStaysOnTheStandbyThatWasLessBehind() {
        RoutingRules rules = Rules.of(
                "user_redirect_preference_list = 'u:1'",
                "delay_threshold = 100",
                "sr_check_user = 'c'",
                "prefer_lower_delay_standby = on");
        sessionWith(rules, FAR, NEAR);
        read(2);
        lags(NEAR, NEAR);
        read(2);
    }

    private void sessionWith(RoutingRules rules, long first, long second) {
        proxy.routing = rules;
        lags(first, second);
        client = proxy.start();
        client.received();
    }

    private void lags(long first, long second) {
        proxy.cluster(0, lagging(0, 0), lagging(1, first), lagging(2, second));
    }

    private static NodeView lagging(int id, long bytes) {
        NodeView node = ProxyFixture.node(id, id == 0 ? 0 : 0.5);
        return new NodeView(
                node.address(),
                node.weight(),
                node.status(),
                node.role(),
                OptionalLong.of(bytes),
                node.lagTime(),
                true,
                node.statusSince());
    }

    private void read(int node) {
        client.sends("Q(SELECT 1)");
        ScriptedBackend backend = proxy.node(node);
        assertThat(backend.received()).endsWith("Q(SELECT 1)");
        backend.sends("C(SELECT 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I)");
    }
}
