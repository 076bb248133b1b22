package io.trunkline.failover;

import io.trunkline.pool.BackendLogin;
import java.util.function.Supplier;

/**
 * How one attempt to reach the server of a node is made; when, is in {@link CoordinatorSettings.Slot}. The limit for a
 * connection, connect_timeout, is with the node's address.
 *
 * @param timeoutMillis health_check_timeout, for one attempt in all, 0 = no limit of its own
 * @param user health_check_user; empty = an attempt goes as far as the server's first answer
 * @param database health_check_database; empty = postgres, then template1
 * @param query health_check_query; empty = none, an attempt is a success once the server is ready for queries
 * @param logins makes the login for one connection; not asked for where {@code user} is empty
 */
public record HealthSettings(
        long timeoutMillis, String user, String database, String query, Supplier<BackendLogin> logins) {}
