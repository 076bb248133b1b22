package io.trunkline.failover;

import io.trunkline.pool.BackendLogin;
import java.util.function.Supplier;

/**
 * How nodes are asked for their role and their progress: the sr_check_* parameters.
 *
 * @param user sr_check_user, or health_check_user where that is empty; empty = nodes cannot be asked
 * @param logins makes the login for one connection
 * @param periodMillis sr_check_period, 0 = only at the start and when a session reports trouble
 * @param timeoutMillis how long a node may take to answer
 * @param knowsStandbys whether the mode has a primary and standbys; in raw mode the first node in service is the one
 */
public record CheckSettings(
        String user,
        String database,
        Supplier<BackendLogin> logins,
        long periodMillis,
        long timeoutMillis,
        boolean knowsStandbys) {}
