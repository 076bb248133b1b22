package io.trunkline.config;

import java.util.Set;

/**
 * A backend slot in use.
 *
 * @param id the number at the end of its parameters
 * @param hostname a host name or address, or the directory of a Unix socket
 * @param port its port
 * @param weight its share of the balanced reads, 0 to 1; the shares of all nodes add up to 1, or are all 0
 * @param rawWeight the weight as configured
 * @param flags what failover may do with it
 * @param applicationName application_name of its WAL receiver, empty if not configured
 * @param dataDirectory its data directory, empty if not configured
 */
public record NodeSettings(
        int id,
        String hostname,
        int port,
        double weight,
        double rawWeight,
        Set<BackendFlag> flags,
        String applicationName,
        String dataDirectory) {

    /** Whether {@link #hostname()} is the directory of a Unix socket. */
    public boolean isUnixSocket() {
        return hostname.startsWith("/");
    }
}
