package io.trunkline.sql;

import io.trunkline.sql.StatementDetail.CatalogObject;
import io.trunkline.sql.StatementDetail.ObjectClass;
import io.trunkline.sql.StatementDetail.Prepared;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Statements that change the catalog: DROP, GRANT and the smaller ones here, CREATE and ALTER in parsers of their own. */
final class DdlParser {
    private final TokenStream tokens;
    private final Findings found;
    private final QueryWalker queries;
    private final CreateParser create;
    private final AlterParser alter;
    private @Nullable StatementDetail detail;

    DdlParser(TokenStream tokens, Findings found, QueryWalker queries) {
        this.tokens = tokens;
        this.found = found;
        this.queries = queries;
        ColumnWalker columns = new ColumnWalker(tokens, queries);
        this.create = new CreateParser(tokens, found, queries, columns, this);
        this.alter = new AlterParser(tokens, found, queries, columns, this);
    }

    @Nullable
    StatementDetail detail() {
        return detail;
    }

    StatementType parse() {
        detail = null;
        Keyword verb = tokens.word();
        tokens.advance();
        return switch (verb) {
            case CREATE -> create.parse();
            case ALTER -> alter.parse();
            case DROP -> drop();
            case TRUNCATE -> truncate();
            case GRANT -> privileges(StatementType.GRANT);
            case REVOKE -> privileges(StatementType.REVOKE);
            case REFRESH -> refresh();
            case IMPORT -> importSchema();
            case COMMENT -> tokens.at(Keyword.ON) ? StatementType.OTHER_DDL : StatementType.UNKNOWN;
            case SECURITY, REASSIGN -> StatementType.OTHER_DDL;
            default -> StatementType.UNKNOWN;
        };
    }

    /** Notes the database or role whose name is here. */
    void object(ObjectClass objectClass) {
        ifExists();
        Optional<String> name = Optional.empty();
        boolean named = tokens.atName()
                && (tokens.kind() != TokenKind.WORD || !tokens.word().isReserved());
        if (named) {
            name = Optional.of(NameCache.identifier(tokens, tokens.position()));
        }
        tokens.moveTo(tokens.afterPart(tokens.position()));
        if (tokens.at(TokenKind.COMMA)) {
            name = Optional.empty();
        }
        Optional<String> database = Optional.empty();
        if (tokens.accept(Keyword.IN, Keyword.DATABASE) && tokens.atName()) {
            database = Optional.of(NameCache.identifier(tokens, tokens.position()));
            tokens.moveTo(tokens.afterPart(tokens.position()));
        }
        detail = new CatalogObject(objectClass, name, database);
    }

    /** Notes the prepared statement whose name is here. */
    void executed() {
        if (tokens.atName()) {
            detail = new Prepared(Optional.of(NameCache.identifier(tokens, tokens.position())));
            tokens.moveTo(tokens.afterPart(tokens.position()));
        }
    }

    /** Steps over IF EXISTS or IF NOT EXISTS. */
    void ifExists() {
        if (tokens.at(Keyword.IF) && (tokens.word(1) == Keyword.EXISTS || tokens.word(1) == Keyword.NOT)) {
            tokens.advance();
            tokens.accept(Keyword.NOT);
            tokens.accept(Keyword.EXISTS);
        }
    }

    /** Whether an object of this class is a relation; steps over its words and IF EXISTS. */
    boolean relationClass() {
        switch (tokens.word()) {
            case TABLE, SEQUENCE, VIEW, INDEX -> tokens.advance();
            case MATERIALIZED, FOREIGN -> {
                if (tokens.word(1) != Keyword.VIEW && tokens.word(1) != Keyword.TABLE) {
                    return false;
                }
                tokens.advance(2);
            }
            default -> {
                return false;
            }
        }
        tokens.accept(Keyword.CONCURRENTLY);
        ifExists();
        return true;
    }

    /** A list of relations, with ONLY, stars and column lists. */
    void relations() {
        do {
            relation();
        } while (tokens.accept(TokenKind.COMMA));
    }

    private void relation() {
        if (tokens.accept(Keyword.ONLY) && tokens.accept(TokenKind.LEFT_PAREN)) {
            addHere();
            tokens.accept(TokenKind.RIGHT_PAREN);
        } else {
            addHere();
        }
        if (tokens.isOperator(tokens.position(), '*')) {
            tokens.advance();
        }
    }

    /** Notes the relation that is named here. */
    void addHere() {
        tokens.accept(Keyword.ONLY);
        if (tokens.atName()) {
            found.addTable(queries.qualifiedName());
        }
    }

    /** Goes to the word ON outside of parentheses and past it. */
    boolean toOn() {
        while (!tokens.atEnd()) {
            if (tokens.accept(Keyword.ON)) {
                return true;
            }
            if (!tokens.skipParens()) {
                tokens.advance();
            }
        }
        return false;
    }

    private StatementType drop() {
        switch (tokens.word()) {
            case DATABASE -> {
                tokens.advance();
                object(ObjectClass.DATABASE);
                return StatementType.DROP_DATABASE;
            }
            case ROLE, USER, GROUP -> {
                if (tokens.word(1) == Keyword.MAPPING) {
                    return StatementType.DROP;
                }
                tokens.advance();
                object(ObjectClass.ROLE);
                return StatementType.DROP_ROLE;
            }
            case INDEX, SEQUENCE -> {
                // No tables: their tables are not named.
                return StatementType.DROP;
            }
            default -> {
                if (relationClass()) {
                    relations();
                }
                return StatementType.DROP;
            }
        }
    }

    /** The tables of a publication. */
    void publishedTables() {
        create.publishedTables();
    }

    private StatementType truncate() {
        tokens.accept(Keyword.TABLE);
        relations();
        return StatementType.TRUNCATE;
    }

    StatementType privileges(StatementType type) {
        if (!toOn()) {
            return type;
        }
        boolean relations = switch (tokens.word()) {
            case TABLE, SEQUENCE -> {
                tokens.advance();
                yield true;
            }
            case ALL,
                    DATABASE,
                    DOMAIN,
                    FOREIGN,
                    FUNCTION,
                    LANGUAGE,
                    LARGE,
                    PARAMETER,
                    PROCEDURE,
                    ROUTINE,
                    SCHEMA,
                    TABLESPACE,
                    TYPE ->
                tokens.kind(1) != TokenKind.WORD || tokens.word(1) == Keyword.TO || tokens.word(1) == Keyword.FROM;
            default -> true;
        };
        if (relations) {
            relations();
        }
        return type;
    }

    private StatementType refresh() {
        if (!tokens.accept(Keyword.MATERIALIZED, Keyword.VIEW)) {
            return StatementType.UNKNOWN;
        }
        tokens.accept(Keyword.CONCURRENTLY);
        addHere();
        return StatementType.OTHER_DDL;
    }

    private StatementType importSchema() {
        while (!tokens.atEnd()) {
            if (tokens.accept(TokenKind.LEFT_PAREN)) {
                relations();
                return StatementType.OTHER_DDL;
            }
            if (tokens.at(Keyword.INTO)) {
                return StatementType.OTHER_DDL;
            }
            tokens.advance();
        }
        return StatementType.UNKNOWN;
    }
}
