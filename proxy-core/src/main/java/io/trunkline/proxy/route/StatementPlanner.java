package io.trunkline.proxy.route;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.IdleFilter;
import io.trunkline.sql.Analysis;
import io.trunkline.sql.LexicalSettings;
import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.RouteHint;
import io.trunkline.sql.Statement;
import io.trunkline.sql.StatementAnalyzer;
import io.trunkline.sql.StatementDetail;
import io.trunkline.sql.StatementDetail.IsolationLevel;
import io.trunkline.sql.StatementDetail.Scope;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a query string and makes the {@link Plan} for it. Safe by construction: what is not certainly read-only goes
 * to the primary, and what leaves something behind that is not known exactly ties the session to its node. One for
 * each event loop.
 */
public final class StatementPlanner {
    private static final Plan EMPTY = Plan.of(Destination.ANY, Rule.EMPTY);
    private static final Plan RESET_ALL = Plan.of(Destination.ANY, Rule.SETTING, Plan.Effect.RESET_ALL, null);
    private static final Plan DISCARD_ALL = Plan.of(Destination.ANY, Rule.DISCARD_ALL, Plan.Effect.DISCARD_ALL, null);
    private static final Plan DEALLOCATE_ALL =
            Plan.of(Destination.PRIMARY, Rule.PREPARED, Plan.Effect.DEALLOCATE_ALL, null);
    private static final Plan MULTIPLE = Plan.of(Destination.PRIMARY, Rule.MULTIPLE);
    private static final Plan MULTIPLE_PINS = pins(Rule.MULTIPLE);
    private static final Plan HINTED = Plan.of(Destination.PRIMARY, Rule.HINT);
    private static final Plan VOLATILE = Plan.of(Destination.PRIMARY, Rule.VOLATILE_FUNCTION);
    private static final Plan CATALOG = Plan.of(Destination.PRIMARY, Rule.SYSTEM_CATALOG);
    private static final Plan TEMPORARY = pins(Rule.TEMPORARY);
    private static final Plan HELD_CURSOR = pins(Rule.HELD_CURSOR);
    private static final Plan ANONYMOUS = pins(Rule.ANONYMOUS);
    private static final Plan SET_CONFIG = pins(Rule.SET_CONFIG);
    private static final Plan SERIALIZABLE = pins(Rule.SERIALIZABLE_DEFAULT);
    private static final Plan ROLE_OR_DATABASE = Plan.of(Destination.PRIMARY, Rule.ROLE_OR_DATABASE);
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
    private static final Set<String> LOCAL = Set.of("pool_nodes", "pool_version");

    private static final int PLAIN_LENGTH = 6;

    private static final byte[][] PLAIN = {
        "select".getBytes(StandardCharsets.US_ASCII),
        "insert".getBytes(StandardCharsets.US_ASCII),
        "update".getBytes(StandardCharsets.US_ASCII),
        "delete".getBytes(StandardCharsets.US_ASCII)
    };

    private static final LexicalSettings[] LEXICAL = {
        new LexicalSettings(false, false),
        new LexicalSettings(false, true),
        new LexicalSettings(true, false),
        new LexicalSettings(true, true)
    };

    private final StatementAnalyzer analyzer = new StatementAnalyzer();
    private final QueryText text = new QueryText();
    private final TransactionPlans transactions = new TransactionPlans(text);

    /** What in a session changes how its statements are read. */
    public interface Dialect {
        /** Whether backslashes in '...' are taken literally (standard_conforming_strings). */
        boolean hasStandardStrings();

        /** Whether no byte of a multi-byte character can be taken for ASCII (client_encoding). */
        boolean hasSafeEncoding();
    }

    /**
     * The plan for the query string at {@code [from, from + length)}, without its terminator.
     *
     * @param rules where they do not balance, only statements that concern the session or Trunkline are looked into
     */
    public Plan plan(ByteBuf in, int from, int length, Dialect dialect, RoutingRules rules) {
        text.load(in, from, length);
        if (!rules.balancing() && isPlainStatement(text.bytes(), length)) {
            return Plan.WRITE;
        }
        LexicalSettings lexical = LEXICAL[(dialect.hasStandardStrings() ? 2 : 0) + (dialect.hasSafeEncoding() ? 1 : 0)];
        return plan(analyzer.analyze(text.bytes(), 0, length, lexical));
    }

