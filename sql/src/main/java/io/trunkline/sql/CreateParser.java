package io.trunkline.sql;

import static io.trunkline.sql.ExpressionWalker.TO_CLAUSE;
import static io.trunkline.sql.ExpressionWalker.TO_COMMA;

import io.trunkline.sql.StatementDetail.ObjectClass;

/** CREATE. */
final class CreateParser {
    private final TokenStream tokens;
    private final Findings found;
    private final QueryWalker queries;
    private final ExpressionWalker expressions;
    private final ColumnWalker columns;
    private final DdlParser ddl;
    private final TypeWalker types;

    CreateParser(TokenStream tokens, Findings found, QueryWalker queries, ColumnWalker columns, DdlParser ddl) {
        this.tokens = tokens;
        this.found = found;
        this.queries = queries;
        this.expressions = queries.expressions();
        this.columns = columns;
        this.ddl = ddl;
        this.types = new TypeWalker(tokens);
    }

    /** Parses what follows CREATE. */
    StatementType parse() {
        if (namesTemporarySchema()) {
            found.raise(Statement.TEMPORARY);
        }
        if (tokens.accept(Keyword.OR)) {
            tokens.advance();
        }
        queries.temporary();
        while (isModifier()) {
            tokens.advance();
        }
        Keyword what = tokens.word();
        tokens.advance();
        switch (what) {
            case TABLE -> {
                return table();
            }
            case FOREIGN -> {
                if (tokens.accept(Keyword.TABLE)) {
                    table();
                }
                return StatementType.CREATE;
            }
            case VIEW -> {
                return view(StatementType.CREATE);
            }
            case MATERIALIZED -> {
                tokens.advance();
                return view(StatementType.CREATE_TABLE_AS);
            }
            case SEQUENCE -> {
                named();
                return StatementType.CREATE;
            }
            case INDEX -> {
                index();
                return StatementType.CREATE;
            }
            case TRIGGER -> {
                trigger();
                return StatementType.CREATE;
            }
            case RULE -> {
                rule();
                return StatementType.CREATE;
            }
            case POLICY -> {
                policy();
                return StatementType.CREATE;
            }
            case STATISTICS -> {
                statistics();
                return StatementType.CREATE;
            }
            case SCHEMA -> {
                schema();
                return StatementType.CREATE;
            }
            case FUNCTION, PROCEDURE -> {
                routine();
                return StatementType.CREATE;
            }
            case DOMAIN -> {
                domain();
                return StatementType.CREATE;
            }
            case TYPE -> {
                type();
                return StatementType.CREATE;
            }
            case PUBLICATION -> {
                publication();
                return StatementType.CREATE;
            }
            case DATABASE -> {
                ddl.object(ObjectClass.DATABASE);
                return StatementType.CREATE_DATABASE;
            }
            default -> {
                return tokens.position() > tokens.statementEnd() ? StatementType.UNKNOWN : StatementType.CREATE;
            }
        }
    }

    /** Functions and types can be made in pg_temp as well as tables; a mention of it is enough. */
    private boolean namesTemporarySchema() {
        for (int i = tokens.position(); i < tokens.statementEnd(); i++) {
            if (tokens.spells(i, "pg_temp") && tokens.kindAt(i + 1) == TokenKind.DOT) {
                return true;
            }
        }
        return false;
    }

    private boolean isModifier() {
        return switch (tokens.word()) {
            case UNLOGGED, RECURSIVE, UNIQUE, CONSTRAINT -> true;
            default -> false;
        };
    }

    /** Notes the relation that is made. */
    private void named() {
        ddl.ifExists();
        if (tokens.atName()) {
            found.addTable(queries.qualifiedName());
        }
    }

