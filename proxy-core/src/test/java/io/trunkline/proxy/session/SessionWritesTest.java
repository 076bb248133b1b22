package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.proxy.route.Rules;
import org.junit.jupiter.api.Test;

/** What a session has written, and what that means for its reads. */
class SessionWritesTest extends SessionScenario {
    @Test
    void withDmlAdaptiveOnlyReadsOfWhatWasWrittenGoToThePrimary() {
        proxy.routing = Rules.of(
                "disable_load_balance_on_write = dml_adaptive", "dml_adaptive_object_relationship_list = 't:summary'");
        begins("BEGIN");
        writesOnThePrimary();
        client.sends("Q(SELECT * FROM t)");
        assertThat(primary().received()).isEqualTo("Q(SELECT * FROM t)");
        primary().sends("C(SELECT 1) Z(T)");
        client.sends("Q(SELECT * FROM summary)");
        assertThat(primary().received()).isEqualTo("Q(SELECT * FROM summary)");
        primary().sends("C(SELECT 1) Z(T)");
        client.received();
        readsOnTheStandby();
    }

    @Test
    void withAlwaysAWriteSendsAllLaterReadsToThePrimary() {
        proxy.routing = Rules.of("disable_load_balance_on_write = always");
        client.sends("Q(DELETE FROM t)");
        primary().received();
        primary().sends("C(DELETE 1) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(SELECT 1)");
    }

    @Test
    void withTransTransactionLaterTransactionsStayOnThePrimaryAndOtherReadsDoNot() {
        proxy.routing = Rules.of("disable_load_balance_on_write = trans_transaction");
        begins("BEGIN");
        writesOnThePrimary();
        client.sends("Q(COMMIT)");
        primary().sends("C(COMMIT) Z(I)");
        client.received();
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        client.received();
        begins("BEGIN");
        primary().received();
        client.sends("Q(SELECT 1)");
        assertThat(primary().received()).isEqualTo("Q(BEGIN) Q(SELECT 1)");
    }

    @Test
    void readsOfATemporaryTableGoToThePrimaryAndOthersDoNot() {
        client.sends("Q(CREATE TEMP TABLE x (a int))");
        primary().received();
        primary().sends("C(CREATE TABLE) Z(I)");
        client.received();
        client.sends("Q(SELECT * FROM x)");
        assertThat(primary().received()).isEqualTo("Q(SELECT * FROM x)");
        primary().sends("C(SELECT 1) Z(I)");
        client.sends("Q(SELECT 1)");
        assertThat(standby().received()).isEqualTo("Q(SELECT 1)");
    }
}
