package io.trunkline.sql;

import io.trunkline.sql.StatementDetail.Scope;
import io.trunkline.sql.StatementDetail.Setting;
import io.trunkline.sql.StatementDetail.SettingAction;
import io.trunkline.sql.StatementDetail.Transaction;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SET, RESET and SHOW with all their special spellings. */
final class SettingParser {
    /** The name that {@code PGPOOL SET CACHE DELETE} goes by. */
    static final String CACHE_DELETE = "cache delete";

    private final TokenStream tokens;
    private final TransactionParser transactions;
    private final Findings found;
    private final QueryWalker queries;
    private @Nullable StatementDetail detail;

    SettingParser(TokenStream tokens, TransactionParser transactions, Findings found, QueryWalker queries) {
        this.tokens = tokens;
        this.transactions = transactions;
        this.found = found;
        this.queries = queries;
    }

    @Nullable
    StatementDetail detail() {
        return detail;
    }

    StatementType parse() {
        detail = null;
        if (tokens.accept(Keyword.SHOW)) {
            return name(SettingAction.SHOW) ? StatementType.SHOW : StatementType.UNKNOWN;
        }
        if (tokens.accept(Keyword.RESET)) {
            if (!name(SettingAction.RESET)) {
                return StatementType.UNKNOWN;
            }
            return detail instanceof Setting setting && setting.name().equals("all")
                    ? StatementType.RESET_ALL
                    : StatementType.RESET;
        }
        tokens.advance();
        return set();
    }

    /** What stands behind PGPOOL. @return whether it is one of its commands */
    boolean parseOfPgpool() {
        detail = null;
        if (tokens.at(Keyword.SET) && isCacheDelete(tokens.position() + 1)) {
            detail = new Setting(
                    CACHE_DELETE,
                    SettingAction.SET,
                    Scope.SESSION,
                    Optional.of(Literals.value(tokens, tokens.position() + 3)));
            return true;
        }
        if (!tokens.at(Keyword.SHOW) && !tokens.at(Keyword.RESET) && !tokens.at(Keyword.SET)) {
            return false;
        }
        return parse() != StatementType.UNKNOWN && detail instanceof Setting;
    }

    private boolean isCacheDelete(int i) {
        return tokens.spells(i, "cache")
                && tokens.wordAt(i + 1) == Keyword.DELETE
                && tokens.isString(i + 2)
                && i + 3 == tokens.statementEnd();
    }

    /**
     * What {@code SELECT set_config('name', 'value', true|false)} sets, if the statement here is nothing but that. Does
     * not move.
     */
    @Nullable
    Setting setConfig() {
        int i = tokens.position() + 1;
        if (!tokens.at(Keyword.SELECT)) {
            return null;
        }
        if (tokens.spells(i, "pg_catalog") && tokens.kindAt(i + 1) == TokenKind.DOT) {
            i += 2;
        }
        boolean literal = tokens.spells(i, "set_config")
                && tokens.kindAt(i + 1) == TokenKind.LEFT_PAREN
                && tokens.isString(i + 2)
                && tokens.kindAt(i + 3) == TokenKind.COMMA
                && tokens.isString(i + 4)
                && tokens.kindAt(i + 5) == TokenKind.COMMA
                && (tokens.wordAt(i + 6) == Keyword.TRUE || tokens.wordAt(i + 6) == Keyword.FALSE)
                && tokens.kindAt(i + 7) == TokenKind.RIGHT_PAREN
                && i + 8 == tokens.statementEnd();
        return literal
                ? new Setting(
                        Literals.value(tokens, i + 2).toLowerCase(Locale.ROOT),
                        SettingAction.SET,
                        tokens.wordAt(i + 6) == Keyword.TRUE ? Scope.LOCAL : Scope.SESSION,
                        Optional.of(Literals.value(tokens, i + 4)))
                : null;
    }

    /** The name of a setting with nothing after it, as SHOW and RESET take it. */
    private boolean name(SettingAction action) {
        String name = special();
        if (name == null) {
            name = dottedName();
        }
        if (name == null || !tokens.atEnd()) {
            return false;
        }
        detail = new Setting(name, action, Scope.SESSION, Optional.empty());
        return true;
    }

    /** Names that are spelt with several words. */
    private @Nullable String special() {
        if (tokens.accept(Keyword.TIME, Keyword.ZONE)) {
            return "timezone";
        }
        if (tokens.at(Keyword.TRANSACTION) && tokens.word(1) == Keyword.ISOLATION) {
            tokens.advance(3);
            return "transaction_isolation";
        }
        if (tokens.accept(Keyword.SESSION, Keyword.AUTHORIZATION)) {
            return "session_authorization";
        }
        return null;
    }

    private @Nullable String dottedName() {
        if (!tokens.atName()) {
            return null;
        }
        StringBuilder name = new StringBuilder();
        while (true) {
            name.append(NameCache.identifier(tokens, tokens.position()));
            tokens.moveTo(tokens.afterPart(tokens.position()));
            if (!tokens.at(TokenKind.DOT)) {
                return name.toString().toLowerCase(Locale.ROOT);
            }
            tokens.advance();
            if (!tokens.atName()) {
                return null;
            }
            name.append('.');
        }
    }

