package io.trunkline.sql;

import static io.trunkline.sql.ExpressionWalker.GROUPING;
import static io.trunkline.sql.ExpressionWalker.LABELS;
import static io.trunkline.sql.ExpressionWalker.TO_ACTION;
import static io.trunkline.sql.ExpressionWalker.TO_CLAUSE;
import static io.trunkline.sql.ExpressionWalker.TO_COMMA;
import static io.trunkline.sql.ExpressionWalker.TO_JOIN;

/** Walks over SELECT, VALUES and TABLE with their WITH, FROM and locking clauses. */
final class QueryWalker {
    private final TokenStream tokens;
    private final Findings found;
    private final ExpressionWalker expressions;
    private final ModificationWalker modifications;

    QueryWalker(TokenStream tokens, Findings found) {
        this.tokens = tokens;
        this.found = found;
        this.expressions = new ExpressionWalker(tokens, found, this);
        this.modifications = new ModificationWalker(tokens, found, this, expressions);
    }

    ExpressionWalker expressions() {
        return expressions;
    }

    ModificationWalker modifications() {
        return modifications;
    }

    /** Whether the token here begins a query, perhaps after parentheses. */
    boolean startsHere() {
        return startsAt(tokens.position());
    }

    boolean startsAt(int token) {
        int i = token;
        while (tokens.kindAt(i) == TokenKind.LEFT_PAREN) {
            i++;
        }
        return switch (tokens.wordAt(i)) {
            case SELECT, WITH, TABLE -> true;
            case VALUES -> tokens.kindAt(i + 1) == TokenKind.LEFT_PAREN;
            case INSERT, MERGE -> tokens.wordAt(i + 1) == Keyword.INTO;
            case DELETE -> tokens.wordAt(i + 1) == Keyword.FROM && i == token;
            case UPDATE -> i == token && tokens.isName(i + 1) && tokens.wordAt(i + 1) != Keyword.FROM;
            default -> false;
        };
    }

    /**
     * A query or data-modifying statement with its WITH.
     *
     * @return the type of the statement, UNKNOWN if none starts here
     */
    StatementType query() {
        int scope = found.cteCount();
        if (tokens.at(Keyword.WITH)) {
            with();
        }
        StatementType type = switch (tokens.word()) {
            case INSERT -> modifications.insert();
            case UPDATE -> modifications.update();
            case DELETE -> modifications.delete();
            case MERGE -> modifications.merge();
            default -> setOperations();
        };
        found.dropCtesDownTo(scope);
        return type;
    }

    private void with() {
        tokens.advance();
        boolean recursive = tokens.accept(Keyword.RECURSIVE);
        if (recursive) {
            declareAhead();
        }
        while (tokens.atName()) {
            QualifiedName name = found.name(-1, tokens.position());
            tokens.moveTo(tokens.afterPart(tokens.position()));
            tokens.skipParens();
            tokens.accept(Keyword.AS);
            tokens.accept(Keyword.NOT);
            tokens.accept(Keyword.MATERIALIZED);
            if (!tokens.at(TokenKind.LEFT_PAREN)) {
                return;
            }
            int close = tokens.partnerOf(tokens.position());
            tokens.advance();
            StatementType body = query();
            if (body.kind() == StatementKind.DML) {
                found.raise(Statement.MODIFYING_CTE);
            } else if (body == StatementType.UNKNOWN) {
                found.raise(Statement.UNCLEAR);
            }
            expressions.finish(close);
            skipSearchAndCycle();
            if (!recursive) {
                found.addCte(name);
            }
            if (!tokens.accept(TokenKind.COMMA)) {
                return;
            }
        }
    }

    /** With RECURSIVE each name of the list is known in all of it. */
    private void declareAhead() {
        int i = tokens.position();
        while (tokens.isName(i)) {
            found.addCte(found.name(-1, i));
            i = tokens.afterPart(i);
            while (tokens.kindAt(i) != TokenKind.COMMA) {
                if (tokens.kindAt(i) == TokenKind.LEFT_PAREN) {
                    i = tokens.partnerOf(i) + 1;
                } else if (i >= tokens.statementEnd()
                        || tokens.kindAt(i) == TokenKind.RIGHT_PAREN
                        || tokens.wordAt(i) == Keyword.SELECT) {
                    return;
                } else {
                    i++;
                }
            }
            i++;
        }
    }

