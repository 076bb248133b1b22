package io.trunkline.failover.recovery;

import io.trunkline.config.RecoveryMode;
import io.trunkline.pool.BackendLogin;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The recovery_* parameters as one recovery uses them.
 *
 * @param user recovery_user, a superuser
 * @param database recovery_database; empty = postgres, then template1
 * @param logins makes the login of that user for one connection
 * @param password the same password for the programs of the built-in way, which connect by themselves; empty where none is
 *     stored, or only what it cannot be told from
 * @param firstStageCommand recovery_1st_stage_command; empty = none
 * @param secondStageCommand recovery_2nd_stage_command, for nodes that are replicated by statement
 * @param timeout recovery_timeout: how long the recovered server may take to come up
 * @param binDirectory recovery_bin_directory; empty = found
 */
public record RecoverySettings(
        RecoveryMode mode,
        String user,
        String database,
        Supplier<BackendLogin> logins,
        Supplier<Optional<String>> password,
        String firstStageCommand,
        String secondStageCommand,
        Duration timeout,
        String binDirectory) {
    private static final List<String> USUAL_DATABASES = List.of("postgres", "template1");

    /** Pgpool-II tries four times, three seconds apart, before it begins to count recovery_timeout. */
    private static final Duration SHORTEST = Duration.ofSeconds(12);

    /** How long a server may take to come up. */
    Duration startLimit() {
        return timeout.compareTo(SHORTEST) < 0 ? SHORTEST : timeout;
    }

    /** The databases to try, in this order. */
    List<String> databases() {
        return database.isEmpty() ? USUAL_DATABASES : List.of(database);
    }

    /**
     * The same for template1, if the extension was not in postgres and nothing else is configured: Pgpool-II had it in
     * template1 up to 4.6.
     */
    Optional<RecoverySettings> after(String tried) {
        String first = USUAL_DATABASES.get(0);
        return tried.equals(first) && (database.isEmpty() || database.equals(first))
                ? Optional.of(new RecoverySettings(
                        mode,
                        user,
                        USUAL_DATABASES.get(1),
                        logins,
                        password,
                        firstStageCommand,
                        secondStageCommand,
                        timeout,
                        binDirectory))
                : Optional.empty();
    }
}
