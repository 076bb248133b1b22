package io.trunkline.proxy.route;

import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.Statement;
import java.util.List;

/**
 * Plans of statements that leave something behind by a function they call, or tell what others have left: set_config(),
 * advisory locks of the session, currval().
 */
final class CallPlans {
    static final Plan SET_CONFIG = Plan.of(Destination.PRIMARY, Rule.SET_CONFIG, Plan.Effect.PINS, null);
    private static final Plan ADVISORY_LOCK = Plan.of(Destination.PRIMARY, Rule.ADVISORY_LOCK, Plan.Effect.HOLDS, null);

    private CallPlans() {}

    /** Whether a statement calls any of these. */
    static boolean concerns(Statement statement) {
        return callsSetConfig(statement) || takesAdvisoryLock(statement) || tellsLastValue(statement);
    }

    /**
     * The plan of a statement that may call them.
     *
     * @param otherwise for the primary: where it runs if it calls none, and what else it does if it sets for its
     *     transaction only
     */
    static Plan plan(Statement statement, Plan otherwise) {
        boolean bare = otherwise.effect() == Plan.Effect.NONE;
        boolean locks = takesAdvisoryLock(statement);
        if (callsSetConfig(statement)) {
            return statement.setsConfigLocally() && bare && !locks ? otherwise.tyingTransaction() : SET_CONFIG;
        }
        if (bare && locks) {
            return ADVISORY_LOCK;
        }
        return bare && tellsLastValue(statement) ? otherwise.onPrimary(Rule.LAST_VALUE) : otherwise;
    }

    static boolean callsSetConfig(Statement statement) {
        List<QualifiedName> functions = statement.functions();
        // by number, here and below, as an iterator would be garbage of each statement
        for (int i = 0; i < functions.size(); i++) {
            if (functions.get(i).name().equals(ReadPlans.SET_CONFIG)) {
                return true;
            }
        }
        return statement.inner().map(CallPlans::callsSetConfig).orElse(false);
    }

    private static boolean tellsLastValue(Statement statement) {
        List<QualifiedName> functions = statement.functions();
        for (int i = 0; i < functions.size(); i++) {
            String name = functions.get(i).name();
            if (name.equals("currval") || name.equals("lastval")) {
                return true;
            }
        }
        return false;
    }

    /** Whether it takes a lock that ends with the session, not with the transaction. */
    private static boolean takesAdvisoryLock(Statement statement) {
        List<QualifiedName> functions = statement.functions();
        for (int i = 0; i < functions.size(); i++) {
            String name = functions.get(i).name();
            if (name.startsWith("pg_advisory_lock") || name.startsWith("pg_try_advisory_lock")) {
                return true;
            }
        }
        return false;
    }
}