    private void skipSearchAndCycle() {
        if (tokens.at(Keyword.SEARCH)) {
            while (!tokens.atEnd() && !tokens.at(Keyword.SET)) {
                tokens.advance();
            }
            tokens.advance(2);
        }
        if (tokens.spells(tokens.position(), "cycle")) {
            while (!tokens.atEnd() && !tokens.at(Keyword.USING)) {
                tokens.advance();
            }
            tokens.advance(2);
        }
    }

    private StatementType setOperations() {
        StatementType type = primary();
        while (true) {
            switch (tokens.word()) {
                case UNION, INTERSECT, EXCEPT:
                    tokens.advance();
                    if (!tokens.accept(Keyword.ALL)) {
                        tokens.accept(Keyword.DISTINCT);
                    }
                    type = type == StatementType.SELECT_INTO ? type : StatementType.SELECT;
                    primary();
                    break;
                case ORDER, LIMIT, OFFSET:
                    tokens.advance();
                    tokens.accept(Keyword.BY);
                    expressions.walk(TO_CLAUSE);
                    break;
                case FETCH:
                    tokens.advance(2);
                    expressions.walk(TO_CLAUSE);
                    break;
                case FOR:
                    locking();
                    break;
                case FROM, WHERE, GROUP, HAVING, WINDOW, RETURNING, INTO:
                    // Out of place here: walk on, the statement is not valid anyway.
                    tokens.advance();
                    expressions.walk(TO_CLAUSE);
                    break;
                default:
                    return found.hasInto() && type == StatementType.SELECT ? StatementType.SELECT_INTO : type;
            }
        }
    }

    private StatementType primary() {
        switch (tokens.word()) {
            case SELECT:
                tokens.advance();
                select();
                return StatementType.SELECT;
            case VALUES:
                tokens.advance();
                expressions.walk(TO_CLAUSE);
                return StatementType.VALUES;
            case TABLE:
                tokens.advance();
                relation();
                return StatementType.TABLE;
            default:
                if (tokens.at(TokenKind.LEFT_PAREN) && startsHere()) {
                    int close = tokens.partnerOf(tokens.position());
                    tokens.advance();
                    StatementType type = query();
                    expressions.finish(close);
                    return type;
                }
                return StatementType.UNKNOWN;
        }
    }

    private void select() {
        if (tokens.accept(Keyword.DISTINCT)) {
            if (tokens.accept(Keyword.ON) && tokens.at(TokenKind.LEFT_PAREN)) {
                expressions.parenthesised();
            }
        } else {
            tokens.accept(Keyword.ALL);
        }
        expressions.walk(TO_CLAUSE | LABELS);
        while (true) {
            switch (tokens.word()) {
                case INTO:
                    into();
                    break;
                case FROM:
                    tokens.advance();
                    fromList();
                    break;
                case WHERE, HAVING:
                    tokens.advance();
                    expressions.walk(TO_CLAUSE);
                    break;
                case GROUP:
                    tokens.advance(2);
                    if (!tokens.accept(Keyword.DISTINCT)) {
                        tokens.accept(Keyword.ALL);
                    }
                    expressions.walk(TO_CLAUSE | GROUPING);
                    break;
                case WINDOW:
                    tokens.advance();
                    windows();
                    break;
                default:
                    return;
            }
        }
    }

    private void into() {
        tokens.advance();
        found.raise(Statement.INTO);
        temporary();
        tokens.accept(Keyword.UNLOGGED);
        tokens.accept(Keyword.TABLE);
        if (tokens.atName()) {
            QualifiedName name = qualifiedName();
            found.addTable(name);
            if (name.isTemporary()) {
                found.raise(Statement.TEMPORARY);
            }
        }
        expressions.walk(TO_CLAUSE);
    }

