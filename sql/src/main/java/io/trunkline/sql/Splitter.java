package io.trunkline.sql;

/**
 * Finds the statements of a query string: they end at semicolons outside of parentheses and of the {@code BEGIN ATOMIC}
 * body of a routine.
 */
final class Splitter {
    private final TokenStream tokens;
    private int from;
    private int to;

    Splitter(TokenStream tokens) {
        this.tokens = tokens;
    }

    void reset() {
        tokens.select(0, tokens.count());
        from = 0;
        to = -1;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    /** Moves to the next statement that is not empty. */
    boolean next() {
        int count = tokens.count();
        tokens.select(0, count);
        from = to + 1;
        while (from < count && tokens.kindAt(from) == TokenKind.SEMICOLON) {
            from++;
        }
        if (from >= count) {
            return false;
        }
        boolean mayHaveBody = tokens.wordAt(from) == Keyword.CREATE;
        int bodies = 0;
        int i = from;
        while (i < count) {
            TokenKind kind = tokens.kindAt(i);
            if (kind == TokenKind.SEMICOLON && bodies == 0) {
                break;
            }
            if (kind == TokenKind.LEFT_PAREN || kind == TokenKind.LEFT_BRACKET) {
                i = tokens.partnerOf(i);
            } else if (mayHaveBody && kind == TokenKind.WORD) {
                bodies += bodyChange(i, bodies);
            }
            i++;
        }
        to = i;
        return true;
    }

    private int bodyChange(int i, int bodies) {
        if (bodies == 0) {
            return tokens.wordAt(i) == Keyword.BEGIN && tokens.wordAt(i + 1) == Keyword.ATOMIC && isRoutine() ? 1 : 0;
        }
        if (tokens.wordAt(i - 1) == Keyword.AS || tokens.kindAt(i - 1) == TokenKind.DOT) {
            return 0;
        }
        return switch (tokens.wordAt(i)) {
            case CASE, BEGIN -> 1;
            case END -> -1;
            default -> 0;
        };
    }

    private boolean isRoutine() {
        int i = from + 1;
        if (tokens.wordAt(i) == Keyword.OR) {
            i += 2;
        }
        return tokens.wordAt(i) == Keyword.FUNCTION || tokens.wordAt(i) == Keyword.PROCEDURE;
    }
}
