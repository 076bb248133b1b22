package io.trunkline.sql;

/**
 * Looks at the bare sequence of a statement's tokens for calls of {@code set_config()}, however they are spelt and
 * wherever they stand. Errs on the side of a setting that outlives its transaction, never the reverse.
 */
final class SetConfigCheck {
    private static final String NAME = "set_config";
    private static final String SCHEMA = "pg_catalog";

    private final TokenStream tokens;

    SetConfigCheck(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** Whether tokens {@code [from, to)} call PostgreSQL's own with TRUE as the last argument, and none in another way. */
    boolean isLocal(int from, int to) {
        int position = tokens.position();
        int end = tokens.statementEnd();
        tokens.select(from, to);
        boolean any = false;
        boolean local = true;
        for (int i = from; local && i < to; i++) {
            int open = tokens.afterPart(i);
            if (isNamed(i, NAME) && tokens.kindAt(open) == TokenKind.LEFT_PAREN) {
                any = true;
                local = isBuiltIn(i) && endsWithTrue(open);
            }
        }
        tokens.select(position, end);
        return any && local;
    }

    private boolean isNamed(int token, String name) {
        return switch (tokens.kindAt(token)) {
            case WORD -> tokens.spells(token, name);
            case QUOTED_IDENTIFIER, UNICODE_IDENTIFIER ->
                NameCache.identifier(tokens, token).equals(name);
            default -> false;
        };
    }

    private boolean isBuiltIn(int name) {
        return tokens.kindAt(name - 1) != TokenKind.DOT
                || (isNamed(name - 2, SCHEMA) && tokens.kindAt(name - 3) != TokenKind.DOT);
    }

    /** Whether the arguments are three, and the last is nothing but that word. */
    private boolean endsWithTrue(int open) {
        int close = tokens.partnerOf(open);
        if (tokens.wordAt(close - 1) != Keyword.TRUE || tokens.kindAt(close - 2) != TokenKind.COMMA) {
            return false;
        }
        int commas = 0;
        for (int i = open + 1; i < close; i++) {
            switch (tokens.kindAt(i)) {
                case COMMA -> commas++;
                case LEFT_PAREN, LEFT_BRACKET -> i = tokens.partnerOf(i);
                default -> {}
            }
        }
        return commas == 2;
    }
}
