package io.trunkline.pool;

import io.trunkline.protocol.ProtocolVersion;
import io.trunkline.protocol.StartupPacket;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What makes two sessions alike enough to use the same backend one after the other: user, database, and the startup
 * parameters, which the reset query returns to. {@code application_name} is left out, as nearly every client has its
 * own; it is set when a backend is lent.
 */
public final class StartupKey {
    private static final String USER = "user";
    private static final String DATABASE = "database";
    public static final String APPLICATION_NAME = "application_name";

    /** For whom and where: what backend_pool_size counts by. */
    record Owner(String user, String database) {}

    private final Owner owner;
    private final Map<String, String> settings;
    private final int hash;

    private StartupKey(String user, String database, Map<String, String> settings) {
        this.owner = new Owner(user, database);
        this.settings = settings;
        this.hash = Objects.hash(owner, settings);
    }

    /** The key of a client's startup message; parameters that are ours to answer ({@code _pq_.*}) do not count. */
    public static StartupKey of(Map<String, String> startupParameters) {
        Map<String, String> settings = Map.of();
        for (Map.Entry<String, String> parameter : startupParameters.entrySet()) {
            String name = parameter.getKey();
            if (!name.equals(USER)
                    && !name.equals(DATABASE)
                    && !name.equals(APPLICATION_NAME)
                    && !name.startsWith("_pq_.")) {
                settings = settings.isEmpty() ? new TreeMap<>() : settings;
                settings.put(name, parameter.getValue());
            }
        }
        String user = startupParameters.getOrDefault(USER, "");
        String database = startupParameters.getOrDefault(DATABASE, "");
        return new StartupKey(user, database.isEmpty() ? user : database, settings);
    }

    public String user() {
        return owner.user();
    }

    public String database() {
        return owner.database();
    }

    Owner owner() {
        return owner;
    }

    /** The message that opens a backend for this key. */
    StartupPacket.Startup startupMessage(int protocol, String applicationName) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put(USER, user());
        parameters.put(DATABASE, database());
        parameters.putAll(settings);
        if (!applicationName.isEmpty()) {
            parameters.put(APPLICATION_NAME, applicationName);
        }
        return new StartupPacket.Startup(protocol, parameters);
    }

    /** The protocol that a node is asked for first. */
    static int firstProtocol() {
        return ProtocolVersion.V3_2;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof StartupKey that
                        && hash == that.hash
                        && owner.equals(that.owner)
                        && settings.equals(that.settings);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** {@code user@database} for messages. */
    @Override
    public String toString() {
        return user() + "@" + database();
    }
}
