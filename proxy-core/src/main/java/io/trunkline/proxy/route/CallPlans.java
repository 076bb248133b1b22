package io.trunkline.proxy.route;

import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Plans of statements that leave something behind by a function they call, or tell what others have left: set_config(),
 * advisory locks of the session, currval().
 */
final class CallPlans {
    static final Plan SET_CONFIG = Plan.of(Destination.PRIMARY, Rule.SET_CONFIG, Plan.Effect.PINS, null);
    private static final Plan ADVISORY_LOCK = Plan.of(Destination.PRIMARY, Rule.ADVISORY_LOCK, Plan.Effect.HOLDS, null);

    private static final Predicate<String> SETS_CONFIG = ReadPlans.SET_CONFIG::equals;
    private static final Predicate<String> TELLS_LAST_VALUE = Set.of("currval", "lastval")::contains;
    private static final Predicate<String> LOCKS =
            name -> name.startsWith("pg_advisory_lock") || name.startsWith("pg_try_advisory_lock");

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
        return calls(statement, SETS_CONFIG)
                || statement.inner().map(CallPlans::callsSetConfig).orElse(false);
    }

    /** Whether it takes a lock that ends with the session, not with the transaction. */
    private static boolean takesAdvisoryLock(Statement statement) {
        return calls(statement, LOCKS);
    }

    private static boolean tellsLastValue(Statement statement) {
        return calls(statement, TELLS_LAST_VALUE);
    }

    private static boolean calls(Statement statement, Predicate<String> function) {
        List<QualifiedName> functions = statement.functions();
        // by number, as an iterator would be garbage of each statement
        for (int i = 0; i < functions.size(); i++) {
            if (function.test(functions.get(i).name())) {
                return true;
            }
        }
        return false;
    }
}
