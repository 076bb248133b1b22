package io.trunkline.proxy.session;

import io.trunkline.config.PoolMode;
import org.junit.jupiter.api.Test;

/** pool_mode = session: a session keeps its backends. */
class SessionAllocationTest extends AllocationScenario {
    SessionAllocationTest() {
        super(PoolMode.SESSION);
    }

    @Test
    void alternatingUnnamedStatementsCostNothing() {
        costsNothing(routed().repeats(unnamed("SELECT 1 + $1"), unnamed("SELECT 2 + $1"), unnamed("SELECT 3 + $1")));
    }
}
