package io.trunkline.proxy.session;

import io.trunkline.proxy.route.Plan;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the portals of the running batch or transaction were bound to. Event loop only. */
final class Portals {
    /** @param plan of the statement with the parameters that were bound */
    record Portal(PreparedStatement statement, Plan plan) {}

    private @Nullable Map<String, Portal> named;
    private @Nullable Portal unnamed;

    /** @param portal null if its statement is not known */
    void bound(String name, @Nullable Portal portal) {
        if (name.isEmpty()) {
            unnamed = portal;
        } else if (portal != null) {
            if (named == null) {
                named = new HashMap<>();
            }
            named.put(name, portal);
        }
    }

    /** The portal of that name; null if what it was bound to is not known. */
    @Nullable
    Portal find(String name) {
        if (name.isEmpty()) {
            return unnamed;
        }
        return named == null ? null : named.get(name);
    }

    /** A Sync ends what the unnamed portal is needed for. */
    void forgetUnnamed() {
        unnamed = null;
    }

    void clear() {
        named = null;
        unnamed = null;
    }
}
