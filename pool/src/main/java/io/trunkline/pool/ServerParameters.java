package io.trunkline.pool;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that a server reports on one connection: those it began with, shared by all connections that began
 * alike, and those that differ since. Confined to an event loop but for {@link #initial()}, which never changes.
 */
public final class ServerParameters {
    private final Map<String, String> initial;
    private @Nullable Map<String, String> changed;

    ServerParameters(Map<String, String> initial) {
        this.initial = initial;
    }

    /** What the connection began with, in the order in which the server reported it. */
    public Map<String, String> initial() {
        return initial;
    }

    /** What differs now from {@link #initial()}. */
    public Map<String, String> changes() {
        return changed == null ? Collections.emptyMap() : changed;
    }

    /** The value of a parameter now, or null if the server does not report it. */
    public @Nullable String get(String name) {
        String now = changed == null ? null : changed.get(name);
        return now == null ? initial.get(name) : now;
    }

    void set(String name, String value) {
        if (value.equals(initial.get(name))) {
            if (changed != null) {
                changed.remove(name);
                if (changed.isEmpty()) {
                    changed = null;
                }
            }
        } else {
            if (changed == null) {
                changed = new LinkedHashMap<>();
            }
            changed.put(name, value);
        }
    }
}
