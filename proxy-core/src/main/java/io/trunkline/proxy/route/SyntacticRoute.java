package io.trunkline.proxy.route;

import io.trunkline.sql.Analysis;
import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.Statement;
import io.trunkline.sql.StatementKind;
import java.util.List;
import java.util.function.Function;

/**
 * What the text of a query string and the configuration alone say about it: the part of the routing that needs no
 * server. Sessions, the catalog and the state of the nodes can only make it stricter.
 *
 * @param kinds one for each statement, in order
 * @param readOnly whether the syntax of none of the statements can write, and there is one
 * @param target where it would go
 * @param rule the rule that decided
 * @param tables relations named, sorted, without duplicates, as {@code name} or {@code schema.name} without quotes
 * @param functions functions called by name, likewise
 */
public record SyntacticRoute(
        List<StatementKind> kinds,
        boolean readOnly,
        Target target,
        Rule rule,
        List<String> tables,
        List<String> functions) {

    /** Where a query string would go. */
    public enum Target {
        PRIMARY,
        /** A standby, or the primary, by their weights. */
        STANDBY,
        /** Whichever node the session uses at the time. */
        ANY,
        /** It concerns the session or its transaction: every node that the session uses. */
        ALL
    }

    static SyntacticRoute of(Analysis analysis, Plan plan, RoutingRules rules) {
        Target target = target(plan, analysis.isReadOnly());
        boolean kept = !rules.balancing() && target != Target.PRIMARY && !plan.isLocal();
        return new SyntacticRoute(
                analysis.statements().stream().map(Statement::kind).toList(),
                analysis.isReadOnly(),
                kept ? Target.PRIMARY : target,
                kept ? Rule.NOT_BALANCING : plan.rule(),
                names(analysis, Statement::tables),
                names(analysis, Statement::functions));
    }

    private static Target target(Plan plan, boolean readOnly) {
        return switch (plan.effect()) {
            case BEGIN,
                    COMMIT,
                    ROLLBACK,
                    SAVEPOINT,
                    RELEASE,
                    ROLLBACK_TO,
                    TRANSACTION_SETTING,
                    SNAPSHOT,
                    SETTING,
                    RESET_ALL,
                    DISCARD_ALL,
                    DEALLOCATE,
                    DEALLOCATE_ALL -> Target.ALL;
            case LOCAL -> Target.ANY;
            case PREPARE -> plan.destination() == Destination.READ ? Target.STANDBY : Target.PRIMARY;
            default ->
                switch (plan.destination()) {
                    case PRIMARY -> Target.PRIMARY;
                    case READ -> readOnly ? Target.STANDBY : Target.ANY;
                    case ANY -> readOnly ? Target.ANY : Target.ALL;
                };
        };
    }

    private static List<String> names(Analysis analysis, Function<Statement, List<QualifiedName>> of) {
        return analysis.statements().stream()
                .flatMap(statement -> of.apply(statement).stream())
                .map(QualifiedName::toString)
                .distinct()
                .sorted()
                .toList();
    }
}
