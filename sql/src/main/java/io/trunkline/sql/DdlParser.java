package io.trunkline.sql;

import org.jspecify.annotations.Nullable;

/** CREATE, ALTER, DROP and the other statements that change the catalog. */
final class DdlParser {
    private final TokenStream tokens;
    private final Findings found;
    private final QueryWalker queries;
    private @Nullable StatementDetail detail;

    DdlParser(TokenStream tokens, Findings found, QueryWalker queries) {
        this.tokens = tokens;
        this.found = found;
        this.queries = queries;
    }

    @Nullable
    StatementDetail detail() {
        return detail;
    }

    StatementType parse() {
        detail = null;
        Keyword verb = tokens.word();
        tokens.advance();
        queries.expressions().walk(0);
        found.usesSystemCatalog();
        return switch (verb) {
            case CREATE -> StatementType.CREATE;
            case ALTER -> StatementType.ALTER;
            case DROP -> StatementType.DROP;
            case TRUNCATE -> StatementType.TRUNCATE;
            case GRANT -> StatementType.GRANT;
            case REVOKE -> StatementType.REVOKE;
            default -> StatementType.OTHER_DDL;
        };
    }
}
