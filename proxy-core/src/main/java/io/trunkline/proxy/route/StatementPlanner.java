package io.trunkline.proxy.route;

import io.netty.buffer.ByteBuf;
import io.trunkline.config.RoutingParameters.AfterWrite;
import io.trunkline.pool.IdleFilter;
import io.trunkline.sql.Analysis;
import io.trunkline.sql.LexicalSettings;
import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.RouteHint;
import io.trunkline.sql.Statement;
import io.trunkline.sql.StatementAnalyzer;
import io.trunkline.sql.StatementDetail;
import io.trunkline.sql.StatementKind;
import io.trunkline.sql.StatementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a query string and makes the {@link Plan} for it. Safe by construction: what is not certainly read-only goes
 * to the primary, and what leaves something behind that is not known exactly ties the session to its node. One for
 * each event loop.
 *
 * <p>Knows the text and the configuration, not the session, the catalog or the cluster.
 */
public final class StatementPlanner {
    private static final Plan EMPTY = Plan.of(Destination.ANY, Rule.EMPTY);
    private static final Plan RESET_ALL =
            Plan.of(Destination.ANY, Rule.SETTING, Plan.Effect.RESET_ALL, null, "RESET ALL", null);
    private static final Plan DISCARD_ALL = Plan.of(Destination.ANY, Rule.DISCARD_ALL, Plan.Effect.DISCARD_ALL, null);
    private static final Plan DEALLOCATE_ALL =
            Plan.of(Destination.PRIMARY, Rule.PREPARED, Plan.Effect.DEALLOCATE_ALL, null);
    private static final Plan MULTIPLE = Plan.of(Destination.PRIMARY, Rule.MULTIPLE);
    private static final Plan MULTIPLE_PINS = pins(Rule.MULTIPLE);
    private static final Plan MULTIPLE_RESETS =
            Plan.of(Destination.PRIMARY, Rule.MULTIPLE, Plan.Effect.RESET_ALL, null);
    private static final Plan MULTIPLE_PREPARES =
            Plan.of(Destination.PRIMARY, Rule.MULTIPLE, Plan.Effect.PREPARE, null);
    private static final Plan NOT_UNDERSTOOD = Plan.of(Destination.PRIMARY, Rule.NOT_UNDERSTOOD);
    private static final Plan MODIFIES = Plan.of(Destination.PRIMARY, Rule.MODIFIES);
    private static final Plan DEFINES = Plan.of(Destination.PRIMARY, Rule.DEFINES);
    private static final Plan MODIFYING_WITH = Plan.of(Destination.PRIMARY, Rule.MODIFYING_WITH);
    private static final Plan ROW_LOCK = Plan.of(Destination.PRIMARY, Rule.ROW_LOCK);
    private static final Plan ANALYZES = Plan.of(Destination.PRIMARY, Rule.EXPLAIN_ANALYZE);
    private static final Plan LOCK = Plan.of(Destination.PRIMARY, Rule.LOCK);
    private static final Plan NOTIFICATION = Plan.of(Destination.PRIMARY, Rule.NOTIFICATION);
    private static final Plan LISTEN = Plan.of(Destination.PRIMARY, Rule.NOTIFICATION, Plan.Effect.LISTEN, null);
    private static final Plan UNLISTEN_ALL =
            Plan.of(Destination.PRIMARY, Rule.NOTIFICATION, Plan.Effect.UNLISTEN, null);
    private static final Plan CURSOR = Plan.of(Destination.PRIMARY, Rule.CURSOR);

    private static final Plan TEMPORARY = pins(Rule.TEMPORARY);
    private static final Plan HELD_CURSOR = pins(Rule.HELD_CURSOR);
    private static final Plan ANONYMOUS = pins(Rule.ANONYMOUS);
    private static final Plan ROLE_OR_DATABASE = Plan.of(Destination.PRIMARY, Rule.ROLE_OR_DATABASE);

    private static final LexicalSettings[] LEXICAL = {
        new LexicalSettings(false, false),
        new LexicalSettings(false, true),
        new LexicalSettings(true, false),
        new LexicalSettings(true, true)
    };

    private StatementGroup group = StatementGroup.OTHER;

