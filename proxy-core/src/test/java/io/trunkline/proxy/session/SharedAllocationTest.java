package io.trunkline.proxy.session;

import io.trunkline.config.PoolMode;
import org.junit.jupiter.api.Test;

/** pool_mode = transaction: a backend is given back and lent again for each of them. */
class SharedAllocationTest extends AllocationScenario {
    SharedAllocationTest() {
        super(PoolMode.TRANSACTION);
    }

    @Test
    void unnamedStatementsWhoseParseIsSparedCostNothing() {
        costsNothing(new RepeatedExchange(PoolMode.TRANSACTION, false, true)
                .repeats(unnamed("SELECT x FROM t WHERE id = $1")));
    }

    @Test
    void readsAndWritesInTurnCostNothing() {
        costsNothing(routed().repeats("Q(SELECT 1)", "Q(UPDATE t SET x = 1)"));
    }

    @Test
    void namedStatementsOfTwoClientsCostNothing() {
        costsNothing(routed().withAnother().begins(PREPARED).repeats(NAMED));
    }
}