    /** Steps over {@code [LOCAL | GLOBAL] TEMP}. */
    boolean temporary() {
        if (tokens.word(1) == Keyword.TEMP || tokens.word(1) == Keyword.TEMPORARY) {
            if (!tokens.accept(Keyword.LOCAL)) {
                tokens.accept(Keyword.GLOBAL);
            }
        }
        if (tokens.accept(Keyword.TEMP) || tokens.accept(Keyword.TEMPORARY)) {
            found.raise(Statement.TEMPORARY);
            return true;
        }
        return false;
    }

    private void windows() {
        do {
            if (!tokens.atName()) {
                break;
            }
            tokens.moveTo(tokens.afterPart(tokens.position()));
            tokens.accept(Keyword.AS);
            if (tokens.at(TokenKind.LEFT_PAREN)) {
                expressions.parenthesised();
            }
        } while (tokens.accept(TokenKind.COMMA));
        expressions.walk(TO_CLAUSE);
    }

    private void locking() {
        tokens.advance();
        if (tokens.at(Keyword.READ)) {
            tokens.advance(2);
            return;
        }
        found.raise(Statement.LOCKING);
        expressions.walk(TO_CLAUSE);
    }

    /** A FROM list, up to the next clause. */
    void fromList() {
        do {
            tableReference();
        } while (tokens.accept(TokenKind.COMMA));
    }

    /** One item of a FROM list with all that is joined to it. */
    void tableReference() {
        tableFactor();
        while (true) {
            switch (tokens.word()) {
                case JOIN, CROSS, NATURAL, INNER, LEFT, RIGHT, FULL:
                    if (!joinWords()) {
                        return;
                    }
                    tableFactor();
                    break;
                case ON:
                    if (isConflictHere()) {
                        return;
                    }
                    tokens.advance();
                    expressions.walk(TO_CLAUSE | TO_COMMA | TO_JOIN | TO_ACTION);
                    break;
                case USING:
                    if (tokens.kind(1) != TokenKind.LEFT_PAREN) {
                        return;
                    }
                    tokens.advance();
                    tokens.skipParens();
                    if (tokens.accept(Keyword.AS)) {
                        tokens.advance();
                    }
                    break;
                default:
                    return;
            }
        }
    }

    /** Whether the ON here is that of ON CONFLICT. */
    boolean isConflictHere() {
        return tokens.word(1) == Keyword.CONFLICT
                && (tokens.kind(2) == TokenKind.LEFT_PAREN
                        || tokens.word(2) == Keyword.DO
                        || tokens.word(2) == Keyword.ON);
    }

    private boolean joinWords() {
        while (true) {
            switch (tokens.word()) {
                case CROSS, NATURAL, INNER, LEFT, RIGHT, FULL, OUTER:
                    tokens.advance();
                    break;
                default:
                    return tokens.accept(Keyword.JOIN);
            }
        }
    }

    private void tableFactor() {
        tokens.accept(Keyword.LATERAL);
        if (tokens.at(TokenKind.LEFT_PAREN)) {
            int close = tokens.partnerOf(tokens.position());
            boolean query = isQueryInParens(tokens.position());
            tokens.advance();
            if (query) {
                query();
            } else {
                tableReference();
            }
            expressions.finish(close);
            alias();
            return;
        }
        if (tokens.at(Keyword.ROWS) && tokens.word(1) == Keyword.FROM && tokens.kind(2) == TokenKind.LEFT_PAREN) {
            rowsFrom();
            alias();
            return;
        }
        if (tokens.at(Keyword.ONLY)) {
            tokens.advance();
            if (tokens.at(TokenKind.LEFT_PAREN)) {
                tokens.advance();
                relation();
                tokens.accept(TokenKind.RIGHT_PAREN);
                alias();
                return;
            }
        }
        if (!tokens.atName()) {
            return;
        }
        if (isFunctionHere()) {
            function();
        } else {
            relation();
            if (tokens.isOperator(tokens.position(), '*')) {
                tokens.advance();
            }
        }
        alias();
        if (tokens.accept(Keyword.TABLESAMPLE)) {
            tokens.moveTo(chainEnd());
            if (tokens.at(TokenKind.LEFT_PAREN)) {
                expressions.parenthesised();
            }
            if (tokens.accept(Keyword.REPEATABLE) && tokens.at(TokenKind.LEFT_PAREN)) {
                expressions.parenthesised();
            }
        }
    }