    private StatementType table() {
        named();
        if (tokens.accept(Keyword.OF)) {
            types.walk();
        } else if (tokens.accept(Keyword.PARTITION, Keyword.OF)) {
            ddl.addHere();
        }
        columns.elements();
        while (!tokens.atEnd()) {
            switch (tokens.word()) {
                case CREATE, GRANT -> {
                    // The next element of CREATE SCHEMA.
                    return StatementType.CREATE;
                }
                case AS -> {
                    tokens.advance();
                    return asQuery();
                }
                case INHERITS -> {
                    tokens.advance();
                    parents();
                }
                case FOR -> bounds();
                case PARTITION -> partitionKey();
                default -> {
                    if (!tokens.skipParens()) {
                        tokens.advance();
                    }
                }
            }
        }
        return StatementType.CREATE;
    }

    /** {@code FOR VALUES FROM (...) TO (...) | IN (...) | WITH (...)}. */
    private void bounds() {
        tokens.advance();
        while (true) {
            switch (tokens.word()) {
                case VALUES, FROM, TO, IN, WITH -> tokens.advance();
                default -> {
                    if (!tokens.at(TokenKind.LEFT_PAREN)) {
                        return;
                    }
                    expressions.parenthesised();
                }
            }
        }
    }

    private void parents() {
        if (tokens.accept(TokenKind.LEFT_PAREN)) {
            ddl.relations();
            tokens.accept(TokenKind.RIGHT_PAREN);
        }
    }

    private void partitionKey() {
        tokens.advance(3);
        if (tokens.at(TokenKind.LEFT_PAREN)) {
            expressions.parenthesised();
        }
    }

    private StatementType asQuery() {
        if (tokens.accept(Keyword.EXECUTE)) {
            ddl.executed();
            if (tokens.at(TokenKind.LEFT_PAREN)) {
                expressions.parenthesised();
            }
        } else {
            queries.query();
        }
        return StatementType.CREATE_TABLE_AS;
    }

    private StatementType view(StatementType type) {
        named();
        while (!tokens.atEnd() && !tokens.at(Keyword.AS)) {
            if (!tokens.skipParens()) {
                tokens.advance();
            }
        }
        if (tokens.accept(Keyword.AS)) {
            queries.query();
        }
        return type;
    }

    private void index() {
        if (!ddl.toOn()) {
            return;
        }
        ddl.addHere();
        while (!tokens.atEnd() && !tokens.at(Keyword.CREATE)) {
            if (tokens.at(Keyword.WITH) || tokens.spells(tokens.position(), "include")) {
                tokens.advance();
                tokens.skipParens();
            } else if (tokens.at(TokenKind.LEFT_PAREN)) {
                expressions.parenthesised();
            } else if (tokens.accept(Keyword.WHERE)) {
                expressions.walk(0);
                return;
            } else {
                tokens.advance();
            }
        }
    }

    private void trigger() {
        // The events may say UPDATE OF columns, but none of them ON.
        if (!ddl.toOn()) {
            return;
        }
        ddl.addHere();
        if (tokens.accept(Keyword.FROM)) {
            ddl.addHere();
        }
        while (!tokens.atEnd() && !tokens.at(Keyword.EXECUTE)) {
            if (tokens.accept(Keyword.WHEN) && tokens.at(TokenKind.LEFT_PAREN)) {
                expressions.parenthesised();
            } else {
                tokens.advance();
            }
        }
        while (!tokens.atEnd() && !tokens.at(TokenKind.LEFT_PAREN)) {
            tokens.advance();
        }
        tokens.skipParens();
    }

    private void rule() {
        while (!tokens.atEnd() && !tokens.accept(Keyword.TO)) {
            tokens.advance();
        }
        ddl.addHere();
        if (tokens.accept(Keyword.WHERE)) {
            expressions.walkToAction();
        }
        tokens.accept(Keyword.DO);
        if (!tokens.accept(Keyword.INSTEAD)) {
            tokens.accept(Keyword.ALSO);
        }
        boolean several = tokens.at(TokenKind.LEFT_PAREN) && !queries.startsAt(tokens.position());
        if (tokens.at(TokenKind.LEFT_PAREN) && (several || !isQueryWhole())) {
            tokens.advance();
        }
        statements();
    }

