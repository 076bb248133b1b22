package io.trunkline.sql;

import io.trunkline.sql.StatementDetail.ObjectClass;

/** ALTER. */
final class AlterParser {
    private final TokenStream tokens;
    private final Findings found;
    private final QueryWalker queries;
    private final ColumnWalker columns;
    private final DdlParser ddl;

    AlterParser(TokenStream tokens, Findings found, QueryWalker queries, ColumnWalker columns, DdlParser ddl) {
        this.tokens = tokens;
        this.found = found;
        this.queries = queries;
        this.columns = columns;
        this.ddl = ddl;
    }

    /** Parses what follows ALTER. */
    StatementType parse() {
        switch (tokens.word()) {
            case DATABASE -> {
                tokens.advance();
                ddl.object(ObjectClass.DATABASE);
                return isSetting() ? StatementType.ALTER_DATABASE_SET : StatementType.ALTER_DATABASE;
            }
            case ROLE, USER, GROUP -> {
                if (tokens.word(1) == Keyword.MAPPING) {
                    return StatementType.ALTER;
                }
                tokens.advance();
                ddl.object(ObjectClass.ROLE);
                return isSetting() ? StatementType.ALTER_ROLE_SET : StatementType.ALTER_ROLE;
            }
            case SYSTEM -> {
                return StatementType.ALTER_SYSTEM;
            }
            case POLICY, TRIGGER, RULE -> {
                onTable();
                return StatementType.ALTER;
            }
            case TYPE -> {
                tokens.advance();
                type();
                return StatementType.ALTER;
            }
            case DOMAIN -> {
                tokens.advance();
                queries.qualifiedNameOrNothing();
                actions();
                return StatementType.ALTER;
            }
            case PUBLICATION -> {
                tokens.advance();
                publication();
                return StatementType.ALTER;
            }
            default -> {
                return relation();
            }
        }
    }

    private boolean isSetting() {
        if (tokens.at(Keyword.SET)) {
            return tokens.word(1) != Keyword.TABLESPACE;
        }
        return tokens.at(Keyword.RESET);
    }

    private void onTable() {
        if (!ddl.toOn()) {
            return;
        }
        ddl.addHere();
        while (!tokens.atEnd()) {
            if (tokens.at(TokenKind.LEFT_PAREN)) {
                queries.expressions().parenthesised();
            } else {
                tokens.advance();
            }
        }
    }

    /** Only what changes or renames attributes treats the type as a relation. */
    private void type() {
        if (!tokens.atName()) {
            return;
        }
        QualifiedName name = queries.qualifiedName();
        if (tokens.word(1) == Keyword.ATTRIBUTE) {
            found.addTable(name);
        }
    }

    private void publication() {
        tokens.moveTo(tokens.afterPart(tokens.position()));
        if (tokens.at(Keyword.ADD) || tokens.at(Keyword.SET) || tokens.at(Keyword.DROP)) {
            tokens.advance();
            ddl.publishedTables();
        }
    }

    private StatementType relation() {
        if (!ddl.relationClass()) {
            return tokens.atEnd() ? StatementType.UNKNOWN : StatementType.ALTER;
        }
        if (tokens.at(Keyword.ALL) && tokens.word(1) == Keyword.IN) {
            return StatementType.ALTER;
        }
        ddl.addHere();
        if (tokens.isOperator(tokens.position(), '*')) {
            tokens.advance();
        }
        actions();
        return StatementType.ALTER;
    }

    private void actions() {
        while (!tokens.atEnd()) {
            action();
            columns.constraints();
            if (!tokens.accept(TokenKind.COMMA) && !tokens.atEnd()) {
                tokens.advance();
            }
        }
    }

    private void action() {
        switch (tokens.word()) {
            case ADD -> {
                tokens.advance();
                tokens.accept(Keyword.COLUMN);
                ddl.ifExists();
                columns.element();
            }
            case ATTACH, DETACH -> {
                tokens.advance(2);
                ddl.addHere();
                if (tokens.accept(Keyword.FOR)) {
                    queries.expressions().walk(0);
                }
            }
            case INHERIT -> {
                tokens.advance();
                ddl.addHere();
            }
            case NO -> {
                if (tokens.word(1) == Keyword.INHERIT) {
                    tokens.advance(2);
                    ddl.addHere();
                }
            }
            case ALTER -> {
                tokens.advance();
                tokens.accept(Keyword.COLUMN);
                tokens.moveTo(tokens.afterPart(tokens.position()));
            }
            default -> {}
        }
    }
}