    private StatementType set() {
        if (tokens.accept(Keyword.CONSTRAINTS)) {
            return constraints();
        }
        if (tokens.accept(Keyword.TRANSACTION)) {
            return setTransaction();
        }
        if (tokens.at(Keyword.SESSION) && tokens.word(1) == Keyword.CHARACTERISTICS) {
            // SESSION CHARACTERISTICS AS TRANSACTION
            tokens.advance(4);
            detail = transactions.modes();
            return tokens.atEnd() ? StatementType.SET_SESSION_CHARACTERISTICS : StatementType.UNKNOWN;
        }
        Scope scope = Scope.SESSION;
        if (tokens.accept(Keyword.LOCAL)) {
            scope = Scope.LOCAL;
        } else if (tokens.at(Keyword.SESSION) && tokens.word(1) != Keyword.AUTHORIZATION && !isAssignment(1)) {
            tokens.advance();
        }
        if (tokens.at(Keyword.TRANSACTION) && !isAssignment(1)) {
            tokens.advance();
            return setTransaction();
        }
        return assignment(scope);
    }

    private boolean isAssignment(int ahead) {
        return tokens.word(ahead) == Keyword.TO || tokens.isOperator(tokens.position() + ahead, '=');
    }

    private StatementType setTransaction() {
        if (tokens.accept(Keyword.SNAPSHOT)) {
            if (!tokens.isString(tokens.position())) {
                return StatementType.UNKNOWN;
            }
            detail = Transaction.named(Literals.value(tokens, tokens.position()));
            return StatementType.SET_TRANSACTION_SNAPSHOT;
        }
        detail = transactions.modes();
        return tokens.atEnd() ? StatementType.SET_TRANSACTION : StatementType.UNKNOWN;
    }

    private StatementType constraints() {
        while (!tokens.atEnd() && !tokens.at(Keyword.ALL) && tokens.atName()) {
            found.addTable(queries.qualifiedName());
            if (!tokens.accept(TokenKind.COMMA)) {
                break;
            }
        }
        return StatementType.SET_CONSTRAINTS;
    }

    private StatementType assignment(Scope scope) {
        StatementType type = scope == Scope.LOCAL ? StatementType.SET_LOCAL : StatementType.SET;
        if (tokens.accept(Keyword.SESSION, Keyword.AUTHORIZATION)) {
            return value("session_authorization", scope, StatementType.SET_SESSION_AUTHORIZATION);
        }
        String spelt = wordBeforeValue();
        if (spelt != null) {
            return value(spelt, scope, spelt.equals("role") ? StatementType.SET_ROLE : type);
        }
        String name = dottedName();
        if (name == null) {
            return StatementType.UNKNOWN;
        }
        if (tokens.accept(Keyword.FROM)) {
            detail = new Setting(name, SettingAction.FROM_CURRENT, scope, Optional.empty());
            return type;
        }
        if (!isAssignment(0)) {
            return StatementType.UNKNOWN;
        }
        tokens.advance();
        return value(name, scope, name.equals("role") ? StatementType.SET_ROLE : type);
    }

    /** The spellings that take their value without TO. */
    private @Nullable String wordBeforeValue() {
        if (isAssignment(1)) {
            return null;
        }
        if (tokens.accept(Keyword.TIME, Keyword.ZONE)) {
            return "timezone";
        }
        if (tokens.accept(Keyword.ROLE)) {
            return "role";
        }
        if (tokens.accept(Keyword.NAMES)) {
            return "client_encoding";
        }
        if (tokens.accept(Keyword.SCHEMA)) {
            return "search_path";
        }
        if (tokens.at(Keyword.XML) && tokens.word(1) == Keyword.OPTION) {
            tokens.advance(2);
            return "xmloption";
        }
        return null;
    }

    private StatementType value(String name, Scope scope, StatementType type) {
        if (tokens.atEnd() || tokens.at(Keyword.DEFAULT) || (name.equals("timezone") && tokens.at(Keyword.LOCAL))) {
            detail = new Setting(name, SettingAction.RESET, scope, Optional.empty());
            return type;
        }
        StringBuilder value = new StringBuilder();
        while (!tokens.atEnd()) {
            element(value);
            if (tokens.accept(TokenKind.COMMA)) {
                value.append(", ");
            } else if (!tokens.atEnd() && !value.isEmpty() && value.charAt(value.length() - 1) != '-') {
                value.append(' ');
            }
        }
        detail = new Setting(
                name, SettingAction.SET, scope, Optional.of(value.toString().trim()));
        return type;
    }

    private void element(StringBuilder value) {
        int token = tokens.position();
        if (tokens.isString(token)) {
            value.append(Literals.value(tokens, token));
            tokens.moveTo(tokens.afterLiteral(token));
        } else if (tokens.isName(token)) {
            value.append(NameCache.identifier(tokens, token));
            tokens.moveTo(tokens.afterPart(token));
        } else {
            value.append(
                    NameCache.text(tokens.text(), tokens.startOf(token), tokens.endOf(token) - tokens.startOf(token)));
            tokens.advance();
        }
    }
}