    /** Whether the parenthesis here holds one query only. */
    private boolean isQueryWhole() {
        int open = tokens.position();
        for (int i = open + 1; i < tokens.partnerOf(open); i++) {
            if (tokens.kindAt(i) == TokenKind.SEMICOLON) {
                return false;
            }
        }
        return tokens.wordAt(open + 1) == Keyword.SELECT || tokens.wordAt(open + 1) == Keyword.VALUES;
    }

    /** Statements separated by semicolons, of a rule or of a routine's body. */
    private void statements() {
        while (!tokens.atEnd()) {
            int before = tokens.position();
            if (queries.startsHere()) {
                queries.query();
            } else if (tokens.accept(Keyword.RETURN)) {
                expressions.walk(0);
            }
            if (tokens.position() == before) {
                tokens.advance();
            }
        }
    }

    private void policy() {
        if (!ddl.toOn()) {
            return;
        }
        ddl.addHere();
        while (!tokens.atEnd()) {
            if (tokens.at(TokenKind.LEFT_PAREN)) {
                expressions.parenthesised();
            } else {
                tokens.advance();
            }
        }
    }

    private void statistics() {
        if (!ddl.toOn()) {
            return;
        }
        expressions.walk(TO_CLAUSE);
        if (tokens.accept(Keyword.FROM)) {
            queries.from().list();
        }
    }

    private void schema() {
        while (!tokens.atEnd()) {
            if (tokens.accept(Keyword.CREATE)) {
                parse();
            } else if (tokens.accept(Keyword.GRANT)) {
                ddl.privileges(StatementType.GRANT);
            } else {
                tokens.advance();
            }
        }
    }

    private void routine() {
        queries.qualifiedNameOrNothing();
        if (tokens.at(TokenKind.LEFT_PAREN)) {
            arguments();
        }
        while (!tokens.atEnd()) {
            if (tokens.at(Keyword.RETURN)) {
                statements();
            } else if (tokens.accept(Keyword.BEGIN, Keyword.ATOMIC)) {
                statements();
            } else {
                tokens.advance();
            }
        }
    }

    /** Defaults of arguments are expressions. */
    private void arguments() {
        int close = tokens.partnerOf(tokens.position());
        tokens.advance();
        while (tokens.position() < close) {
            if (tokens.accept(Keyword.DEFAULT) || tokens.isOperator(tokens.position(), '=')) {
                if (tokens.isOperator(tokens.position(), '=')) {
                    tokens.advance();
                }
                expressions.walk(TO_COMMA);
            } else if (!tokens.skipParens()) {
                tokens.advance();
            }
        }
        tokens.moveTo(close + 1);
    }

    private void domain() {
        queries.qualifiedNameOrNothing();
        tokens.accept(Keyword.AS);
        types.walk();
        columns.constraints();
    }

    private void type() {
        if (!tokens.atName()) {
            return;
        }
        QualifiedName name = queries.qualifiedName();
        if (tokens.accept(Keyword.AS) && tokens.at(TokenKind.LEFT_PAREN)) {
            found.addTable(name);
        }
    }

    private void publication() {
        tokens.moveTo(tokens.afterPart(tokens.position()));
        if (tokens.accept(Keyword.FOR)) {
            publishedTables();
        }
    }

    /** {@code TABLE a [(columns)] [WHERE (condition)], b, TABLES IN SCHEMA s}. */
    void publishedTables() {
        boolean table = false;
        do {
            if (tokens.accept(Keyword.TABLE)) {
                table = true;
            } else if (tokens.at(Keyword.TABLES) || tokens.at(Keyword.ALL)) {
                table = false;
            }
            if (table) {
                ddl.addHere();
                if (tokens.isOperator(tokens.position(), '*')) {
                    tokens.advance();
                }
                tokens.skipParens();
                if (tokens.accept(Keyword.WHERE) && tokens.at(TokenKind.LEFT_PAREN)) {
                    expressions.parenthesised();
                }
            } else {
                while (!tokens.atEnd() && !tokens.at(TokenKind.COMMA)) {
                    tokens.advance();
                }
            }
        } while (tokens.accept(TokenKind.COMMA));
    }
}
