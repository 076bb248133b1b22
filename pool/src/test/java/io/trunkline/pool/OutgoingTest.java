package io.trunkline.pool;

/** As on Linux. */
class OutgoingTest extends OutgoingScenario {
    OutgoingTest() throws Exception {
        super(Transport.best());
    }
}
