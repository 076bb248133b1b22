package io.trunkline.proxy.session;

import io.trunkline.proxy.route.Plan;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the portals of the running batch or transaction were bound to, and where. A named one lives until its transaction
 * ends, wherever the session has gone meanwhile. Event loop only.
 */
final class Portals {
    /** Named ones that are kept; a session that exceeds it finds its portals on the node that it uses last. */
    static final int LIMIT = 1000;

    /** What one was bound to, and where. */
    static final class Portal {
        private final AttachedBackend backend;
        private PreparedStatement statement;
        private Plan plan;

        Portal(PreparedStatement statement, Plan plan, AttachedBackend backend) {
            this.statement = statement;
            this.plan = plan;
            this.backend = backend;
        }

        /** The unnamed portal is bound again, which does away with the old one. */
        Portal boundTo(PreparedStatement otherStatement, Plan otherPlan) {
            statement = otherStatement;
            plan = otherPlan;
            return this;
        }

        PreparedStatement statement() {
            return statement;
        }

        /** The plan of the statement with the parameters that were bound. */
        Plan plan() {
            return plan;
        }

        AttachedBackend backend() {
            return backend;
        }
    }

    private @Nullable Map<String, Portal> named;
    private @Nullable Portal unnamed;

    /** @param portal null if its statement is not known */
    void bound(String name, @Nullable Portal portal) {
        if (name.isEmpty()) {
            unnamed = portal;
        } else if (portal != null) {
            if (named == null || named.size() >= LIMIT) {
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

    /** It is closed. @return what it was; null if that is not known */
    @Nullable
    Portal remove(String name) {
        Portal was = find(name);
        if (name.isEmpty()) {
            unnamed = null;
        } else if (named != null) {
            named.remove(name);
        }
        return was;
    }

    /** A Sync ends what the unnamed portal is needed for, and a Query does away with it. */
    void forgetUnnamed() {
        unnamed = null;
    }

    /** Their transaction is over. */
    void clear() {
        named = null;
        unnamed = null;
    }
}
