package io.trunkline.sql;

import static io.trunkline.sql.ExpressionWalker.TO_CLAUSE;

/** Walks over INSERT, UPDATE, DELETE and MERGE. */
final class ModificationWalker {
    private final TokenStream tokens;
    private final Findings found;
    private final QueryWalker queries;
    private final ExpressionWalker expressions;

    ModificationWalker(TokenStream tokens, Findings found, QueryWalker queries, ExpressionWalker expressions) {
        this.tokens = tokens;
        this.found = found;
        this.queries = queries;
        this.expressions = expressions;
    }

    StatementType insert() {
        tokens.advance();
        tokens.accept(Keyword.INTO);
        target();
        if (tokens.accept(Keyword.AS)) {
            tokens.advance();
        }
        if (tokens.at(TokenKind.LEFT_PAREN) && !queries.startsHere()) {
            tokens.skipParens();
        }
        if (tokens.accept(Keyword.OVERRIDING)) {
            tokens.advance(2);
        }
        if (queries.startsHere()) {
            queries.query();
        }
        rest();
        return StatementType.INSERT;
    }

    StatementType update() {
        tokens.advance();
        target();
        targetAlias(Keyword.SET);
        tokens.accept(Keyword.SET);
        rest();
        return StatementType.UPDATE;
    }

    StatementType delete() {
        tokens.advance();
        tokens.accept(Keyword.FROM);
        target();
        targetAlias(Keyword.USING);
        if (tokens.accept(Keyword.USING)) {
            queries.from().list();
        }
        rest();
        return StatementType.DELETE;
    }

    StatementType merge() {
        tokens.advance();
        tokens.accept(Keyword.INTO);
        target();
        targetAlias(Keyword.USING);
        if (tokens.accept(Keyword.USING)) {
            queries.from().tableReference();
        }
        while (!atEnd()) {
            if (tokens.at(Keyword.INSERT)) {
                tokens.advance();
                if (tokens.at(TokenKind.LEFT_PAREN)) {
                    tokens.skipParens();
                }
            } else if (tokens.at(Keyword.UPDATE) || tokens.at(Keyword.DELETE)) {
                tokens.advance();
            } else {
                mergeStep();
            }
        }
        return StatementType.MERGE;
    }

    private boolean atEnd() {
        return switch (tokens.kind()) {
            case END, RIGHT_PAREN, SEMICOLON -> true;
            default -> false;
        };
    }

    /** Everything up to the action of a WHEN clause. */
    private void mergeStep() {
        if (tokens.at(Keyword.THEN)) {
            tokens.advance();
            return;
        }
        if (tokens.at(Keyword.WHEN)) {
            tokens.advance();
            while (!atEnd() && !tokens.at(Keyword.AND) && !tokens.at(Keyword.THEN)) {
                tokens.advance();
            }
            return;
        }
        int before = tokens.position();
        expressions.walkToAction();
        if (tokens.position() == before) {
            tokens.advance();
        }
    }

    /** {@code [ONLY] name [*]}. */
    private void target() {
        if (tokens.accept(Keyword.ONLY) && tokens.at(TokenKind.LEFT_PAREN)) {
            tokens.advance();
            modified();
            tokens.accept(TokenKind.RIGHT_PAREN);
            return;
        }
        modified();
        if (tokens.isOperator(tokens.position(), '*')) {
            tokens.advance();
        }
    }

    /** The relation written to: never one of the WITH list, whatever its name. */
    private void modified() {
        if (tokens.atName()) {
            found.addTable(queries.qualifiedName());
        }
    }

    private void targetAlias(Keyword unless) {
        if (tokens.accept(Keyword.AS)) {
            tokens.moveTo(tokens.afterPart(tokens.position()));
        } else if (tokens.atName() && !tokens.at(unless) && !tokens.word().isReserved()) {
            tokens.moveTo(tokens.afterPart(tokens.position()));
        }
    }

    /** SET list, FROM list, WHERE, ON CONFLICT and RETURNING in whatever order. */
    private void rest() {
        while (!atEnd()) {
            if (tokens.accept(Keyword.FROM)) {
                queries.from().list();
                continue;
            }
            int before = tokens.position();
            if (tokens.accept(Keyword.ON) && tokens.accept(Keyword.CONFLICT)) {
                conflict();
            } else if (tokens.accept(Keyword.RETURNING)) {
                returning();
            } else {
                tokens.accept(Keyword.WHERE);
                expressions.walk(TO_CLAUSE);
            }
            if (tokens.position() == before) {
                tokens.advance();
            }
        }
    }

    private void conflict() {
        if (tokens.at(TokenKind.LEFT_PAREN)) {
            expressions.parenthesised();
        }
        tokens.accept(Keyword.WHERE);
        expressions.walkToAction();
        tokens.accept(Keyword.DO);
        tokens.accept(Keyword.UPDATE);
        tokens.accept(Keyword.SET);
    }

    /** {@code RETURNING [WITH (OLD AS o, ...)] expressions}. */
    private void returning() {
        if (tokens.accept(Keyword.WITH)) {
            tokens.skipParens();
        }
        expressions.walk(TO_CLAUSE | ExpressionWalker.LABELS);
    }
}
