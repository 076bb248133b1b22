package io.trunkline.sql;

/**
 * Looks at the bare sequence of a query's tokens for anything that could belong to a data modification, a row lock or
 * INTO. Errs on the side of a write: a column called {@code delete} may cost a read its standby, never the reverse.
 */
final class WriteCheck {
    private final TokenStream tokens;

    WriteCheck(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** Whether tokens {@code [from, to)}, which begin with SELECT, VALUES, TABLE, WITH or a parenthesis, cannot write. */
    boolean isClean(int from, int to) {
        if (tokens.isSuspect()) {
            for (int i = from; i < to; i++) {
                if (isSuspect(i)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean isSuspect(int i) {
        return switch (tokens.wordAt(i)) {
            case INTO -> !isLabel(i);
            case SHARE -> isRowLock(i);
            case UPDATE -> isRowLock(i) || (mayBeginStatement(i) && tokens.isName(i + 1));
            case DELETE -> mayBeginStatement(i) && tokens.wordAt(i + 1) == Keyword.FROM;
            default -> false;
        };
    }

    private boolean isLabel(int i) {
        return tokens.wordAt(i - 1) == Keyword.AS || tokens.kindAt(i - 1) == TokenKind.DOT;
    }

    /** FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE. */
    private boolean isRowLock(int i) {
        Keyword before = tokens.wordAt(i - 1);
        return before == Keyword.FOR || before == Keyword.KEY;
    }

    /** A verb inside a statement stands after a parenthesis, or after the column that SEARCH or CYCLE ends with. */
    private boolean mayBeginStatement(int i) {
        TokenKind before = tokens.kindAt(i - 1);
        return before == TokenKind.LEFT_PAREN
                || before == TokenKind.RIGHT_PAREN
                || (tokens.isName(i - 1) && !tokens.wordAt(i - 1).isReserved());
    }
}