    /** Whether the text begins with SELECT, INSERT, UPDATE or DELETE. */
    private static boolean isPlainStatement(byte[] text, int length) {
        if (length < PLAIN_LENGTH + 1 || text[PLAIN_LENGTH] > ' ') {
            return false;
        }
        for (byte[] word : PLAIN) {
            int i = 0;
            while (i < PLAIN_LENGTH && (text[i] | 0x20) == word[i]) {
                i++;
            }
            if (i == PLAIN_LENGTH) {
                return true;
            }
        }
        return false;
    }

    private Plan plan(Analysis analysis) {
        Plan plan = switch (analysis.statements().size()) {
            case 0 -> EMPTY;
            case 1 -> plan(analysis.statements().get(0));
            default -> several(analysis);
        };
        return plan == Plan.READ && wantsPrimary(analysis) ? HINTED : plan;
    }

    /** Whether a comment asks for the primary, as {@code NO LOAD BALANCE} does in Pgpool-II. */
    private static boolean wantsPrimary(Analysis analysis) {
        return analysis.hint()
                .filter(hint -> hint.target() == RouteHint.Target.PRIMARY)
                .isPresent();
    }

    /** A string of several statements is one transaction, on the primary. */
    private Plan several(Analysis analysis) {
        for (Statement statement : analysis.statements()) {
            Plan plan = plan(statement);
            switch (plan.effect()) {
                case NONE,
                        BEGIN,
                        COMMIT,
                        ROLLBACK,
                        SAVEPOINT,
                        RELEASE,
                        PREPARE_TRANSACTION,
                        TRANSACTION_SETTING,
                        SNAPSHOT,
                        PREPARE,
                        EXECUTE -> {}
                default -> {
                    return MULTIPLE_PINS;
                }
            }
            if (plan.idle() != null) {
                return MULTIPLE.withIdle(IdleFilter.ALL);
            }
        }
        return MULTIPLE;
    }

    private Plan plan(Statement statement) {
        if (statement.createsTemporary()) {
            return TEMPORARY;
        }
        switch (statement.type()) {
            case SELECT, VALUES, TABLE, EXPLAIN -> {
                return query(statement);
            }
            case BEGIN,
                    COMMIT,
                    ROLLBACK,
                    SAVEPOINT,
                    RELEASE,
                    ROLLBACK_TO,
                    PREPARE_TRANSACTION,
                    COMMIT_PREPARED,
                    ROLLBACK_PREPARED -> {
                return transactions.control(statement);
            }
            case SET_LOCAL, SET_TRANSACTION, SET_CONSTRAINTS -> {
                return transactions.setting(statement);
            }
            case SET_TRANSACTION_SNAPSHOT -> {
                return transactions.snapshot(statement);
            }
            case SET, SET_ROLE, SET_SESSION_AUTHORIZATION, RESET -> {
                return setting(statement);
            }
            case SET_SESSION_CHARACTERISTICS -> {
                return characteristics(statement);
            }
            case RESET_ALL -> {
                return RESET_ALL;
            }
            case SHOW -> {
                return show(statement);
            }
            case DISCARD_ALL -> {
                return DISCARD_ALL;
            }
            case PREPARE -> {
                return prepare(statement);
            }
            case EXECUTE -> {
                return prepared(statement, Plan.Effect.EXECUTE);
            }
            case DEALLOCATE -> {
                return prepared(statement, Plan.Effect.DEALLOCATE);
            }
            case DEALLOCATE_ALL -> {
                return DEALLOCATE_ALL;
            }
            case DECLARE_CURSOR -> {
                boolean held = statement
                        .detail(StatementDetail.Cursor.class)
                        .map(StatementDetail.Cursor::hold)
                        .orElse(true);
                return held ? HELD_CURSOR : Plan.WRITE;
            }
            case DO, CALL -> {
                return ANONYMOUS;
            }
            default -> {
                return statement
                        .detail(StatementDetail.CatalogObject.class)
                        .map(StatementPlanner::catalogObject)
                        .orElse(callsSetConfig(statement) ? SET_CONFIG : Plan.WRITE);
            }
        }
    }

