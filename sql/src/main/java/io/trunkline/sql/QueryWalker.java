package io.trunkline.sql;

import static io.trunkline.sql.ExpressionWalker.GROUPING;
import static io.trunkline.sql.ExpressionWalker.LABELS;
import static io.trunkline.sql.ExpressionWalker.TO_CLAUSE;

/** Walks over SELECT, VALUES and TABLE with their WITH, FROM and locking clauses. */
final class QueryWalker {
    private final TokenStream tokens;
    private final Findings found;
    private final ExpressionWalker expressions;
    private final FromWalker from;
    private final ModificationWalker modifications;

    QueryWalker(TokenStream tokens, Findings found) {
        this.tokens = tokens;
        this.found = found;
        this.expressions = new ExpressionWalker(tokens, found, this);
        this.from = new FromWalker(tokens, this, expressions);
        this.modifications = new ModificationWalker(tokens, found, this, expressions);
    }

    ExpressionWalker expressions() {
        return expressions;
    }

    FromWalker from() {
        return from;
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
        // A query may also be called so: WITH recursive AS (...).
        boolean recursive = tokens.at(Keyword.RECURSIVE)
                && tokens.isName(tokens.position() + 1)
                && tokens.word(1) != Keyword.AS
                && tokens.accept(Keyword.RECURSIVE);
        if (recursive) {
            // Each name of the list is known in all of it.
            int first = tokens.position();
            withList(true, false);
            tokens.moveTo(first);
        }
        withList(!recursive, true);
    }

    private void withList(boolean declare, boolean bodies) {
        do {
            if (!tokens.atName()) {
                return;
            }
            QualifiedName name = found.name(-1, tokens.position());
            tokens.moveTo(tokens.afterPart(tokens.position()));
            tokens.skipParens();
            tokens.accept(Keyword.AS);
            tokens.accept(Keyword.NOT);
            tokens.accept(Keyword.MATERIALIZED);
            if (!tokens.at(TokenKind.LEFT_PAREN)) {
                return;
            }
            if (bodies) {
                withBody();
            } else {
                tokens.skipParens();
            }
            skipSearchAndCycle();
            if (declare) {
                found.addCte(name);
            }
        } while (tokens.accept(TokenKind.COMMA));
    }

    private void withBody() {
        int close = tokens.partnerOf(tokens.position());
        tokens.advance();
        StatementType body = query();
        if (body.kind() == StatementKind.DML) {
            found.raise(Statement.MODIFYING_CTE);
        } else if (body == StatementType.UNKNOWN) {
            found.raise(Statement.UNCLEAR);
        }
        expressions.finish(close);
    }

    private void skipSearchAndCycle() {
        if (tokens.accept(Keyword.SEARCH)) {
            skipPast(Keyword.SET);
        }
        if (tokens.spells(tokens.position(), "cycle")) {
            skipPast(Keyword.USING);
        }
    }

    /** Steps over everything to a word, and over the name after that. */
    private void skipPast(Keyword word) {
        while (!tokens.atEnd() && !tokens.at(word)) {
            tokens.advance();
        }
        tokens.advance();
        tokens.moveTo(tokens.afterPart(tokens.position()));
    }

    private StatementType setOperations() {
        StatementType type = primary();
        while (true) {
            switch (tokens.word()) {
                case UNION, INTERSECT, EXCEPT -> {
                    tokens.advance();
                    if (!tokens.accept(Keyword.ALL)) {
                        tokens.accept(Keyword.DISTINCT);
                    }
                    type = type == StatementType.SELECT_INTO ? type : StatementType.SELECT;
                    primary();
                }
                case ORDER, LIMIT, OFFSET -> {
                    tokens.advance();
                    tokens.accept(Keyword.BY);
                    expressions.walk(TO_CLAUSE);
                }
                case FETCH -> {
                    tokens.advance(2);
                    expressions.walk(TO_CLAUSE);
                }
                case FOR -> locking();
                case FROM, WHERE, GROUP, HAVING, WINDOW, RETURNING, INTO -> {
                    // Out of place here: walk on, the statement is not valid anyway.
                    tokens.advance();
                    expressions.walk(TO_CLAUSE);
                }
                default -> {
                    return type;
                }
            }
        }
    }

    private StatementType primary() {
        switch (tokens.word()) {
            case SELECT -> {
                tokens.advance();
                return select() ? StatementType.SELECT_INTO : StatementType.SELECT;
            }
            case VALUES -> {
                tokens.advance();
                expressions.walk(TO_CLAUSE);
                return StatementType.VALUES;
            }
            case TABLE -> {
                tokens.advance();
                relation();
                return StatementType.TABLE;
            }
            default -> {
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
    }

    /** What follows SELECT; returns whether it has an INTO of its own. */
    private boolean select() {
        boolean into = false;
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
                case INTO -> {
                    into();
                    into = true;
                }
                case FROM -> {
                    tokens.advance();
                    from.list();
                }
                case WHERE, HAVING -> {
                    tokens.advance();
                    expressions.walk(TO_CLAUSE);
                }
                case GROUP -> {
                    tokens.advance(2);
                    if (!tokens.accept(Keyword.DISTINCT)) {
                        tokens.accept(Keyword.ALL);
                    }
                    expressions.walk(TO_CLAUSE | GROUPING);
                }
                case WINDOW -> {
                    tokens.advance();
                    windows();
                }
                default -> {
                    return into;
                }
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
        boolean named = tokens.isName(tokens.position() + 1)
                && (!tokens.word(1).isReserved() || tokens.word(1) == Keyword.TABLE);
        if (named && (tokens.accept(Keyword.TEMP) || tokens.accept(Keyword.TEMPORARY))) {
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

    /** Whether the ON here is that of ON CONFLICT. */
    boolean isConflictHere() {
        return tokens.word(1) == Keyword.CONFLICT
                && (tokens.kind(2) == TokenKind.LEFT_PAREN
                        || tokens.word(2) == Keyword.DO
                        || tokens.word(2) == Keyword.ON);
    }

    /** Index after the name, of any number of parts, that is here. */
    int chainEnd() {
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
