package io.trunkline.proxy.route;

import io.trunkline.sql.BuiltinFunctions;
import io.trunkline.sql.BuiltinFunctions.Nature;
import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Plans of what cannot write by its syntax: what it names, and the configuration's lists, decide. */
final class ReadPlans {
    private static final Plan CATALOG = Plan.of(Destination.PRIMARY, Rule.SYSTEM_CATALOG);
    private static final Plan TEMPORARY = Plan.of(Destination.PRIMARY, Rule.TEMPORARY);
    private static final Plan PATTERN = Plan.of(Destination.PRIMARY, Rule.QUERY_PATTERN);
    private static final Plan LISTED = Plan.of(Destination.PRIMARY, Rule.FUNCTION_LIST);
    private static final Plan VOLATILE = Plan.of(Destination.PRIMARY, Rule.VOLATILE_FUNCTION);

    private static final Plan BESIDE_SET_CONFIG = Plan.of(Destination.PRIMARY, Rule.SET_CONFIG);

    static final String SET_CONFIG = "set_config";

    private static final int SLOTS = 256;

    /** Plans of reads that only name tables, so that another read of the same tables costs no memory. */
    private final @Nullable Plan[] ofTables = new Plan[SLOTS];

    private final QueryText text;

    ReadPlans(QueryText text) {
        this.text = text;
    }

    /**
     * The plan of a query.
     *
     * @param rule what to say of one that may go to a standby
     */
    Plan plan(Statement statement, Rule rule, RoutingRules rules) {
        if (statement.usesSystemCatalog()) {
            return onPrimary(CATALOG, statement);
        }
        List<QualifiedName> tables = statement.tables();
        for (int i = 0; i < tables.size(); i++) {
            if (tables.get(i).isTemporary()) {
                return onPrimary(TEMPORARY, statement);
            }
        }
        if (!rules.primaryPatterns().isEmpty() && text.matches(statement, rules.primaryPatterns())) {
            return onPrimary(PATTERN, statement);
        }
        @Nullable Plan refused = refused(statement, rules);
        if (refused != null) {
            return refused;
        }
        List<QualifiedName> unknown = hasLists(rules) ? List.of() : unknownFunctions(statement);
        if (tables.isEmpty() && unknown.isEmpty()) {
            return rule == Rule.READ_ONLY ? Plan.READ : Plan.of(Destination.READ, rule);
        }
        return unknown.isEmpty() ? ofTables(rule, tables) : mentioning(rule, tables, unknown);
    }

    /** A plan as it was made for the same tables before, if that is still kept. */
    private Plan ofTables(Rule rule, List<QualifiedName> tables) {
        int hash = rule.ordinal();
        for (int i = 0; i < tables.size(); i++) {
            hash = hash * 31 + tables.get(i).hashCode();
        }
        int slot = (hash ^ hash >>> 15) & SLOTS - 1;
        Plan last = ofTables[slot];
        if (last == null || last.rule() != rule || !areSame(last.mentions().tables(), tables)) {
            last = mentioning(rule, tables, List.of());
            ofTables[slot] = last;
        }
        return last;
    }

    private static boolean areSame(List<QualifiedName> some, List<QualifiedName> others) {
        int size = some.size();
        boolean same = size == others.size();
        for (int i = 0; same && i < size; i++) {
            same = some.get(i).equals(others.get(i));
        }
        return same;
    }

    private static Plan mentioning(Rule rule, List<QualifiedName> tables, List<QualifiedName> functions) {
        return Plan.mentioning(Destination.READ, rule, new Mentions(tables, functions));
    }

    /** What goes to the primary anyway may still write there, by a function that it calls. */
    private static Plan onPrimary(Plan plan, Statement statement) {
        if (statement.callsOnlyKnownStableFunctions()) {
            return plan;
        }
        for (QualifiedName function : statement.functions()) {
            if (BuiltinFunctions.of(function) == Nature.ACTING) {
                return VOLATILE;
            }
        }
        List<QualifiedName> unknown = unknownFunctions(statement);
        return unknown.isEmpty() ? plan : plan.withMentions(new Mentions(List.of(), unknown));
    }

    /** What a query does, on the primary, but for its calls of set_config(). */
    Plan besideSetConfig(Statement statement, RoutingRules rules) {
        for (QualifiedName function : statement.functions()) {
            @Nullable Plan refused = function.name().equals(SET_CONFIG) ? null : refused(function, rules);
            if (refused != null) {
                return refused;
            }
        }
        List<QualifiedName> unknown = hasLists(rules) ? List.of() : unknownFunctions(statement);
        return unknown.isEmpty() ? BESIDE_SET_CONFIG : BESIDE_SET_CONFIG.withMentions(new Mentions(List.of(), unknown));
    }

    private static boolean hasLists(RoutingRules rules) {
        return !rules.readOnlyFunctions().isEmpty() || !rules.writeFunctions().isEmpty();
    }

    /** The plan for the primary if a function that is called demands it, without asking the catalog. */
    private static @Nullable Plan refused(Statement statement, RoutingRules rules) {
        if (!hasLists(rules) && statement.callsOnlyKnownStableFunctions()) {
            return null;
        }
        List<QualifiedName> functions = statement.functions();
        for (int i = 0; i < functions.size(); i++) {
            @Nullable Plan refused = refused(functions.get(i), rules);
            if (refused != null) {
                return refused;
            }
        }
        return null;
    }

    /**
     * As in Pgpool-II the read_only_function_list, where there is one, decides alone, and else the write_function_list;
     * but what is known to write or lock does not become harmless by not being on the latter.
     */
    private static @Nullable Plan refused(QualifiedName function, RoutingRules rules) {
        if (!rules.readOnlyFunctions().isEmpty()) {
            return rules.readOnlyFunctions().matches(function.toString()) ? null : LISTED;
        }
        Nature nature = BuiltinFunctions.of(function);
        if (!rules.writeFunctions().isEmpty()) {
            return rules.writeFunctions().matches(function.toString())
                    ? LISTED
                    : nature == Nature.ACTING ? VOLATILE : null;
        }
        return nature == Nature.ACTING || nature == Nature.LOCAL ? VOLATILE : null;
    }

    /** The functions that only the catalog can tell of. */
    static List<QualifiedName> unknownFunctions(Statement statement) {
        if (statement.callsOnlyKnownStableFunctions()) {
            return List.of();
        }
        List<QualifiedName> unknown = new ArrayList<>(statement.functions().size());
        for (QualifiedName function : statement.functions()) {
            if (BuiltinFunctions.of(function) == Nature.UNKNOWN) {
                unknown.add(function);
            }
        }
        return List.copyOf(unknown);
    }
}