    private static Plan query(Statement statement) {
        if (!statement.isReadOnly()) {
            return callsSetConfig(statement) ? SET_CONFIG : Plan.WRITE;
        }
        if (!statement.callsOnlyKnownStableFunctions()) {
            return callsSetConfig(statement) ? SET_CONFIG : VOLATILE;
        }
        return statement.usesSystemCatalog() ? CATALOG : Plan.READ;
    }

    private static boolean callsSetConfig(Statement statement) {
        for (QualifiedName function : statement.functions()) {
            if (function.name().equals("set_config")) {
                return true;
            }
        }
        return statement.inner().map(StatementPlanner::callsSetConfig).orElse(false);
    }

    private Plan setting(Statement statement) {
        Optional<StatementDetail.Setting> detail = statement.detail(StatementDetail.Setting.class);
        if (detail.isEmpty()) {
            return pins(Rule.UNCLEAR_SETTING);
        }
        StatementDetail.Setting setting = detail.get();
        if (setting.scope() == Scope.LOCAL || setting.name().startsWith(TransactionPlans.MODE)) {
            return transactions.setting(statement);
        }
        if (setting.name().equals("default_transaction_isolation")
                && setting.value().orElse("").equalsIgnoreCase("serializable")) {
            return SERIALIZABLE;
        }
        return tracked(setting.name(), statement);
    }

    private Plan characteristics(Statement statement) {
        Optional<StatementDetail.Transaction> options = statement.detail(StatementDetail.Transaction.class);
        if (options.flatMap(StatementDetail.Transaction::isolation).orElse(null) == IsolationLevel.SERIALIZABLE) {
            return SERIALIZABLE;
        }
        return tracked("session characteristics", statement);
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

    private static Plan show(Statement statement) {
        String name = statement
                .detail(StatementDetail.Setting.class)
                .map(StatementDetail.Setting::name)
                .orElse("");
        if (LOCAL.contains(name)) {
            return Plan.of(Destination.ANY, Rule.OWN_COMMAND, Plan.Effect.LOCAL, name);
        }
        return SAME_EVERYWHERE.contains(name) ? SHOW : SHOW_OF_NODE;
    }

    /** The statement itself goes to the primary; what {@code inner} says holds for its EXECUTE. */
    private Plan prepare(Statement statement) {
        @Nullable Statement inner = statement.inner().orElse(null);
        Plan prepared = prepared(statement, Plan.Effect.PREPARE);
        if (inner == null || prepared.effect() != Plan.Effect.PREPARE) {
            return prepared;
        }
        Plan later = plan(inner);
        return Plan.of(
                        Destination.PRIMARY,
                        Rule.PREPARED,
                        Plan.Effect.PREPARE,
                        prepared.name(),
                        text.of(statement),
                        null)
                .withMentions(later.mentions())
                .withInner(later);
    }

    private static Plan prepared(Statement statement, Plan.Effect effect) {
        @Nullable
        String name = statement
                .detail(StatementDetail.Prepared.class)
                .flatMap(StatementDetail.Prepared::name)
                .orElse(null);
        return name == null ? Plan.WRITE : Plan.of(Destination.PRIMARY, Rule.PREPARED, effect, name);
    }

    /** ALTER ROLE or DATABASE, whose settings only new connections take over; DROP DATABASE, which needs it unused. */
    private static Plan catalogObject(StatementDetail.CatalogObject object) {
        @Nullable String name = object.name().orElse(null);
        boolean database = object.objectClass() == StatementDetail.ObjectClass.DATABASE;
        IdleFilter idle =
                name == null ? IdleFilter.ALL : database ? IdleFilter.ofDatabase(name) : IdleFilter.ofUser(name);
        return ROLE_OR_DATABASE.withIdle(idle);
    }

    private static Plan pins(Rule rule) {
        return Plan.of(Destination.PRIMARY, rule, Plan.Effect.PINS, null);
    }
}
