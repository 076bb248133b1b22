package io.trunkline.pool;

import org.jspecify.annotations.Nullable;

/**
 * Which cached backends a statement concerns, such as those of a database that is about to be dropped.
 *
 * @param database null = any
 * @param user null = any
 */
public record IdleFilter(
        @Nullable String database, @Nullable String user) {
    public static final IdleFilter ALL = new IdleFilter(null, null);

    public static IdleFilter ofDatabase(String database) {
        return new IdleFilter(database, null);
    }

    public static IdleFilter ofUser(String user) {
        return new IdleFilter(null, user);
    }

    public boolean matches(StartupKey key) {
        return (database == null || database.equals(key.database())) && (user == null || user.equals(key.user()));
    }
}
