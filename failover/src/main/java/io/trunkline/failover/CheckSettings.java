package io.trunkline.failover;

import io.trunkline.pool.BackendLogin;
import java.util.function.Supplier;

/**
 * How nodes are asked for their role and their progress: the sr_check_* parameters.
 *
 * @param user sr_check_user, or health_check_user where that is empty; empty = nodes cannot be asked
 * @param logins makes the login for one connection
 * @param timeoutMillis how long a node may take to answer
 */
public record CheckSettings(String user, String database, Supplier<BackendLogin> logins, long timeoutMillis) {}
