package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

/** A session of which a node is lost. */
abstract class NodeLossScenario extends SessionScenario {
    static final String GOES = "E(FATAL 57P01 terminating connection due to administrator command)";
    static final String PANICS = "E(PANIC 53100 could not write to file: No space left on device)";

    static final String STANDBY_LOST =
            "E(ERROR 40001 connection to node 1 (10.0.0.1:5432) was lost: the server closed the connection)";
    static final String PRIMARY_LOST =
            "E(ERROR 40001 connection to node 0 (10.0.0.0:5432) was lost: the server closed the connection)";
    static final String IN_DOUBT = "E(ERROR 08007 connection to node 0 (10.0.0.0:5432) was lost while a"
            + " transaction was being committed: the server closed the connection)";

    void threeNodes() {
        proxy.cluster(0, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1), ProxyFixture.node(2, 0));
    }

    void reads(String query) {
        client.sends("Q(" + query + ")");
        assertThat(standby().received()).endsWith("Q(" + query + ")");
        standby().sends("C(SELECT 1) Z(I)");
        client.received();
    }

    /** Begins a transaction that has written. */
    void writesInTransaction() {
        client.sends("Q(BEGIN)").sends("Q(DELETE FROM t)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(DELETE FROM t)");
        primary().sends("C(BEGIN) Z(T) C(DELETE 1) Z(T)");
        client.received();
    }

    void servesWrites() {
        client.sends("Q(DELETE FROM after)");
        assertThat(primary().received()).isEqualTo("Q(DELETE FROM after)");
        primary().sends("C(DELETE 1) Z(I)");
        assertThat(client.received()).isEqualTo("C(DELETE 1) Z(I)");
    }
}
