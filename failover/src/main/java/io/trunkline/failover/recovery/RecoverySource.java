package io.trunkline.failover.recovery;

import io.trunkline.pool.NodeAddress;

/** The primary, which the recovered node is to follow. */
public record RecoverySource(NodeAddress address) {
    public int id() {
        return address.node();
    }
}
