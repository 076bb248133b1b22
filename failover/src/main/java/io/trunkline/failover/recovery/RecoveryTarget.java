package io.trunkline.failover.recovery;

import io.trunkline.pool.NodeAddress;

/**
 * A node that is to become a standby.
 *
 * @param dataDirectory {@code backend_data_directory}, empty if not configured
 * @param applicationName {@code backend_application_name}, by which the primary is to know it; empty if not configured
 */
public record RecoveryTarget(NodeAddress address, String dataDirectory, String applicationName) {
    public int id() {
        return address.node();
    }
}
