package io.trunkline.pool;

/** As elsewhere: everything goes through the channel. */
class OutgoingOverNioTest extends OutgoingScenario {
    OutgoingOverNioTest() throws Exception {
        super(Transport.nio());
    }
}