    private final StatementAnalyzer analyzer = new StatementAnalyzer();
    private final QueryText text = new QueryText();
    private final TransactionPlans transactions = new TransactionPlans(text);
    private final SettingPlans settings = new SettingPlans(text, transactions);
    private final ReadPlans reads = new ReadPlans(text);

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
        @Nullable StatementGroup plain = rules.balancing() ? null : PlainStatement.groupOf(text.bytes(), length);
        if (plain != null) {
            group = plain;
            return Plan.WRITE;
        }
        LexicalSettings lexical = LEXICAL[(dialect.hasStandardStrings() ? 2 : 0) + (dialect.hasSafeEncoding() ? 1 : 0)];
        return whole(analyzer.analyze(text.bytes(), 0, length, lexical), lexical, rules);
    }

    /** What the query string counts as that was planned last. */
    public StatementGroup group() {
        return group;
    }

    /** What {@code trunkline route} says of a query string, as a session with the usual settings would have it. */
    public SyntacticRoute route(byte[] sql, RoutingRules rules) {
        text.load(sql);
        Analysis analysis = analyzer.analyze(text.bytes(), 0, sql.length, LexicalSettings.DEFAULT);
        return SyntacticRoute.of(analysis, whole(analysis, LexicalSettings.DEFAULT, rules), rules);
    }

    private Plan whole(Analysis analysis, LexicalSettings lexical, RoutingRules rules) {
        group = analysis.statements().isEmpty()
                ? StatementGroup.OTHER
                : StatementGroup.of(analysis.statements().get(0).type());
        return analysis.type() == StatementType.EXPLAIN_ROUTE
                ? explainRoute(analysis.statements().get(0), lexical, rules)
                : plan(analysis, rules);
    }

    /** What stands behind EXPLAIN ROUTE is planned as if it were the whole string. */
    private Plan explainRoute(Statement statement, LexicalSettings lexical, RoutingRules rules) {
        int from = statement
                .detail(StatementDetail.Explained.class)
                .map(StatementDetail.Explained::from)
                .orElseThrow();
        text.skip(from);
        Plan inner = plan(analyzer.analyze(text.bytes(), 0, text.length(), lexical), rules);
        return Plan.of(Destination.ANY, Rule.OWN_COMMAND, Plan.Effect.LOCAL, Plan.EXPLAIN_ROUTE)
                .withInner(inner);
    }

    private Plan plan(Analysis analysis, RoutingRules rules) {
        List<Statement> statements = analysis.statements();
        Plan plan = switch (statements.size()) {
            case 0 -> EMPTY;
            case 1 -> plan(statements.get(0), rules);
            default -> several(statements, rules);
        };
        plan = commented(plan, analysis, rules);
        if (plan.effect() == Plan.Effect.PREPARE && plan.inner() != null) {
            return plan.withInner(commented(plan.inner(), analysis, rules));
        }
        plan = remembersTables(rules) ? remembering(plan, statements) : plan;
        CatalogChange change = CatalogChange.of(statements);
        return change.isNone() ? plan : plan.changing(change);
    }

    private Plan commented(Plan plan, Analysis analysis, RoutingRules rules) {
        @Nullable Rule against = plan.destination() == Destination.READ ? against(analysis, rules) : null;
        Plan decided = against == null ? plan : plan.onPrimary(against);
        @Nullable RouteHint hint = hint(analysis, rules);
        return hint == null ? decided : decided.withHint(hint);
    }

    private static @Nullable RouteHint hint(Analysis analysis, RoutingRules rules) {
        @Nullable RouteHint asked = analysis.hint().orElse(null);
        boolean minded =
                asked != null && (asked.target() != RouteHint.Target.NO_LOAD_BALANCE || !rules.likeOlderPgpool());
        return minded ? asked : null;
    }

    /** What in the comments and blanks around a read keeps it on the primary. */
    private @Nullable Rule against(Analysis analysis, RoutingRules rules) {
        @Nullable RouteHint hint = hint(analysis, rules);
        if (hint != null) {
            return switch (hint.target()) {
                case PRIMARY, NO_LOAD_BALANCE -> Rule.HINT;
                case STANDBY, NODE -> null;
            };
        }
        switch (analysis.type()) {
            case SELECT, VALUES, TABLE -> {
                if (analysis.hasLeadingComment() && !rules.allowComments()) {
                    return Rule.LEADING_COMMENT;
                }
                return text.beginsWithSpace() && !rules.ignoreLeadingSpace() ? Rule.LEADING_SPACE : null;
            }
            default -> {
                return null;
            }
        }
    }

    private static boolean remembersTables(RoutingRules rules) {
        return rules.afterWrite() == AfterWrite.DML_ADAPTIVE || rules.afterWrite() == AfterWrite.DML_ADAPTIVE_GLOBAL;
    }

    /** With the tables that may be written, and the functions called: later reads of them are to follow. */
    private static Plan remembering(Plan plan, List<Statement> statements) {
        if (plan.destination() != Destination.PRIMARY) {
            return plan;
        }
        List<QualifiedName> tables = new ArrayList<>();
        List<QualifiedName> functions = new ArrayList<>();
        for (Statement statement : statements) {
            if (!statement.isReadOnly()) {
                statement.tables().stream().filter(table -> !table.isSystem()).forEach(tables::add);
            }
            functions.addAll(ReadPlans.unknownFunctions(statement));
        }
        return tables.isEmpty() && functions.isEmpty()
                ? plan
                : plan.withMentions(new Mentions(List.copyOf(tables), List.copyOf(functions)));
    }

    /** A string of several statements is one transaction, on the primary. */
    private Plan several(List<Statement> statements, RoutingRules rules) {
        Plan plan = severalWithoutChannels(statements, rules);
        List<String> channels = new ArrayList<>(0);
        boolean any = false;
        boolean all = false;
        for (Statement statement : statements) {
            if (statement.type() == StatementType.LISTEN || statement.type() == StatementType.UNLISTEN) {
                Optional<String> name =
                        statement.detail(StatementDetail.Channel.class).flatMap(StatementDetail.Channel::name);
                any = true;
                all |= name.isEmpty();
                name.ifPresent(channels::add);
            }
        }
        return any ? plan.naming(new StatementDetail.Channels(all ? List.of() : List.copyOf(channels))) : plan;
    }

    private Plan severalWithoutChannels(List<Statement> statements, RoutingRules rules) {
        boolean prepares = false;
        boolean controls = false;
        boolean resets = false;
        for (Statement statement : statements) {
            Plan plan = plan(statement, rules);
            switch (plan.effect()) {
                case BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, PREPARE_TRANSACTION, SNAPSHOT -> controls = true;
                case PREPARE -> prepares = true;
                case RESET_ALL -> resets = true;
                case NONE, TRANSACTION_SETTING, TIES_TRANSACTION, UNLISTEN, EXECUTE -> {}
                default -> {
                    return MULTIPLE_PINS;
                }
            }
            if (plan.idle() != null) {
                return MULTIPLE.withIdle(IdleFilter.ALL);
            }
        }
        if (resets) {
            // what is rolled back with a part of the string nobody could tell
            return controls || prepares ? MULTIPLE_PINS : MULTIPLE_RESETS;
        }
        return prepares ? MULTIPLE_PREPARES : MULTIPLE;
    }

    private Plan plan(Statement statement, RoutingRules rules) {
        if (statement.createsTemporary()) {
            return CallPlans.callsSetConfig(statement)
                    ? CallPlans.SET_CONFIG
                    : temporary(statement).withMentions(new Mentions(statement.tables(), List.of()));
        }
        return switch (statement.type()) {
            case SELECT, VALUES, TABLE, EXPLAIN -> query(statement, rules);
            case EXPLAIN_ANALYZE -> orExecute(statement.inner().orElse(statement), CallPlans.plan(statement, ANALYZES));
            case COPY_TO_STDOUT -> copyOut(statement, rules);
            case BEGIN,
                    COMMIT,
                    ROLLBACK,
                    SAVEPOINT,
                    RELEASE,
                    ROLLBACK_TO,
                    PREPARE_TRANSACTION,
                    COMMIT_PREPARED,
                    ROLLBACK_PREPARED -> transactions.control(statement);
            case SET_LOCAL -> settings.setLocal(statement);
            case SET_TRANSACTION, SET_CONSTRAINTS -> transactions.setting(statement);
            case SET_TRANSACTION_SNAPSHOT -> transactions.snapshot(statement);
            case SET, SET_ROLE, SET_SESSION_AUTHORIZATION, RESET -> settings.set(statement);
            case SET_SESSION_CHARACTERISTICS -> settings.characteristics(statement);
            case RESET_ALL -> RESET_ALL;
            case LOAD -> settings.load(statement);
            case SHOW -> SettingPlans.show(statement);
            case DISCARD_ALL -> DISCARD_ALL;
            case PREPARE -> prepare(statement, rules);
            case EXECUTE -> prepared(statement, Plan.Effect.EXECUTE);
            case DEALLOCATE -> prepared(statement, Plan.Effect.DEALLOCATE);
            case DEALLOCATE_ALL -> DEALLOCATE_ALL;
            case DECLARE_CURSOR -> CallPlans.plan(statement, cursor(statement));
            case FETCH, MOVE, CLOSE -> usingCursor(statement);
            case LISTEN -> listening(statement, Plan.Effect.LISTEN, LISTEN);
            case UNLISTEN -> listening(statement, Plan.Effect.UNLISTEN, NOTIFICATION);
            case NOTIFY -> NOTIFICATION;
            case LOCK -> LOCK;
            case DO, CALL -> ANONYMOUS;
            case INSERT, UPDATE, DELETE, MERGE -> CallPlans.plan(statement, MODIFIES);
            case CREATE_TABLE_AS ->
                orExecute(statement, CallPlans.plan(statement, DEFINES)).onPrimary(Rule.DEFINES);
            case PGPOOL -> SettingPlans.pgpool(statement);
            case UNKNOWN, EXPLAIN_ROUTE -> NOT_UNDERSTOOD;
            default ->
                statement
                        .detail(StatementDetail.CatalogObject.class)
                        .map(StatementPlanner::catalogObject)
                        .orElse(CallPlans.plan(
                                statement, statement.kind() == StatementKind.DDL ? DEFINES : Plan.WRITE));
        };
    }

    private Plan query(Statement statement, RoutingRules rules) {
        if (statement.detail(StatementDetail.Setting.class).isPresent()) {
            return settings.set(statement);
        }
        if (!statement.callsOnlyKnownStableFunctions() && CallPlans.concerns(statement)) {
            return CallPlans.plan(
                    statement, statement.isReadOnly() ? reads.besideSetConfig(statement, rules) : mayWrite(statement));
        }
        return statement.isReadOnly() ? reads.plan(statement, Rule.READ_ONLY, rules) : mayWrite(statement);
    }

    private static Plan mayWrite(Statement statement) {
        if (statement.type() == StatementType.EXPLAIN) {
            return orExecute(statement.inner().orElse(statement), Plan.WRITE);
        }
        return statement.hasModifyingCte() ? MODIFYING_WITH : statement.isLocking() ? ROW_LOCK : Plan.WRITE;
    }

    private Plan copyOut(Statement statement, RoutingRules rules) {
        @Nullable Statement query = statement.inner().orElse(null);
        if (query != null && !(query.isReadOnly() && query.kind() == StatementKind.SELECT)) {
            return CallPlans.plan(statement, Plan.WRITE);
        }
        return CallPlans.concerns(statement)
                ? CallPlans.plan(statement, reads.besideSetConfig(statement, rules))
                : reads.plan(statement, Rule.COPY_OUT, rules);
    }

    /** @param otherwise where it is not certain that Trunkline understands the channel as a server does */
    private static Plan listening(Statement statement, Plan.Effect effect, Plan otherwise) {
        Optional<StatementDetail.Channel> channel =
                statement.detail(StatementDetail.Channel.class).filter(StatementDetail.Channel::isPlain);
        if (channel.isEmpty()) {
            return otherwise;
        }
        Optional<String> name = channel.get().name();
        return name.isEmpty() ? UNLISTEN_ALL : Plan.of(Destination.PRIMARY, Rule.NOTIFICATION, effect, name.get());
    }

    private static Plan temporary(Statement statement) {
        @Nullable String executed = prepared(statement, Plan.Effect.EXECUTE).name();
        return executed == null ? TEMPORARY : Plan.of(Destination.PRIMARY, Rule.TEMPORARY, Plan.Effect.PINS, executed);
    }

    private static Plan cursor(Statement statement) {
        boolean held = statement
                .detail(StatementDetail.Cursor.class)
                .map(StatementDetail.Cursor::hold)
                .orElse(true);
        return held ? HELD_CURSOR : CURSOR;
    }

    private static Plan usingCursor(Statement statement) {
        return statement
                .detail(StatementDetail.Cursor.class)
                .flatMap(StatementDetail.Cursor::name)
                .map(name -> Plan.of(Destination.PRIMARY, Rule.CURSOR, Plan.Effect.NONE, name))
                .orElse(CURSOR);
    }

    /** The plan of what executes a prepared statement, which must be on its node, or else {@code otherwise}. */
    private static Plan orExecute(Statement statement, Plan otherwise) {
        Plan execute = prepared(statement, Plan.Effect.EXECUTE);
        if (execute.effect() != Plan.Effect.EXECUTE) {
            return otherwise;
        }
        return switch (otherwise.effect()) {
            case NONE -> execute;
            // among the values
            case TIES_TRANSACTION -> CallPlans.SET_CONFIG;
            default -> otherwise;
        };
    }

    /** The statement itself goes to the primary, or with {@code inner}, which says where its EXECUTE goes. */
    private Plan prepare(Statement statement, RoutingRules rules) {
        @Nullable Statement inner = statement.inner().orElse(null);
        Plan prepared = prepared(statement, Plan.Effect.PREPARE);
        if (inner == null || prepared.effect() != Plan.Effect.PREPARE) {
            return prepared;
        }
        Plan bare = plan(inner, rules);
        if (bare.effect() != Plan.Effect.NONE) {
            // only set_config() can be prepared and has one; its EXECUTE would not tell
            return CallPlans.SET_CONFIG;
        }
        Plan later = remembersTables(rules) ? remembering(bare, List.of(inner)) : bare;
        return Plan.of(
                        rules.likeOlderPgpool() ? later.destination() : Destination.PRIMARY,
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