    /** Tells {@code ((SELECT ...) UNION ...)} from {@code ((SELECT ...) AS a JOIN b)}. */
    private boolean isQueryInParens(int open) {
        int i = open + 1;
        if (tokens.kindAt(i) != TokenKind.LEFT_PAREN) {
            return startsAt(i);
        }
        if (!isQueryInParens(i)) {
            return false;
        }
        int after = tokens.partnerOf(i) + 1;
        if (tokens.kindAt(after) == TokenKind.RIGHT_PAREN) {
            return true;
        }
        return switch (tokens.wordAt(after)) {
            case UNION, INTERSECT, EXCEPT, ORDER, LIMIT, OFFSET, FETCH, FOR -> true;
            default -> false;
        };
    }

    private int chainEnd() {
        int i = tokens.position();
        if (!tokens.isName(i)) {
            return i;
        }
        i = tokens.afterPart(i);
        while (tokens.kindAt(i) == TokenKind.DOT && tokens.isName(i + 1)) {
            i = tokens.afterPart(i + 1);
        }
        return i;
    }

    private boolean isFunctionHere() {
        if (tokens.kindAt(chainEnd()) == TokenKind.LEFT_PAREN) {
            return true;
        }
        // CURRENT_DATE and the like; COLLATION FOR (x); no relation is called by a reserved word.
        return tokens.word().isReserved()
                || tokens.at(Keyword.CURRENT_SCHEMA)
                || tokens.at(Keyword.COLLATION) && tokens.word(1) == Keyword.FOR;
    }

    /** One function as an item of a FROM list. */
    private void function() {
        int call = chainEnd();
        if (tokens.kindAt(call) == TokenKind.LEFT_PAREN) {
            // Walk the call alone, for what follows it is no expression.
            int end = tokens.statementEnd();
            int after = tokens.partnerOf(call) + 1;
            tokens.limitTo(after);
            expressions.walk(0);
            tokens.limitTo(end);
            tokens.moveTo(after);
        } else if (tokens.accept(Keyword.COLLATION)) {
            tokens.accept(Keyword.FOR);
            expressions.parenthesised();
        } else {
            tokens.advance();
            tokens.skipParens();
        }
        if (tokens.at(Keyword.WITH) && tokens.word(1) == Keyword.ORDINALITY) {
            tokens.advance(2);
        }
    }

    private void rowsFrom() {
        tokens.advance(2);
        int close = tokens.partnerOf(tokens.position());
        tokens.advance();
        while (tokens.position() < close) {
            function();
            if (tokens.accept(Keyword.AS)) {
                tokens.skipParens();
            }
            if (!tokens.accept(TokenKind.COMMA)) {
                break;
            }
        }
        expressions.finish(close);
        if (tokens.at(Keyword.WITH) && tokens.word(1) == Keyword.ORDINALITY) {
            tokens.advance(2);
        }
    }

    /** Steps over {@code [AS] alias [(columns)]} or {@code AS (columns)}. */
    void alias() {
        if (tokens.accept(Keyword.AS)) {
            if (tokens.atName()) {
                tokens.moveTo(tokens.afterPart(tokens.position()));
            }
            tokens.skipParens();
            return;
        }
        if (tokens.atName() && (tokens.kind() != TokenKind.WORD || tokens.word().mayNameRelation())) {
            tokens.moveTo(tokens.afterPart(tokens.position()));
            tokens.skipParens();
        }
    }

    /** A relation's name; steps over it. */
    void relation() {
        tokens.accept(Keyword.ONLY);
        if (!tokens.atName()) {
            return;
        }
        found.addTableOrCte(qualifiedName());
    }

    /** Steps over a name of something that is no relation. */
    void qualifiedNameOrNothing() {
        tokens.moveTo(chainEnd());
    }

    /** A name of up to three parts; steps over it. The caller has made sure that one is here. */
    QualifiedName qualifiedName() {
        int schema = -1;
        int last = tokens.position();
        int next = tokens.afterPart(last);
        while (tokens.kindAt(next) == TokenKind.DOT && tokens.isName(next + 1)) {
            schema = last;
            last = next + 1;
            next = tokens.afterPart(last);
        }
        tokens.moveTo(next);
        return found.name(schema, last);
    }
}
