package io.trunkline.proxy.session;

import io.trunkline.config.NameLimit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many sessions each user and each database has, those that wait for their turn included, and whether it may be one
 * more. Safe for any thread.
 */
public final class SessionQuotas {
    private final Map<String, Integer> users = new HashMap<>();
    private final Map<String, Integer> databases = new HashMap<>();

    /**
     * Counts a session; {@link #leave} takes it back.
     *
     * @return why it is one too many and was not counted; null if it is not
     */
    synchronized @Nullable String enter(
            String user, String database, List<NameLimit> userLimits, List<NameLimit> databaseLimits) {
        if (isFull(users, user, userLimits)) {
            return "too many connections for role \"" + user + "\"";
        }
        if (isFull(databases, database, databaseLimits)) {
            return "too many connections for database \"" + database + "\"";
        }
        users.merge(user, 1, Integer::sum);
        databases.merge(database, 1, Integer::sum);
        return null;
    }

    synchronized void leave(String user, String database) {
        take(users, user);
        take(databases, database);
    }

    private static boolean isFull(Map<String, Integer> counts, String name, List<NameLimit> limits) {
        for (NameLimit limit : limits) {
            if (limit.matches(name)) {
                return limit.limit() > 0 && counts.getOrDefault(name, 0) >= limit.limit();
            }
        }
        return false;
    }

    private static void take(Map<String, Integer> counts, String name) {
        counts.computeIfPresent(name, (key, count) -> count == 1 ? null : count - 1);
    }
}
