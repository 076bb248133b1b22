package io.trunkline.proxy.route;

import io.trunkline.sql.Statement;
import io.trunkline.sql.StatementDetail.IsolationLevel;
import io.trunkline.sql.StatementDetail.Scope;
import io.trunkline.sql.StatementDetail.Setting;
import io.trunkline.sql.StatementDetail.Transaction;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Plans of SET, RESET and SHOW, and of set_config() where it says the same. */
final class SettingPlans {
    private static final Plan UNCLEAR = Plan.of(Destination.PRIMARY, Rule.UNCLEAR_SETTING, Plan.Effect.PINS, null);
    private static final Plan SERIALIZABLE =
            Plan.of(Destination.PRIMARY, Rule.SERIALIZABLE_DEFAULT, Plan.Effect.PINS, null);
    private static final Plan TEMPORARY_PATH =
            Plan.of(Destination.PRIMARY, Rule.TEMPORARY_PATH, Plan.Effect.PINS, null);
    private static final Plan SHOW = Plan.of(Destination.ANY, Rule.SHOW_ALIKE);
    private static final Plan SHOW_OF_NODE = Plan.of(Destination.PRIMARY, Rule.SHOW_OF_NODE);

    /** What SHOW answers alike on every node that a session uses, as a session's own settings are made on all. */
    private static final Set<String> SAME_EVERYWHERE = Set.of(
            "application_name",
            "client_encoding",
            "client_min_messages",
            "datestyle",
            "extra_float_digits",
            "integer_datetimes",
            "intervalstyle",
            "is_superuser",
            "max_identifier_length",
            "search_path",
            "server_encoding",
            "server_version",
            "server_version_num",
            "session_authorization",
            "standard_conforming_strings",
            "timezone");

    /** The commands of Trunkline's own, by what stands behind SHOW. */
    private static final Set<String> LOCAL = Set.of(
            "pool_nodes",
            "pool_processes",
            "pool_pools",
            "pool_version",
            "pool_cache",
            "pool_status",
            "pool_health_check_stats",
            "pool_backend_stats",
            "pool_sessions",
            "pool_events");

    private static final Pattern TEMPORARY_FIRST = Pattern.compile("\\s*\"?pg_temp\\b", Pattern.CASE_INSENSITIVE);

    private final QueryText text;
    private final TransactionPlans transactions;

    SettingPlans(QueryText text, TransactionPlans transactions) {
        this.text = text;
        this.transactions = transactions;
    }

    Plan set(Statement statement) {
        @Nullable Setting setting = statement.detail(Setting.class).orElse(null);
        if (setting == null) {
            return UNCLEAR;
        }
        if (makesTemporary(setting)) {
            return TEMPORARY_PATH;
        }
        if (setting.scope() == Scope.LOCAL || setting.name().startsWith(TransactionPlans.MODE)) {
            return transactions.setting(statement);
        }
        if (setting.name().equals("default_transaction_isolation")
                && setting.value().orElse("").equalsIgnoreCase("serializable")) {
            return SERIALIZABLE;
        }
        return tracked(setting.name(), statement);
    }

    /** SET LOCAL. */
    Plan setLocal(Statement statement) {
        return statement
                        .detail(Setting.class)
                        .filter(SettingPlans::makesTemporary)
                        .isPresent()
                ? TEMPORARY_PATH
                : transactions.setting(statement);
    }

    /** Whether what is created from there on is temporary, though no statement says so. */
    private static boolean makesTemporary(Setting setting) {
        return setting.name().equals("search_path")
                && setting.value()
                        .map(TEMPORARY_FIRST::matcher)
                        .filter(Matcher::lookingAt)
                        .isPresent();
    }

    Plan characteristics(Statement statement) {
        Optional<Transaction> options = statement.detail(Transaction.class);
        if (options.flatMap(Transaction::isolation).orElse(null) == IsolationLevel.SERIALIZABLE) {
            return SERIALIZABLE;
        }
        return tracked("session characteristics", statement);
    }

    /** LOAD, which each server has to be told. */
    Plan load(Statement statement) {
        String sql = text.of(statement);
        return Plan.of(Destination.PRIMARY, Rule.SETTING, Plan.Effect.SETTING, Plan.LOAD + sql, sql, null);
    }

    private Plan tracked(String name, Statement statement) {
        return Plan.of(
                Destination.ANY,
                Rule.SETTING,
                Plan.Effect.SETTING,
                name,
                text.of(statement),
                statement.detail().orElse(null));
    }

    /** PGPOOL SHOW, SET or RESET. */
    static Plan pgpool(Statement statement) {
        return Plan.of(
                Destination.ANY,
                Rule.OWN_COMMAND,
                Plan.Effect.LOCAL,
                Plan.PGPOOL,
                null,
                statement.detail(Setting.class).orElseThrow());
    }

    static Plan show(Statement statement) {
        String name = statement.detail(Setting.class).map(Setting::name).orElse("");
        if (LOCAL.contains(name)) {
            return Plan.of(Destination.ANY, Rule.OWN_COMMAND, Plan.Effect.LOCAL, name);
        }
        return SAME_EVERYWHERE.contains(name) ? SHOW : SHOW_OF_NODE;
    }
}
