package io.trunkline.proxy.route;

import io.trunkline.sql.Statement;
import io.trunkline.sql.StatementDetail;
import io.trunkline.sql.StatementDetail.IsolationLevel;
import io.trunkline.sql.StatementDetail.Setting;
import io.trunkline.sql.StatementDetail.SettingAction;
import io.trunkline.sql.StatementDetail.Transaction;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Plans of transaction control, and of settings that end with the transaction. */
final class TransactionPlans {
    /** The prefix of the settings that are the modes of the running transaction. */
    static final String MODE = "transaction_";

    private static final Set<String> TRUE = Set.of("on", "true", "yes", "1", "t", "y");
    private static final Set<String> FALSE = Set.of("off", "false", "no", "0", "f", "n");

    private static final Plan BEGIN =
            Plan.of(Destination.PRIMARY, Rule.BEGIN_MAY_WRITE, Plan.Effect.BEGIN, null, "BEGIN", Transaction.PLAIN);
    private static final Plan START = Plan.of(
            Destination.PRIMARY, Rule.BEGIN_MAY_WRITE, Plan.Effect.BEGIN, null, "START TRANSACTION", Transaction.PLAIN);
    private static final Plan COMMIT =
            Plan.of(Destination.ANY, Rule.TRANSACTION, Plan.Effect.COMMIT, null, "COMMIT", Transaction.PLAIN);
    private static final Plan ROLLBACK =
            Plan.of(Destination.ANY, Rule.TRANSACTION, Plan.Effect.ROLLBACK, null, "ROLLBACK", Transaction.PLAIN);
    private static final Plan PREPARED = Plan.of(Destination.PRIMARY, Rule.TWO_PHASE);

    private final QueryText text;

    TransactionPlans(QueryText text) {
        this.text = text;
    }

    /** For a statement of {@link io.trunkline.sql.StatementKind#TCL}. */
    Plan control(Statement statement) {
        Transaction detail = statement.detail(Transaction.class).orElse(Transaction.PLAIN);
        boolean plain = detail.equals(Transaction.PLAIN);
        return switch (statement.type()) {
            case BEGIN -> plain ? text.startsWith(statement, 'S') ? START : BEGIN : begin(statement, detail);
            case COMMIT -> plain ? COMMIT : of(Plan.Effect.COMMIT, statement, detail);
            case ROLLBACK -> plain ? ROLLBACK : of(Plan.Effect.ROLLBACK, statement, detail);
            case SAVEPOINT -> of(Plan.Effect.SAVEPOINT, statement, detail);
            case RELEASE -> of(Plan.Effect.RELEASE, statement, detail);
            case ROLLBACK_TO -> of(Plan.Effect.ROLLBACK_TO, statement, detail);
            case PREPARE_TRANSACTION ->
                of(Plan.Effect.PREPARE_TRANSACTION, statement, detail).onPrimary(Rule.TWO_PHASE);
            default -> PREPARED;
        };
    }

    private Plan begin(Statement statement, Transaction detail) {
        boolean serializable = detail.isolation().orElse(IsolationLevel.READ_COMMITTED) == IsolationLevel.SERIALIZABLE;
        boolean reads = detail.readOnly().orElse(false) && !serializable;
        return Plan.of(
                reads ? Destination.READ : Destination.PRIMARY,
                reads ? Rule.BEGIN_READ_ONLY : Rule.BEGIN_MAY_WRITE,
                Plan.Effect.BEGIN,
                null,
                text.of(statement),
                detail);
    }

    private Plan of(Plan.Effect effect, Statement statement, Transaction detail) {
        return Plan.of(
                Destination.ANY, Rule.TRANSACTION, effect, detail.name().orElse(null), text.of(statement), detail);
    }

    /** SET TRANSACTION, SET LOCAL, SET CONSTRAINTS, and what says the same in other words. */
    Plan setting(Statement statement) {
        @Nullable StatementDetail detail = statement.detail().orElse(null);
        return Plan.of(
                Destination.ANY,
                Rule.TRANSACTION_SETTING,
                Plan.Effect.TRANSACTION_SETTING,
                null,
                text.of(statement),
                detail instanceof Setting setting
                        ? modes(setting).map(StatementDetail.class::cast).orElse(setting)
                        : detail);
    }

    Plan snapshot(Statement statement) {
        return Plan.of(
                Destination.ANY,
                Rule.TRANSACTION_SETTING,
                Plan.Effect.SNAPSHOT,
                null,
                text.of(statement),
                statement.detail().orElse(null));
    }

    /** What SET transaction_isolation, transaction_read_only or transaction_deferrable says, as SET TRANSACTION does. */
    private static Optional<Transaction> modes(Setting setting) {
        if (setting.action() != SettingAction.SET || !setting.name().startsWith(MODE)) {
            return Optional.empty();
        }
        String value = setting.value().orElse("").toLowerCase(Locale.ROOT);
        return switch (setting.name()) {
            case "transaction_isolation" ->
                isolation(value)
                        .map(level -> new Transaction(
                                Optional.empty(), Optional.of(level), Optional.empty(), Optional.empty(), false));
            case "transaction_read_only" ->
                truth(value)
                        .map(on -> new Transaction(
                                Optional.empty(), Optional.empty(), Optional.of(on), Optional.empty(), false));
            case "transaction_deferrable" ->
                truth(value)
                        .map(on -> new Transaction(
                                Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(on), false));
            default -> Optional.empty();
        };
    }

    private static Optional<IsolationLevel> isolation(String value) {
        for (IsolationLevel level : IsolationLevel.values()) {
            if (level.name().replace('_', ' ').equalsIgnoreCase(value)) {
                return Optional.of(level);
            }
        }
        return Optional.empty();
    }

    private static Optional<Boolean> truth(String value) {
        return TRUE.contains(value) ? Optional.of(true) : FALSE.contains(value) ? Optional.of(false) : Optional.empty();
    }
}
