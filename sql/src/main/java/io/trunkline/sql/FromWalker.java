package io.trunkline.sql;

import static io.trunkline.sql.ExpressionWalker.TO_ACTION;
import static io.trunkline.sql.ExpressionWalker.TO_CLAUSE;
import static io.trunkline.sql.ExpressionWalker.TO_COMMA;
import static io.trunkline.sql.ExpressionWalker.TO_JOIN;

/** Walks over FROM and USING lists: relations, joins, functions and sub-queries with their aliases. */
final class FromWalker {
    private final TokenStream tokens;
    private final QueryWalker queries;
    private final ExpressionWalker expressions;

    FromWalker(TokenStream tokens, QueryWalker queries, ExpressionWalker expressions) {
        this.tokens = tokens;
        this.queries = queries;
        this.expressions = expressions;
    }

    /** A FROM list, up to the next clause. */
    void list() {
        do {
            tableReference();
        } while (tokens.accept(TokenKind.COMMA));
    }

    /** One item of a FROM list with all that is joined to it. */
    void tableReference() {
        tableFactor();
        while (true) {
            switch (tokens.word()) {
                case JOIN, CROSS, NATURAL, INNER, LEFT, RIGHT, FULL -> {
                    if (!joinWords()) {
                        return;
                    }
                    tableFactor();
                }
                case ON -> {
                    if (queries.isConflictHere()) {
                        return;
                    }
                    tokens.advance();
                    expressions.walk(TO_CLAUSE | TO_COMMA | TO_JOIN | TO_ACTION);
                }
                case USING -> {
                    if (tokens.kind(1) != TokenKind.LEFT_PAREN) {
                        return;
                    }
                    tokens.advance();
                    tokens.skipParens();
                    if (tokens.accept(Keyword.AS)) {
                        tokens.advance();
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    private boolean joinWords() {
        while (true) {
            switch (tokens.word()) {
                case CROSS, NATURAL, INNER, LEFT, RIGHT, FULL, OUTER -> tokens.advance();
                default -> {
                    return tokens.accept(Keyword.JOIN);
                }
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
                queries.query();
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
                queries.relation();
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
            queries.relation();
            if (tokens.isOperator(tokens.position(), '*')) {
                tokens.advance();
            }
        }
        alias();
        if (tokens.accept(Keyword.TABLESAMPLE)) {
            tokens.moveTo(queries.chainEnd());
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
            return queries.startsAt(i);
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

    private boolean isFunctionHere() {
        if (tokens.kindAt(queries.chainEnd()) == TokenKind.LEFT_PAREN) {
            return true;
        }
        // CURRENT_DATE and the like; COLLATION FOR (x); no relation is called by a reserved word.
        return tokens.word().isReserved()
                || tokens.at(Keyword.CURRENT_SCHEMA)
                || (tokens.at(Keyword.COLLATION) && tokens.word(1) == Keyword.FOR);
    }

    /** One function as an item of a FROM list. */
    private void function() {
        int call = queries.chainEnd();
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
}
