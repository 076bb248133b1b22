package io.trunkline.proxy.session;

import io.trunkline.config.PoolMode;
import org.junit.jupiter.api.Test;

/** pool_mode = session: a session keeps its backends. */
class SessionAllocationTest extends AllocationScenario {
    SessionAllocationTest() {
        super(PoolMode.SESSION);
    }

    @Test
    void queriesCostNothingWithoutRouting() {
        costsNothing(unrouted().repeats(queries("SELECT x FROM t WHERE id = ")));
    }

    @Test
    void writesCostNothingWithoutRouting() {
        costsNothing(unrouted().repeats(queries("UPDATE t SET x = 1 WHERE id = ")));
    }

    @Test
    void unnamedStatementsCostNothingWithoutRouting() {
        costsNothing(unrouted().repeats(unnamed("SELECT x FROM t WHERE id = $1")));
    }

    @Test
    void namedStatementsCostNothingWithoutRouting() {
        costsNothing(unrouted().begins(PREPARED).repeats(NAMED));
    }

    @Test
    void readsOnAStandbyCostNothing() {
        costsNothing(routed().repeats(queries("SELECT 1 + ")));
    }

    @Test
    void unnamedStatementsOnAStandbyCostNothing() {
        costsNothing(routed().repeats(unnamed("SELECT 1 + $1")));
    }

    @Test
    void alternatingUnnamedStatementsCostNothing() {
        costsNothing(routed().repeats(unnamed("SELECT 1 + $1"), unnamed("SELECT 2 + $1"), unnamed("SELECT 3 + $1")));
    }

    @Test
    void namedStatementsOnAStandbyCostNothing() {
        costsNothing(routed().begins(PREPARED).repeats(NAMED));
    }
}
