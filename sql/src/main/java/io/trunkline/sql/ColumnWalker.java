package io.trunkline.sql;

import static io.trunkline.sql.ExpressionWalker.TO_COMMA;
import static io.trunkline.sql.ExpressionWalker.TO_CONSTRAINT;

/** Walks over what stands in the parentheses of CREATE TABLE: columns, constraints, LIKE. */
final class ColumnWalker {
    private final TokenStream tokens;
    private final QueryWalker queries;
    private final ExpressionWalker expressions;
    private final TypeWalker types;

    ColumnWalker(TokenStream tokens, QueryWalker queries) {
        this.tokens = tokens;
        this.queries = queries;
        this.expressions = queries.expressions();
        this.types = new TypeWalker(tokens);
    }

    /** The parenthesised list of a table's elements, if one is here; steps over it. */
    void elements() {
        if (!tokens.at(TokenKind.LEFT_PAREN)) {
            return;
        }
        int close = tokens.partnerOf(tokens.position());
        tokens.advance();
        while (tokens.position() < close) {
            element();
            tokens.accept(TokenKind.COMMA);
        }
        tokens.moveTo(close + 1);
    }

    /** One column, constraint or LIKE; ends at the comma or parenthesis after it. */
    void element() {
        switch (tokens.word()) {
            case LIKE -> {
                tokens.advance();
                queries.relation();
            }
            case CONSTRAINT, CHECK, UNIQUE, PRIMARY, FOREIGN -> {}
            case EXCLUDE -> {
                if (tokens.kind(1) == TokenKind.LEFT_PAREN || tokens.word(1) == Keyword.USING) {
                    break;
                }
                column();
            }
            default -> column();
        }
        constraints();
    }

    private void column() {
        tokens.moveTo(tokens.afterPart(tokens.position()));
        if (tokens.at(Keyword.WITH) && tokens.word(1) == Keyword.OPTIONS) {
            tokens.advance(2);
        } else if (!tokens.word().isReserved()) {
            types.walk();
        }
    }

    /** The rest of an element, or of an action of ALTER TABLE, or of CREATE DOMAIN. */
    void constraints() {
        while (true) {
            switch (tokens.kind()) {
                case END, COMMA, RIGHT_PAREN, SEMICOLON -> {
                    return;
                }
                case LEFT_PAREN -> tokens.skipParens();
                default -> constraint();
            }
        }
    }

    private void constraint() {
        Keyword word = tokens.word();
        tokens.advance();
        switch (word) {
            case CONSTRAINT -> tokens.moveTo(tokens.afterPart(tokens.position()));
            case REFERENCES -> queries.relation();
            case DEFAULT, USING -> value(word);
            case CHECK, WHERE -> group();
            case AS -> {
                if (tokens.at(TokenKind.LEFT_PAREN)) {
                    expressions.parenthesised();
                }
            }
            case SET -> {
                if (tokens.word() == Keyword.EXPRESSION && tokens.word(1) == Keyword.AS) {
                    tokens.advance(2);
                    group();
                }
            }
            case EXCLUDE -> {
                if (tokens.accept(Keyword.USING)) {
                    tokens.advance();
                }
                group();
            }
            default -> {}
        }
    }

    private void value(Keyword word) {
        if (word == Keyword.USING && tokens.at(Keyword.INDEX)) {
            return;
        }
        expressions.walk(TO_COMMA | TO_CONSTRAINT);
    }

    private void group() {
        if (tokens.at(TokenKind.LEFT_PAREN)) {
            expressions.parenthesised();
        }
    }
}
