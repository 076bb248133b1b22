package io.trunkline.proxy.auth;

import io.trunkline.config.ConnectionParameters;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.pool.StartupKey;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the configuration says about auth_query.
 *
 * @param user as whom it is run; empty switches it off
 * @param password as in pgpool.conf, with its prefix; never printed
 * @param ttlNanos for how long an answer is used
 */
public record AuthQuerySettings(String query, String user, String password, String database, long ttlNanos) {
    /** Nothing is asked for. */
    public static final AuthQuerySettings OFF = new AuthQuerySettings("", "", "", "", 0);

    public static AuthQuerySettings of(PgpoolConfig config) {
        return new AuthQuerySettings(
                config.get(ConnectionParameters.AUTH_QUERY),
                config.get(ConnectionParameters.AUTH_QUERY_USER),
                config.get(ConnectionParameters.AUTH_QUERY_PASSWORD),
                config.get(ConnectionParameters.AUTH_QUERY_DATABASE),
                config.get(ConnectionParameters.AUTH_QUERY_CACHE_TTL).toNanos());
    }

    public boolean isOn() {
        return !user.isEmpty() && !query.isEmpty();
    }

    /** What its connections start with: nobody else's objects stand in the place of the server's own. */
    StartupKey startup() {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("user", user);
        parameters.put("database", database);
        parameters.put("search_path", "pg_catalog, pg_temp");
        parameters.put("client_encoding", "UTF8");
        parameters.put("default_transaction_read_only", "on");
        return StartupKey.of(parameters);
    }

    @Override
    public String toString() {
        return "AuthQuerySettings[" + user + "@" + database + "]";
    }
}
